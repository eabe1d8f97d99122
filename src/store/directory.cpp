#include "store/directory.h"

#include <cerrno>
#include <cstring>
#include <system_error>

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <re2/re2.h>
#include <sodium.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace weft::store {

namespace {

constexpr std::size_t file_bytes_max = 1024UL * 1024 * 1024;

/// "files/3f/<project>-<file>": the last byte of an id is a counter's, so that the folders fill
/// evenly.
struct FilePlace {
    std::string folder;
    std::string path;

    FilePlace(const ProjectId& project, const FileId& file) {
        const std::string hex = file.hex();
        folder = "files/" + hex.substr(hex.size() - 2);
        path = folder + "/" + project.hex() + "-" + hex;
    }
};

Result<> make_folder(int directory, const std::string& path) {
    if (mkdirat(directory, path.c_str(), 0700) == 0 || errno == EEXIST) return {};
    return system_failure("making " + path);
}

Result<> sync_folder(int directory, const std::string& path) {
    const Descriptor folder(
        open_beneath(directory, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder || fsync(folder.get()) != 0) return system_failure("syncing " + path);
    return {};
}

/// Removes what begins with `prefix` from a folder of files/.
Result<> remove_beginning(int directory, const std::string& path, const std::string& prefix) {
    Descriptor folder(open_beneath(directory, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder) return errno == ENOENT ? Result<>{} : system_failure("opening " + path);
    const int listed = dup(folder.get());
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(listed < 0 ? nullptr : fdopendir(listed),
                                                      [](DIR* each) { return closedir(each); });
    if (!entries) return system_failure("listing " + path);
    bool removed = false;
    while (const dirent* entry = readdir(entries.get())) {
        if (!std::string_view(entry->d_name).starts_with(prefix)) continue;
        if (unlinkat(folder.get(), entry->d_name, 0) != 0 && errno != ENOENT)
            return system_failure("removing a file");
        removed = true;
    }
    return removed ? sync_folder(directory, path) : Result<>{};
}

constexpr std::size_t instance_digits = 32;

} // namespace

Descriptor::~Descriptor() {
    if (fd_ >= 0) close(fd_);
}

std::unexpected<Error> system_failure(const std::string& doing) {
    const int reason = errno;
    std::string text = std::error_code(reason, std::generic_category()).message();
    if (reason == ENOSPC || reason == EDQUOT || reason == EFBIG)
        return fail(Code::unavailable,
                    "The disk of the data directory is full: nothing more can be saved.",
                    doing + ": " + text);
    return fail(Code::unavailable, "The data directory cannot be used: " + text + ".",
                doing + ": " + text);
}

int open_beneath(int directory, const char* path, int flags, unsigned mode) {
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags);
    how.mode = mode;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    return static_cast<int>(syscall(SYS_openat2, directory, path, &how, sizeof how));
}

Result<> read_all(int fd, std::string& out) {
    struct stat about{};
    if (fstat(fd, &about) != 0) return system_failure("reading");
    if (static_cast<std::size_t>(about.st_size) > file_bytes_max)
        return fail(Code::too_large, "The file is too large to be read at once.");
    out.resize(static_cast<std::size_t>(about.st_size));
    std::size_t got = 0;
    while (got < out.size()) {
        const ssize_t piece = read(fd, out.data() + got, out.size() - got);
        if (piece < 0 && errno == EINTR) continue;
        if (piece < 0) return system_failure("reading");
        if (piece == 0) break;
        got += static_cast<std::size_t>(piece);
    }
    out.resize(got);
    return {};
}

Result<> write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t piece = write(fd, bytes.data(), bytes.size());
        if (piece < 0 && errno == EINTR) continue;
        if (piece < 0) return system_failure("writing");
        bytes.remove_prefix(static_cast<std::size_t>(piece));
    }
    return {};
}

