#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace weft::store {

/// After every how many operations of a disk a test lets something happen: each, unless a sanitizer
/// makes all slow.
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr std::int64_t crash_stride = 23;
#else
inline constexpr std::int64_t crash_stride = 1;
#endif

/// How many kinds of loss there are: see CrashMedium::after_cut.
inline constexpr std::uint64_t crash_losses = 6;

/// One change that a file system was asked for.
struct DiskChange {
    enum class Kind { create, write, truncate, sync, remove, remove_synced };
    Kind kind = Kind::write;
    std::string file;
    std::size_t at = 0; ///< of a write; of a truncate the new size
    std::string bytes;  ///< of a write
};

/// All files by name with their bytes: what a machine finds when it starts.
using DiskImage = std::map<std::string, std::string>;

/// What a disk with a cache in front of it holds: for each file its bytes as programs see them, the
/// bytes that are surely on the platter, and the changes between the two. A sync makes the changes
/// of one file sure, and the names of the directory. Plain data, one thread at a time.
class CrashMedium {
public:
    explicit CrashMedium(const DiskImage& image = {});

    void apply(const DiskChange& change);
    /// A sync that failed: what it should have written is given up by the cache and never reaches
    /// the platter, though programs still see it, as on Linux.
    void fail_sync(const std::string& file);

    bool exists(const std::string& file) const { return names_.contains(file); }
    /// The bytes as programs see them; none: there is no such file. Valid until the next change.
    const std::string* find(const std::string& file) const;
    DiskImage seen() const;

    /// What a power cut now may leave. The seed chooses which of the unsynced changes reached the
    /// platter: seed % 6 = 0 none; 1 all; 2 those up to a moment, the last one torn; 3 any of them;
    /// 4 any of their sectors; 5 the same, and where a file grew without its bytes there is rubbish
    /// in place of zeros.
    DiskImage after_cut(std::uint64_t seed) const;

private:
    struct Pending {
        std::int64_t number = 0;
        std::size_t at = 0;
        std::optional<std::string> bytes; ///< none: a truncate
    };
    struct File {
        std::string seen;
        std::string sure;
        std::vector<Pending> pending;
    };
    using FilePointer = std::shared_ptr<File>;
    struct Renaming {
        std::int64_t number = 0;
        std::string name;
        FilePointer file; ///< none: removed
    };
    class Cut;

    static void change(std::string& bytes, const Pending& pending);
    void sync(const std::string& name);
    void sync_names();

    std::map<std::string, FilePointer> names_;
    std::map<std::string, FilePointer> sure_names_;
    std::vector<Renaming> renamings_;
    std::int64_t changes_ = 0;
};

} // namespace weft::store
