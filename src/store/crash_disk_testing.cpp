#include "store/crash_disk_testing.h"

#include "base/check.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <atomic>
#include <cstring>

namespace weft::store {

namespace {

constexpr int locks_of_shared_memory = SQLITE_SHM_NLOCK;
constexpr int path_bytes_max = 512;
constexpr int sector_bytes = 4'096; // as SQLite takes it for a disk of which it knows nothing

std::int64_t next_number() {
    static std::atomic<std::int64_t> last{0};
    return ++last;
}

} // namespace

struct OpenFile;

/// Who may do what with one file: SQLite's five levels, and the slots of the shared memory.
struct CrashDisk::Locks {
    std::set<const void*> shared;
    const void* reserved = nullptr;
    const void* pending = nullptr;
    const void* exclusive = nullptr;
    std::set<const void*> slot_shared[locks_of_shared_memory];
    const void* slot_exclusive[locks_of_shared_memory] = {};
};

/// What stands beside a file's bytes while the machine runs, and is gone with its power.
struct CrashDisk::Node {
    Locks locks;
    std::vector<std::unique_ptr<char[]>> regions;
    int mapped = 0; ///< connections that use the shared memory
};

/// SQLite's own part comes first, as it demands.
struct OpenFile {
    sqlite3_file base;
    CrashDisk* disk;
    std::string* name;
    bool mapped;
    bool removed_when_closed;
};

/// SQLite's functions of a file system and of an open file. Each asks the disk first whether it
/// still has power.
struct CrashVfs {
    static OpenFile& of(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file); }
    static CrashDisk& of(sqlite3_vfs* vfs) { return *static_cast<CrashDisk*>(vfs->pAppData); }
    static sqlite3_vfs* real() { return sqlite3_vfs_find(nullptr); }

    // --- the file system