Result<Directory> Directory::open(const std::filesystem::path& path) {
    std::error_code ignored;
    const std::filesystem::path absolute = std::filesystem::absolute(path, ignored);
    std::filesystem::create_directories(absolute.parent_path(), ignored);
    if (mkdir(absolute.c_str(), 0700) != 0 && errno != EEXIST)
        return fail(
            Code::unavailable,
            fmt::format("The data directory {} cannot be made: {}. Choose another one with --data.",
                        path.string(), std::generic_category().message(errno)));
    if (std::filesystem::exists(absolute, ignored) &&
        !std::filesystem::is_directory(absolute, ignored))
        return fail(Code::unavailable,
                    fmt::format("The data directory {} is a file. Move it away, or choose another "
                                "directory with --data.",
                                path.string()));
    Directory opened;
    opened.directory_ = Descriptor(::open(absolute.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (opened.directory_)
        opened.lock_ =
            Descriptor(open_beneath(opened.fd(), "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!opened.directory_ || !opened.lock_)
        return fail(
            Code::unavailable,
            fmt::format(
                "The data directory {} cannot be written: {}. Give this user the right to write "
                "there, or choose another one with --data.",
                path.string(), std::generic_category().message(errno)));
    if (flock(opened.lock_.get(), LOCK_EX | LOCK_NB) != 0)
        return fail(
            Code::conflict,
            fmt::format(
                "Another process uses the data directory {}. Stop it, or choose another one with "
                "--data.",
                path.string()));
    TRY(opened.announce({}));
    return opened;
}

Result<std::string> Directory::instance() {
    const Descriptor file(
        open_beneath(fd(), instance_file_name, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file) return system_failure("opening instance");
    std::string text;
    TRY(read_all(file.get(), text));
    if (text.size() == instance_digits && RE2::FullMatch(text, "[0-9a-f]*")) return text;
    std::array<unsigned char, instance_digits / 2> random{};
    randombytes_buf(random.data(), random.size());
    text = to_hex(random);
    if (ftruncate(file.get(), 0) != 0) return system_failure("writing instance");
    TRY(write_all(file.get(), text));
    if (fsync(file.get()) != 0) return system_failure("writing instance");
    return text;
}

bool Directory::has_content(const char* name) const {
    struct stat about{};
    return fstatat(fd(), name, &about, AT_SYMLINK_NOFOLLOW) == 0 && about.st_size > 0;
}

Result<> Directory::announce(std::string_view address) {
    const std::string text = fmt::format("{}\n{}\n", getpid(), address);
    if (ftruncate(lock_.get(), 0) != 0 || lseek(lock_.get(), 0, SEEK_SET) != 0)
        return system_failure("writing the lock file");
    return write_all(lock_.get(), text);
}

Result<> Directory::ensure_file(const char* name) {
    const Descriptor file(open_beneath(fd(), name, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file) return system_failure(std::string("opening ") + name);
    if (fsync(fd()) != 0) return system_failure("syncing the data directory");
    return {};
}

Result<> Directory::write_file(const ProjectId& project, const FileId& file,
                               std::string_view bytes) {
    const FilePlace place(project, file);
    TRY(make_folder(fd(), "files"));
    TRY(make_folder(fd(), place.folder));
    TRY(sync_folder(fd(), "files"));
    const std::string unfinished = place.path + ".new";
    {
        const Descriptor out(
            open_beneath(fd(), unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        if (!out) return system_failure("making a file");
        auto written = write_all(out.get(), bytes);
        if (written && fsync(out.get()) != 0) written = system_failure("syncing a file");
        if (!written) {
            unlinkat(fd(), unfinished.c_str(), 0);
            return written;
        }
    }
    if (renameat(fd(), unfinished.c_str(), fd(), place.path.c_str()) != 0)
        return system_failure("naming a file");
    return sync_folder(fd(), place.folder);
}

Result<std::string> Directory::read_file(const ProjectId& project, const FileId& file) {
    const FilePlace place(project, file);
    const Descriptor in(open_beneath(fd(), place.path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!in && errno == ENOENT) return fail(Code::not_found, "The file has no content yet.");
    if (!in) return system_failure("opening a file");
    std::string bytes;
    TRY(read_all(in.get(), bytes));
    return bytes;
}

Result<> Directory::remove_file(const ProjectId& project, const FileId& file) {
    const FilePlace place(project, file);
    if (unlinkat(fd(), place.path.c_str(), 0) != 0 && errno != ENOENT)
        return system_failure("removing a file");
    return {};
}

Result<> Directory::remove_files_of(const ProjectId& project) {
    for (unsigned folder = 0; folder < 256; ++folder)
        TRY(remove_beginning(fd(), fmt::format("files/{:02x}", folder), project.hex() + "-"));
    return {};
}

} // namespace weft::store
