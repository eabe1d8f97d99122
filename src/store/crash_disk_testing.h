#pragma once

#include "base/mutex.h"
#include "store/crash_medium_testing.h"

#include <functional>
#include <memory>
#include <set>

struct sqlite3_vfs; // NOLINT(readability-identifier-naming): SQLite's

namespace weft::store {

/// What a CrashDisk refuses, counted in its operations (writes, syncs, truncates, removals, and
/// opens that make a file).
struct DiskFault {
    enum class Error { io, full };
    enum class Lasts { once, from_then_on };
    Error error = Error::io;
    std::int64_t at = 0; ///< the number of the first operation that fails; 1 is the disk's first
    Lasts lasts = Lasts::once;
};

/// A disk in memory on which SQLite works (Options::vfs), that can lose power and refuse: the file
/// system of an SQLite "VFS" of its own name, with locks and the shared memory of a write-ahead
/// log in the heap. A store on it keeps its keys and its files/ in a real directory.
///
/// A power cut in place: cut(), destroy the store, start(seed), open a store again. Many power cuts
/// of one history: record(), run, and then for each position image_after_cut() of a DiskReplay,
/// each on a disk of its own.
///
/// Any thread; lives until every connection on it is closed.
class CrashDisk {
public:
    explicit CrashDisk(DiskImage image = {});
    ~CrashDisk();
    CrashDisk(const CrashDisk&) = delete;

    const std::string& vfs() const { return name_; }
    /// How many operations there have been, failed ones included. What is acknowledged when this
    /// says n was made durable by the first n.
    std::int64_t operations() const;

    /// From now on an operation that the fault means fails: a write after half of its bytes, a sync
    /// for good (what it should have written never gets to the platter). mend() ends that.
    void fail(DiskFault fault);
    void mend();
    /// Whether a fault has come to pass since fail().
    bool failed() const;

    /// The power goes at once, or with the operation of this number, of which a part may still
    /// happen; everything then fails.
    void cut();
    void cut_at(std::int64_t operation);
    /// It comes back: the disk holds what the seed chose (CrashMedium::after_cut). Nothing is open.
    void start(std::uint64_t seed);

    /// Keeps every change from now on; the disk must not have been changed yet.
    void record();
    std::vector<DiskChange> recorded() const;

    /// The bytes as programs see them now.
    DiskImage image() const;

private:
    friend struct CrashVfs;
    struct Locks;
    struct Node;

    int admit();
    int change(const DiskChange& change);
    int refusal(const DiskChange& change) REQUIRES(mutex_);
    Node& node(const std::string& name) REQUIRES(mutex_);

    std::string name_;
    std::unique_ptr<sqlite3_vfs> registered_;

    mutable Mutex mutex_;
    std::unique_ptr<CrashMedium> medium_ GUARDED_BY(mutex_);
    std::map<std::string, std::unique_ptr<Node>> nodes_ GUARDED_BY(mutex_);
    std::int64_t operations_ GUARDED_BY(mutex_) = 0;
    std::int64_t open_files_ GUARDED_BY(mutex_) = 0;
    std::int64_t cut_at_ GUARDED_BY(mutex_) = 0; ///< 0 = never
    bool dark_ GUARDED_BY(mutex_) = false;
    std::optional<DiskFault> fault_ GUARDED_BY(mutex_);
    bool failed_ GUARDED_BY(mutex_) = false;
    bool recording_ GUARDED_BY(mutex_) = false;
    std::vector<DiskChange> recorded_ GUARDED_BY(mutex_);
};

/// What was recorded, carried on position by position.
class DiskReplay {
public:
    explicit DiskReplay(std::vector<DiskChange> changes) : changes_(std::move(changes)) {}

    std::int64_t size() const { return static_cast<std::int64_t>(changes_.size()); }
    /// What may be there when the power goes after the first `operations`; never fewer than before.
    DiskImage image_after_cut(std::int64_t operations, std::uint64_t seed);

private:
    std::vector<DiskChange> changes_;
    std::size_t done_ = 0;
    CrashMedium medium_;
};

/// "ok", or what SQLite's integrity_check finds, or why `database` of the image cannot be read.
std::string integrity_of(const DiskImage& image, const std::string& database);
/// All rows of all its tables as text.
std::string content_of(const DiskImage& image, const std::string& database);

} // namespace weft::store
