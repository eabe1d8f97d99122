#pragma once

#include "domain/ids.h"

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
    Instant created_at;
};

} // namespace weft
