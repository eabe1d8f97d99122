#include "store/crash_medium_testing.h"

#include <algorithm>

namespace weft::store {

namespace {

constexpr std::size_t sector = 512; // of the disk: what it writes whole or not at all

void put(std::string& bytes, std::size_t at, std::string_view with) {
    if (bytes.size() < at + with.size()) bytes.resize(at + with.size(), '\0');
    bytes.replace(at, with.size(), with);
}

} // namespace

CrashMedium::CrashMedium(const DiskImage& image) {
    for (const auto& [name, bytes] : image)
        names_[name] = std::make_shared<File>(File{.seen = bytes, .sure = bytes, .pending = {}});
    sure_names_ = names_;
}

void CrashMedium::change(std::string& bytes, const Pending& pending) {
    if (pending.bytes)
        put(bytes, pending.at, *pending.bytes);
    else
        bytes.resize(pending.at, '\0');
}

void CrashMedium::apply(const DiskChange& change) {
    using Kind = DiskChange::Kind;
    const std::int64_t number = ++changes_;
    if (change.kind == Kind::create) {
        if (exists(change.file)) return;
        names_[change.file] = std::make_shared<File>();
        renamings_.push_back({number, change.file, names_[change.file]});
    } else if (change.kind == Kind::sync) {
        sync(change.file);
    } else if (change.kind == Kind::remove || change.kind == Kind::remove_synced) {
        if (names_.erase(change.file) > 0) renamings_.push_back({number, change.file, nullptr});
        if (change.kind == Kind::remove_synced) sync_names();
    } else if (const auto found = names_.find(change.file); found != names_.end()) {
        Pending pending{.number = number, .at = change.at, .bytes = {}};
        if (change.kind == Kind::write) pending.bytes = change.bytes;
        CrashMedium::change(found->second->seen, pending);
        found->second->pending.push_back(std::move(pending));
    }
}

void CrashMedium::sync(const std::string& name) {
    if (const auto found = names_.find(name); found != names_.end()) {
        File& file = *found->second;
        for (const Pending& each : file.pending) change(file.sure, each);
        file.pending.clear();
    }
    sync_names();
}

void CrashMedium::sync_names() {
    sure_names_ = names_;
    renamings_.clear();
}

void CrashMedium::fail_sync(const std::string& file) {
    if (const auto found = names_.find(file); found != names_.end()) found->second->pending.clear();
}

const std::string* CrashMedium::find(const std::string& file) const {
    const auto found = names_.find(file);
    return found == names_.end() ? nullptr : &found->second->seen;
}

DiskImage CrashMedium::seen() const {
    DiskImage image;
    for (const auto& [name, file] : names_) image[name] = file->seen;
    return image;
}

/// One outcome of a power cut: which changes reached the platter.
class CrashMedium::Cut {
public:
    /// `first` … `last`: the numbers of the unsynced changes.
    Cut(std::uint64_t seed, std::int64_t first, std::int64_t last)
        : style_(static_cast<int>(seed % 6)), dice_(seed),
          last_(first +
                static_cast<std::int64_t>(dice_() % static_cast<std::uint64_t>(last - first + 1))) {
    }

    bool renamed(const Renaming& renaming) { return whole(renaming.number); }

    std::string bytes_of(const File& file) {
        std::string bytes = file.sure;
        for (const Pending& each : file.pending) keep(bytes, each);
        return bytes;
    }

private:
    /// Whether a change that cannot be torn is kept.
    bool whole(std::int64_t number) {
        if (style_ == 0) return false;
        if (style_ == 1) return true;
        return style_ == 2 ? number <= last_ : dice_() % 2 == 0;
    }

    void keep(std::string& bytes, const Pending& pending) {
        if (!pending.bytes) {
            if (whole(pending.number)) change(bytes, pending);
        } else if (style_ >= 4) {
            tear(bytes, pending);
        } else if (style_ == 2 && pending.number == last_) {
            put(bytes, pending.at,
                std::string_view(*pending.bytes).substr(0, dice_() % (pending.bytes->size() + 1)));
        } else if (whole(pending.number)) {
            change(bytes, pending);
        }
    }

    /// Keeps each sector or not, in all places where one can end.
    void tear(std::string& bytes, const Pending& pending) {
        const std::string_view all = *pending.bytes;
        const std::size_t before = bytes.size();
        bool grown = false;
        for (std::size_t from = 0; from < all.size();) {
            const std::size_t end =
                std::min(all.size(), from + sector - (pending.at + from) % sector);
            if (dice_() % 2 == 0) {
                put(bytes, pending.at + from, all.substr(from, end - from));
            } else if (style_ == 5 && pending.at + from >= before) {
                put(bytes, pending.at + from, rubbish(end - from));
                grown = true;
            }
            from = end;
        }
        if (!grown && dice_() % 2 == 0 && bytes.size() < pending.at + all.size())
            bytes.resize(pending.at + all.size(), '\0'); // the size is there, the bytes are not
    }

    std::string rubbish(std::size_t count) {
        std::string bytes(count, '\0');
        for (char& each : bytes) each = static_cast<char>(dice_());
        return bytes;
    }

    int style_;
    std::mt19937_64 dice_;
    std::int64_t last_; ///< of style 2
};

DiskImage CrashMedium::after_cut(std::uint64_t seed) const {
    std::int64_t first = changes_;
    for (const auto& [name, file] : names_)
        if (!file->pending.empty()) first = std::min(first, file->pending.front().number);
    Cut cut(seed, first, changes_);
    auto names = sure_names_;
    for (const Renaming& each : renamings_) {
        if (!cut.renamed(each)) continue;
        if (each.file)
            names[each.name] = each.file;
        else
            names.erase(each.name);
    }
    DiskImage image;
    for (const auto& [name, file] : names) image[name] = cut.bytes_of(*file);
    return image;
}

} // namespace weft::store
