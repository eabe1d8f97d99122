#pragma once

#include "domain/ids.h"
#include "store/connection.h"

#include <filesystem>

namespace weft::store {

/// A file descriptor that closes itself.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Descriptor();
    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }

private:
    int fd_ = -1;
};

/// What marks a directory whose database is PostgreSQL.
inline constexpr const char* instance_file_name = "instance";

/// The data directory, locked for this process. All that is opened in it is opened relative to one
/// descriptor, and nothing outside can be reached through it (openat2, RESOLVE_BENEATH). Any
/// thread.
class Directory {
public:
    /// Makes it (0700) when it is absent, and takes the lock, which ends with the process.
    /// conflict: another process has it. unavailable: it cannot be made or written; says what to
    /// do.
    static Result<Directory> open(const std::filesystem::path& path);

    /// Writes into the lock file who holds the directory and, when `address` is given, where that
    /// process answers. Stale, and to be ignored, once the lock is free.
    Result<> announce(std::string_view address);

    /// 32 hex digits that stay with the directory; made when there are none.
    Result<std::string> instance();

    int fd() const { return directory_.get(); }
    bool has_content(const char* name) const; ///< a file with bytes in it
    /// Makes `name` as an empty file (0600) unless it is there.
    Result<> ensure_file(const char* name);

    /// Bytes below files/: the file and its folder are synced before it returns; a reader never
    /// sees half of it.
    Result<> write_file(const ProjectId& project, const FileId& file, std::string_view bytes);
    /// not_found: there are no bytes.
    Result<std::string> read_file(const ProjectId& project, const FileId& file);
    Result<> remove_file(const ProjectId& project, const FileId& file);
    /// All that the project has, also what was not finished. Looks through the whole of files/.
    Result<> remove_files_of(const ProjectId& project);

private:
    Descriptor directory_;
    Descriptor lock_;
};

/// openat2 with RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS: -1 and errno when it fails.
int open_beneath(int directory, const char* path, int flags, unsigned mode = 0);

/// Reads the whole file; -1 of anything is the error. Also in `out` what had been read.
Result<> read_all(int fd, std::string& out);
Result<> write_all(int fd, std::string_view bytes);

/// unavailable, saying what errno says.
std::unexpected<Error> system_failure(const std::string& doing);

} // namespace weft::store
