#pragma once

#include "domain/ids.h"
#include "json/json.h"

#include <string>
#include <vector>

namespace weft {

/// Stored as these numbers.
enum class FileStatus : int { pending = 0, processing = 1, ready = 2, failed = 3 };

struct File {
    FileId id;
    std::string name;
    std::string media_type;
    std::int64_t size = 0; ///< bytes
    FileStatus status = FileStatus::pending;
    std::string reason; ///< why it failed
    std::vector<std::string> tags;
    std::int64_t pages = 0; ///< of a ready one; 0: its kind has none
    Instant created_at;
};

std::string_view to_text(FileStatus status);
/// {_id, name, size, type, tags, status, reason, pages, created_at (epoch seconds)}
json::object to_json(const File& file);

} // namespace weft
