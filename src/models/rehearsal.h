#pragma once

#include "models/model.h"

#include <memory>

namespace weft::models {

/// `weft/rehearsal`: rehearses a flow's wiring without a provider, an account or money.
/// Deterministic (the same request gives the same bytes), stateless, safe from all threads; answers
/// without waiting for anything.
///
/// It calls each tool of the request once, in the order given, with inputs found by models/fill.h,
/// and then concludes in markdown with what the tools answered and the records it was given. What
/// was called is read from the messages: the calls of the assistant and the tool messages that
/// answer them. A tool message that is a JSON object with the member `error` (a string, or an
/// object with `message`) is a failed call: it is reported, not repeated.
///
/// refused: the request forces a tool or wants an answer in a form (both take judgement), or a
/// field has a pattern that RE2 does not accept.
std::unique_ptr<Model> make_rehearsal_model();

/// Whether it is that one, which cannot judge sentences.
bool is_rehearsal(const Model& model);

} // namespace weft::models
