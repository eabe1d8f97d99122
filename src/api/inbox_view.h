#pragma once

#include "domain/form.h"
#include "domain/inbox.h"

namespace weft::api {

/// An item as the API shows it. A preview's `preview_input` is what would be performed now: with
/// the draft, or the answer, of whoever changed it.
json::object inbox_item_view(const InboxItem& item, const ProjectId& project);

/// The exact input that the item asks about.
const json::object& asked_input(const InboxItem& item);
/// The id of the skill that it asks about, hex.
std::string_view asked_skill(const InboxItem& item);

/// The form that an item of type runtime_input asks to fill in. internal: it cannot be read.
Result<Form> asked_form(const InboxItem& item);

} // namespace weft::api
