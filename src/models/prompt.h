#pragma once

#include "models/model.h"

/// What writers of requests share.
namespace weft::models {

/// The documents as text for a model: each between two lines that name it and that its own text
/// cannot contain.
std::string documents_text(const std::vector<Document>& documents);

/// The request's messages with the documents at the end of the first user message (a new one at the
/// end when there is none).
std::vector<Message> messages_with_documents(const ModelRequest& request);

/// Tools as OpenAI's chat completions and Ollama's chat take them: [{type: "function", function}].
json::array function_tools_json(const std::vector<Tool>& tools);

/// FNV-1a: not for security.
std::uint64_t hash_of(std::string_view text, std::uint64_t seed = 0);

/// 1 rather than 1.0, which JSON writers differ about.
json::value number_json(double value);

} // namespace weft::models
