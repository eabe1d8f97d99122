#pragma once

#include "models/extract.h"
#include "models/model.h"

#include <span>

namespace weft::models {

/// What the inputs of a tool are filled from. Borrowed for one call.
struct Known {
    const json::object& facts; ///< as in ModelRequest
    std::span<const Document> documents;
    std::span<const json::value>
        results; ///< what the tools of this conversation answered, in order
};

/// The arguments for a tool with these inputs. For each field, the first of these that gives a
/// value of its type:
///
/// 1. an array with `split`, or one whose `items` have patterns: the records of the documents, each
/// giving one
///    item (without `split` a document is a record; without `items` an item is the pattern's match,
///    or the text);
/// 2. its `pattern`, inside a record there alone, else in the documents, the goal and the inputs
/// that are texts;
/// 3. its name, whatever the case, underscores, hyphens and blanks: among the inputs, the tools'
/// answers, the data of
///    earlier agents and their titles (the later first), the facts; then what a name says by itself
///    (a file's id for `file_id`, an agent's text or a document for `text`, the goal for `query`);
///    an array of records also by its items, from any list of records that have the required ones;
/// 4. its first example, unless it has a pattern;
/// 5. if it is required, a value of its type that is always the same: "rehearsal", 0, false,
/// 2000-01-01, [], {},
///    the id of 24 zeros. Otherwise the field is left out.
///
/// invalid: RE2 does not accept a pattern.
Result<json::object> fill(const Fields& fields, const Known& known);

/// Lower-case ASCII without underscores, hyphens and blanks.
std::string plain_name(std::string_view name);

} // namespace weft::models
