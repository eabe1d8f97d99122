#pragma once

#include "models/wire.h"

/// The wire formats there are, each from its provider's public reference. None of them was tried
/// against the real service by this project's tests: those serve transcripts in the same form on
/// the loopback address.
namespace weft::models {

/// Chat completions as OpenAI and many others serve them: POST {base}/chat/completions. Documents
/// stand at the end of the first user message, as in all formats.
extern const WireFormat openai_format;

/// The same with the differences that Groq and Mistral document: neither knows idempotency keys;
/// Mistral takes no stream_options (it always reports usage) and only ids of nine letters and
/// digits.
extern const WireFormat groq_format;
extern const WireFormat mistral_format;

/// The same body at a deployment of one's own; the model's name is the deployment's: POST
/// {base}/openai/deployments/{name}/chat/completions?api-version=…
extern const WireFormat azure_format;

/// Anthropic's messages, version 2023-06-01: POST {base}/v1/messages. An answer that must be JSON
/// is asked for as a call of a tool.
extern const WireFormat anthropic_format;

/// Gemini: POST {base}/models/{name}:streamGenerateContent?alt=sse.
extern const WireFormat gemini_format;

/// Ollama's own: POST {base}/api/chat, one JSON object a line. The window (num_ctx) is set to what
/// the request needs. Ollama cannot force a call: a forced tool is asked for as an answer in the
/// form of its input.
extern const WireFormat ollama_format;

} // namespace weft::models
