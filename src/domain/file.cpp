#include "domain/file.h"

namespace weft {

std::string_view to_text(FileStatus status) {
    switch (status) {
    case FileStatus::pending: return "pending";
    case FileStatus::processing: return "processing";
    case FileStatus::ready: return "ready";
    case FileStatus::failed: return "failed";
    }
    return "failed";
}

json::object to_json(const File& file) {
    json::array tags;
    for (const std::string& tag : file.tags) tags.push_back(json::value(tag));
    return {{"_id", file.id.hex()},
            {"name", file.name},
            {"size", file.size},
            {"type", file.media_type},
            {"tags", std::move(tags)},
            {"status", to_text(file.status)},
            {"reason", file.reason.empty() ? json::value(nullptr) : json::value(file.reason)},
            {"pages", file.pages},
            {"created_at", file.created_at.epoch_seconds()}};
}

} // namespace weft
