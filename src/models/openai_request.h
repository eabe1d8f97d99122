#pragma once

#include "models/model.h"

namespace weft::models {

/// The body of POST /chat/completions, always streamed and with usage asked for. The documents
/// stand at the end of the first user message. The same request gives the same bytes: an
/// idempotency key may be sent with it.
json::object openai_request(const ModelRequest& request);

/// The documents as text for a model: each between two lines that name it and that its own text
/// cannot contain.
std::string documents_text(const std::vector<Document>& documents);

} // namespace weft::models
