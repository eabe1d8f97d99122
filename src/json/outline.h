#pragma once

#include "json/json.h"

#include <vector>

namespace weft {

// A large JSON text in parts, so that nobody needs memory for the values of all of it at once.
// These look no further into a part than where it ends: whoever reads a part finds what is wrong
// in it.

struct JsonMember {
    std::string name;
    std::string_view value; ///< its text, inside the whole
};
/// The members of an object. malformed: it is none, it ends early, something follows it, or two
/// members have one name.
Result<std::vector<JsonMember>> members_in(std::string_view text);
/// The items of an array, likewise.
Result<std::vector<std::string_view>> items_in(std::string_view text);

/// parse_json of a text in which no object, however deep, has two members of one name: which of
/// them is meant, readers do not agree about. malformed.
Result<json::value> parse_unambiguous(std::string_view text);

/// JSON for people: a member and an item a line, those without parts of their own together on one
/// line where it is short. Ends without a line end. `depth`: how far it is indented, but for its
/// first line.
std::string to_pretty_text(const json::value& value, int depth = 0);

} // namespace weft
