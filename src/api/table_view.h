#pragma once

#include "domain/table.h"

namespace weft::api {

/// A table with the project that it is in.
inline json::object table_view(const Table& table, const ProjectId& project) {
    json::object view = to_json(table);
    view["projectID"] = project.hex();
    return view;
}

} // namespace weft::api