    static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
        CrashDisk& disk = of(vfs);
        file->pMethods = nullptr;
        const bool unnamed = name == nullptr;
        const std::string path = unnamed ? fmt::format("/temporary/{}", next_number()) : name;
        bool there = false;
        {
            const Lock lock(disk.mutex_);
            if (disk.dark_) return SQLITE_IOERR;
            there = disk.medium_->exists(path);
        }
        if (!there && (flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
        if (!there && disk.change({DiskChange::Kind::create, path, 0, {}}) != SQLITE_OK)
            return SQLITE_CANTOPEN;
        const Lock lock(disk.mutex_);
        ++disk.open_files_;
        OpenFile& opened = of(file);
        opened.disk = &disk;
        opened.name = new std::string(path);
        opened.mapped = false;
        opened.removed_when_closed = unnamed || (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
        file->pMethods = &methods;
        if (out) *out = flags;
        return SQLITE_OK;
    }
    static int remove(sqlite3_vfs* vfs, const char* name, int sync) {
        CrashDisk& disk = of(vfs);
        {
            const Lock lock(disk.mutex_);
            if (disk.dark_) return SQLITE_IOERR_DELETE;
            if (!disk.medium_->exists(name)) return SQLITE_IOERR_DELETE_NOENT;
        }
        const auto kind = sync ? DiskChange::Kind::remove_synced : DiskChange::Kind::remove;
        return disk.change({kind, name, 0, {}}) == SQLITE_OK ? SQLITE_OK : SQLITE_IOERR_DELETE;
    }
    static int access(sqlite3_vfs* vfs, const char* name, int, int* out) {
        CrashDisk& disk = of(vfs);
        const Lock lock(disk.mutex_);
        const std::string* bytes = disk.medium_->find(name);
        *out = bytes != nullptr && !bytes->empty(); // SQLite takes an empty journal for none
        return disk.dark_ ? SQLITE_IOERR_ACCESS : SQLITE_OK;
    }
    static int full_path(sqlite3_vfs*, const char* name, int size, char* out) {
        sqlite3_snprintf(size, out, "%s", name);
        return SQLITE_OK;
    }
    static int randomness(sqlite3_vfs*, int size, char* out) {
        return real()->xRandomness(real(), size, out);
    }
    static int sleep(sqlite3_vfs*, int us) { return real()->xSleep(real(), us); }
    static int now(sqlite3_vfs*, double* days) { return real()->xCurrentTime(real(), days); }
    static int now_ms(sqlite3_vfs*, sqlite3_int64* ms) {
        return real()->xCurrentTimeInt64(real(), ms);
    }
    static int last_error(sqlite3_vfs*, int, char*) { return 0; }

    // --- an open file

    static int close(sqlite3_file* file) {
        OpenFile& open = of(file);
        (void)shm_unmap(file, 0);
        (void)unlock(file, SQLITE_LOCK_NONE);
        if (open.removed_when_closed)
            (void)open.disk->change({DiskChange::Kind::remove, *open.name, 0, {}});
        {
            const Lock lock(open.disk->mutex_);
            --open.disk->open_files_;
        }
        delete open.name;
        return SQLITE_OK;
    }
    static int read(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
        OpenFile& open = of(file);
        const Lock lock(open.disk->mutex_);
        const std::string* bytes = open.disk->medium_->find(*open.name);
        if (open.disk->dark_ || bytes == nullptr) return SQLITE_IOERR_READ;
        const auto from = std::min(static_cast<std::size_t>(at), bytes->size());
        const auto count = std::min(static_cast<std::size_t>(size), bytes->size() - from);
        std::memcpy(to, bytes->data() + from, count);
        std::memset(static_cast<char*>(to) + count, 0, static_cast<std::size_t>(size) - count);
        return count == static_cast<std::size_t>(size) ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
    }
    static int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
        OpenFile& open = of(file);
        return open.disk->change(
            {DiskChange::Kind::write,
             *open.name,
             static_cast<std::size_t>(at),
             {static_cast<const char*>(from), static_cast<std::size_t>(size)}});
    }
    static int truncate(sqlite3_file* file, sqlite3_int64 size) {
        OpenFile& open = of(file);
        return open.disk->change(
            {DiskChange::Kind::truncate, *open.name, static_cast<std::size_t>(size), {}});
    }
    static int sync(sqlite3_file* file, int) {
        OpenFile& open = of(file);
        return open.disk->change({DiskChange::Kind::sync, *open.name, 0, {}});
    }
    static int file_size(sqlite3_file* file, sqlite3_int64* out) {
        OpenFile& open = of(file);
        const Lock lock(open.disk->mutex_);
        const std::string* bytes = open.disk->medium_->find(*open.name);
        if (open.disk->dark_ || bytes == nullptr) return SQLITE_IOERR_FSTAT;
        *out = static_cast<sqlite3_int64>(bytes->size());
        return SQLITE_OK;
    }
    static int lock(sqlite3_file* file, int level) {
        OpenFile& open = of(file);
        const Lock held(open.disk->mutex_);
        if (open.disk->dark_) return SQLITE_IOERR_LOCK;
        CrashDisk::Locks& locks = open.disk->node(*open.name).locks;
        const auto others = [&](const void* owner) { return owner && owner != file; };
        if (level == SQLITE_LOCK_SHARED) {
            if (others(locks.pending) || others(locks.exclusive)) return SQLITE_BUSY;
            locks.shared.insert(file);
        } else if (level == SQLITE_LOCK_RESERVED) {
            if (others(locks.reserved)) return SQLITE_BUSY;
            locks.reserved = file;
        } else if (level == SQLITE_LOCK_EXCLUSIVE) {
            if (others(locks.reserved) || others(locks.pending)) return SQLITE_BUSY;
            locks.pending = file;
            if (locks.shared.size() > (locks.shared.contains(file) ? 1U : 0U)) return SQLITE_BUSY;
            locks.exclusive = file;
        }
        return SQLITE_OK;
    }
    static int unlock(sqlite3_file* file, int level) {
        OpenFile& open = of(file);
        const Lock held(open.disk->mutex_);
        CrashDisk::Locks& locks = open.disk->node(*open.name).locks;
        for (const void** owner : {&locks.reserved, &locks.pending, &locks.exclusive})
            if (*owner == file) *owner = nullptr;
        if (level == SQLITE_LOCK_NONE) locks.shared.erase(file);
        return SQLITE_OK;
    }
    static int check_reserved(sqlite3_file* file, int* out) {
        OpenFile& open = of(file);
        const Lock held(open.disk->mutex_);
        *out = open.disk->node(*open.name).locks.reserved != nullptr;
        return SQLITE_OK;
    }
    static int control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
    static int sector_size(sqlite3_file*) { return sector_bytes; }
    static int characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

    // --- the shared memory of a write-ahead log

    static int shm_map(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
        OpenFile& open = of(file);
        const Lock held(open.disk->mutex_);
        *out = nullptr;
        if (open.disk->dark_) return SQLITE_IOERR_SHMMAP;
        CrashDisk::Node& node = open.disk->node(*open.name);
        if (!std::exchange(open.mapped, true)) ++node.mapped;
        if (!extend && region >= std::ssize(node.regions)) return SQLITE_OK;
        while (region >= std::ssize(node.regions))
            node.regions.push_back(std::make_unique<char[]>(static_cast<std::size_t>(size)));
        *out = node.regions[static_cast<std::size_t>(region)].get();
        return SQLITE_OK;
    }
    static int shm_lock(sqlite3_file* file, int first, int count, int flags) {
        OpenFile& open = of(file);
        const Lock held(open.disk->mutex_);
        if (open.disk->dark_ && (flags & SQLITE_SHM_LOCK)) return SQLITE_IOERR_SHMLOCK;
        CrashDisk::Locks& locks = open.disk->node(*open.name).locks;
        for (int i = first; (flags & SQLITE_SHM_LOCK) && i < first + count; ++i) {
            const void* owner = locks.slot_exclusive[i];
            if (owner && owner != file) return SQLITE_BUSY;
            const auto& shared = locks.slot_shared[i];
            if ((flags & SQLITE_SHM_EXCLUSIVE) && shared.size() > (shared.contains(file) ? 1U : 0U))
                return SQLITE_BUSY;
        }
        for (int i = first; i < first + count; ++i) {
            if (flags & SQLITE_SHM_UNLOCK) {
                locks.slot_shared[i].erase(file);
                if (locks.slot_exclusive[i] == file) locks.slot_exclusive[i] = nullptr;
            } else if (flags & SQLITE_SHM_EXCLUSIVE) {
                locks.slot_exclusive[i] = file;
            } else {
                locks.slot_shared[i].insert(file);
            }
        }
        return SQLITE_OK;
    }
    static void shm_barrier(sqlite3_file* file) {
        const Lock held(of(file).disk->mutex_); // entering and leaving it is a barrier
    }
    static int shm_unmap(sqlite3_file* file, int) {
        OpenFile& open = of(file);
        if (!open.mapped) return SQLITE_OK;
        (void)shm_lock(file, 0, locks_of_shared_memory, SQLITE_SHM_UNLOCK);
        const Lock held(open.disk->mutex_);
        open.mapped = false;
        CrashDisk::Node& node = open.disk->node(*open.name);
        if (--node.mapped == 0) node.regions.clear(); // the next connection recovers from the log
        return SQLITE_OK;
    }

    static constexpr sqlite3_io_methods methods{2,
                                                close,
                                                read,
                                                write,
                                                truncate,
                                                sync,
                                                file_size,
                                                lock,
                                                unlock,
                                                check_reserved,
                                                control,
                                                sector_size,
                                                characteristics,
                                                shm_map,
                                                shm_lock,
                                                shm_barrier,
                                                shm_unmap,
                                                nullptr,
                                                nullptr};
};

CrashDisk::CrashDisk(DiskImage image)
    : name_(fmt::format("crash-disk-{}", next_number())),
      registered_(std::make_unique<sqlite3_vfs>()), medium_(std::make_unique<CrashMedium>(image)) {
    sqlite3_initialize();
    *registered_ = {.iVersion = 2,
                    .szOsFile = sizeof(OpenFile),
                    .mxPathname = path_bytes_max,
                    .zName = name_.c_str(),
                    .pAppData = this,
                    .xOpen = CrashVfs::open,
                    .xDelete = CrashVfs::remove,
                    .xAccess = CrashVfs::access,
                    .xFullPathname = CrashVfs::full_path,
                    .xRandomness = CrashVfs::randomness,
                    .xSleep = CrashVfs::sleep,
                    .xCurrentTime = CrashVfs::now,
                    .xGetLastError = CrashVfs::last_error,
                    .xCurrentTimeInt64 = CrashVfs::now_ms};
    CHECK(sqlite3_vfs_register(registered_.get(), 0) == SQLITE_OK);
}

CrashDisk::~CrashDisk() { sqlite3_vfs_unregister(registered_.get()); }

CrashDisk::Node& CrashDisk::node(const std::string& name) {
    auto& node = nodes_[name];
    if (!node) node = std::make_unique<Node>();
    return *node;
}

std::int64_t CrashDisk::operations() const {
    const Lock lock(mutex_);
    return operations_;
}

void CrashDisk::fail(DiskFault fault) {
    const Lock lock(mutex_);
    fault_ = fault;
    failed_ = false;
}

void CrashDisk::mend() {
    const Lock lock(mutex_);
    fault_.reset();
}

bool CrashDisk::failed() const {
    const Lock lock(mutex_);
    return failed_;
}

void CrashDisk::cut() {
    const Lock lock(mutex_);
    dark_ = true;
}

void CrashDisk::cut_at(std::int64_t operation) {
    const Lock lock(mutex_);
    cut_at_ = operation;
}

void CrashDisk::start(std::uint64_t seed) {
    const Lock lock(mutex_);
    CHECK(open_files_ == 0);
    medium_ = std::make_unique<CrashMedium>(medium_->after_cut(seed));
    nodes_.clear();
    dark_ = false;
    cut_at_ = 0;
}

void CrashDisk::record() {
    const Lock lock(mutex_);
    CHECK(operations_ == 0);
    recording_ = true;
}

std::vector<DiskChange> CrashDisk::recorded() const {
    const Lock lock(mutex_);
    return recorded_;
}

DiskImage CrashDisk::image() const {
    const Lock lock(mutex_);
    return medium_->seen();
}

/// One operation: what SQLite is told of it.
int CrashDisk::change(const DiskChange& change) {
    const Lock lock(mutex_);
    if (dark_) return SQLITE_IOERR;
    ++operations_;
    if (operations_ == cut_at_) dark_ = true;
    if (recording_) recorded_.push_back(change);
    if (const int refused = refusal(change); refused != SQLITE_OK) return refused;
    medium_->apply(change);
    return dark_ ? SQLITE_IOERR : SQLITE_OK;
}

/// SQLITE_OK, unless a fault means this operation; then also what it leaves behind.
int CrashDisk::refusal(const DiskChange& change) {
    using Kind = DiskChange::Kind;
    if (dark_ && change.kind == Kind::sync) return SQLITE_IOERR_FSYNC; // the power was quicker
    const bool meant =
        fault_ && operations_ >= fault_->at &&
        (fault_->lasts == DiskFault::Lasts::from_then_on || operations_ == fault_->at);
    if (!meant) return SQLITE_OK;
    failed_ = true;
    if (change.kind == Kind::sync) medium_->fail_sync(change.file);
    if (change.kind == Kind::write)
        medium_->apply(
            {Kind::write, change.file, change.at, change.bytes.substr(0, change.bytes.size() / 2)});
    return fault_->error == DiskFault::Error::full ? SQLITE_FULL : SQLITE_IOERR;
}

DiskImage DiskReplay::image_after_cut(std::int64_t operations, std::uint64_t seed) {
    while (done_ < static_cast<std::size_t>(operations)) medium_.apply(changes_[done_++]);
    return medium_.after_cut(seed);
}

namespace {

/// What the statement answers, its columns and rows one after another; an error as text.
std::string asked(sqlite3* database, const std::string& sql) {
    std::string found;
    const auto take = [](void* to, int count, char** values, char**) {
        for (int i = 0; i < count; ++i)
            *static_cast<std::string*>(to) += std::string(i == 0 ? "" : " ") + values[i];
        *static_cast<std::string*>(to) += "\n";
        return 0;
    };
    if (sqlite3_exec(database, sql.c_str(), take, &found, nullptr) != SQLITE_OK)
        return sqlite3_errmsg(database);
    return found;
}

template <class F> auto on_database(const DiskImage& image, const std::string& database, F fn) {
    const CrashDisk disk(image);
    sqlite3* opened = nullptr;
    sqlite3_open_v2(database.c_str(), &opened, SQLITE_OPEN_READWRITE, disk.vfs().c_str());
    auto result = fn(opened);
    sqlite3_close(opened);
    return result;
}

} // namespace

std::string integrity_of(const DiskImage& image, const std::string& database) {
    return on_database(image, database, [](sqlite3* opened) {
        std::string found = asked(opened, "PRAGMA integrity_check");
        if (found.ends_with('\n')) found.pop_back();
        return found;
    });
}

std::string content_of(const DiskImage& image, const std::string& database) {
    return on_database(image, database, [](sqlite3* opened) {
        // One statement for each table, which quotes each of its columns.
        const std::string statements = asked(opened, R"sql(
            SELECT 'SELECT ' || group_concat('quote(' || c.name || ')', ', ') || ' FROM ' ||
                   t.name || ' ORDER BY 1;'
              FROM sqlite_schema t, pragma_table_info(t.name) c
             WHERE t.type = 'table' GROUP BY t.name ORDER BY t.name)sql");
        std::string all;
        for (std::size_t from = 0; from < statements.size();) {
            const std::size_t end = statements.find('\n', from);
            const std::string sql = statements.substr(from, end - from);
            all += sql + "\n" + asked(opened, sql);
            from = end + 1;
        }
        return all;
    });
}

} // namespace weft::store
