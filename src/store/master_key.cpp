#include "store/master_key.h"

#include "store/directory.h"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace weft::store {

namespace {

constexpr const char* next_file = "master.key.next";
constexpr const char* unfinished_file = "master.key.new";

Result<> sync_directory(int directory_fd) {
    if (fsync(directory_fd) != 0) return system_failure("saving master.key");
    return {};
}

/// Written beside and renamed, so that a crash leaves no half key.
Result<> write_as(int directory_fd, const char* name, const MasterKey& key) {
    const Descriptor file(open_beneath(directory_fd, unfinished_file,
                                       O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file) return system_failure("making master.key");
    TRY(write_all(file.get(), key.key.view()));
    if (fsync(file.get()) != 0 || renameat(directory_fd, unfinished_file, directory_fd, name) != 0)
        return system_failure("saving master.key");
    return sync_directory(directory_fd);
}

/// None: there is no such file, or it has another size.
Result<std::optional<MasterKey>> read_key(int directory_fd, const char* name) {
    const Descriptor file(open_beneath(directory_fd, name, O_RDONLY | O_CLOEXEC));
    if (!file) return system_failure("opening master.key");
    std::string bytes;
    TRY(read_all(file.get(), bytes));
    std::optional<MasterKey> key;
    if (bytes.size() == SecretKey::size) key = MasterKey{SecretKey::of(bytes)};
    wipe(bytes);
    return key;
}

} // namespace

std::optional<MasterKey> MasterKey::from_hex(std::string_view digits) {
    MasterKey key;
    if (!weft::from_hex(digits, key.key.bytes)) return std::nullopt;
    return key;
}

Blob MasterKey::seal(std::string_view purpose, std::string_view plain,
                     std::string_view context) const {
    return seal_with(key.derive(purpose), plain, context);
}

Result<std::string> MasterKey::open(std::string_view purpose, const Blob& sealed,
                                    std::string_view context) const {
    return open_with(key.derive(purpose), sealed, context);
}

Result<MasterKey> read_key_file(int directory_fd, KeyFile missing) {
    const bool is_there = faccessat(directory_fd, master_key_file, F_OK, 0) == 0;
    if (!is_there && errno == ENOENT && missing == KeyFile::make) {
        const MasterKey made = MasterKey::fresh();
        TRY(write_key_file(directory_fd, made));
        return made;
    }
    if (!is_there && errno == ENOENT)
        return fail(Code::invalid,
                    "The file master.key is missing in the data directory. Put it back from a "
                    "backup, or give the key in WEFT_MASTER_KEY, master-key-file or "
                    "master-key-command: without it no API key and no stored secret can be read.");
    const auto key = TRY(read_key(directory_fd, master_key_file));
    if (!key)
        return fail(
            Code::invalid,
            "The file master.key in the data directory is damaged. Put it back from a backup, or "
            "give the key in WEFT_MASTER_KEY.");
    return *key;
}

Result<> write_key_file(int directory_fd, const MasterKey& key) {
    return write_as(directory_fd, master_key_file, key);
}

Result<> write_next_key_file(int directory_fd, const MasterKey& next) {
    return write_as(directory_fd, next_file, next);
}

Result<std::optional<MasterKey>> read_next_key_file(int directory_fd) {
    if (faccessat(directory_fd, next_file, F_OK, 0) != 0 && errno == ENOENT) return std::nullopt;
    return read_key(directory_fd, next_file);
}

Result<> remove_next_key_file(int directory_fd) {
    if (unlinkat(directory_fd, next_file, 0) != 0 && errno != ENOENT)
        return system_failure("removing master.key.next");
    return {};
}

} // namespace weft::store
