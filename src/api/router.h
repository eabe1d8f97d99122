#pragma once

#include "api/route.h"

namespace weft::api {

/// All route tables of the program, in the order of the documentation.
std::span<const std::span<const Route>> route_tables();

struct Match {
    const Route* route = nullptr;
    std::vector<std::pair<std::string_view, std::string>> params; ///< decoded
};

/// Finds routes by method and path. A literal segment wins over a parameter, from left to right; a
/// last one {name...} takes all that follows, where no other route fits. Immutable after
/// construction.
class Router {
public:
    explicit Router(std::span<const std::span<const Route>> tables);

    /// not_found: no route has this path. malformed: a bad percent escape. A path that is known
    /// with other methods only: `route` is null, `allowed` says which.
    Result<Match> match(http::Method method, std::string_view path, std::string& allowed) const;

private:
    struct Entry {
        const Route* route;
        std::vector<std::string_view> segments;
    };
    Result<Match> match_open_ended(http::Method method, std::span<const std::string_view> segments,
                                   std::string& allowed) const;

    std::vector<std::vector<Entry>> by_length_; ///< [segment count], most literal first
    std::vector<Entry> open_ended_;             ///< literals, then {name...}
};

} // namespace weft::api
