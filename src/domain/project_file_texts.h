#pragma once

#include "json/json.h"

#include <functional>

#include <boost/json/array.hpp>

/// What reading and writing of a project's export share.
namespace weft::project_file {

/// Every text in it but the names of members becomes what `change` makes of it.
void change_texts(json::value& value, const std::function<std::string(std::string_view)>& change);

/// Its `triggers`, which are objects, say `"is_active": false`: nothing that was exported starts
/// anything until somebody switches it on.
void switch_off(json::object& holder);

/// With "id" for whatever could be the id of something on this server.
std::string without_ids(std::string_view text);

} // namespace weft::project_file
