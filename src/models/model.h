#pragma once

#include "base/task.h"
#include "domain/execution.h"
#include "domain/field.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weft::models {

struct ToolCall {
    std::string id;        ///< the provider's, or "call_1" …; unique in one answer
    std::string name;      ///< `<category>_<sort>`
    json::value arguments; ///< an object; what the model wrote is checked against the tool's fields
                           ///< by the caller
    /// What the provider wants back unchanged with the call (Gemini's thoughtSignature); empty:
    /// nothing. Another provider ignores it.
    std::string mark = {};
};

struct Message {
    enum class Role { system, user, assistant, tool };
    Role role = Role::user;
    std::string text;
    std::vector<ToolCall> calls = {}; ///< of an assistant
    std::string call_id = {};         ///< of a tool: which call this answers
};

struct Tool {
    std::string name;
    std::string description;
    Fields input;
};

/// A text that the run was given. Wire formats write it into the first user message; the rehearsal
/// model reads it directly.
struct Document {
    std::string file_id; ///< 24 hex digits
    std::string name;
    std::string text;
};

/// What an answer that must be JSON looks like.
struct AnswerForm {
    std::string name = "answer"; ///< letters, digits, "_" and "-", unlike any tool's
    json::object schema;         ///< JSON Schema of an object; for Fields: to_json_schema()
};

struct ModelRequest {
    std::string model; ///< without the provider: "gpt-4o-mini"
    double temperature = 0;
    std::int64_t max_tokens = 4096;
    std::vector<Message> messages;
    std::vector<Tool> tools;
    std::string forced_tool; ///< the model must call this one; empty = free
    /// Asked of the provider in its own way; whether the answer keeps to it is for the caller to
    /// check (Caller does).
    std::optional<AnswerForm> form = {};
    std::vector<Document> documents;
    /// What the run knows by name: {goal, inputs, agents: {title: {text, data}}, files: [{_id,
    /// name}]}. Only the rehearsal model reads it; the others know it from the messages.
    json::object facts;
    std::string idempotency_key; ///< sent to providers that take one
};

enum class StopReason { finished, tool_calls, length, refused };

struct Completion {
    std::string text;
    std::vector<ToolCall> calls;
    StopReason stop = StopReason::finished;
    std::int64_t input_tokens = 0;
    std::int64_t output_tokens = 0;
    bool usage_estimated = false; ///< the provider reported none: counted by models/tokens.h
};

/// What a caller should do about a failed call.
enum class ErrorClass {
    retry,          ///< network, 500, 502, 503, 504, 529, cut stream, malformed stream
    retry_after,    ///< 429 (and 503, 529 with Retry-After): not before `retry_after`
    refused,        ///< 400, 401, 402, 403, 404, 422: the same request will fail again
    out_of_context, ///< the request is longer than the model's window
    cancelled,      ///< the caller's stop; nothing more was sent
};

struct ModelFailure {
    ErrorClass error_class = ErrorClass::retry;
    std::string message; ///< a plain sentence for the run's page; never holds a credential
    int http_status = 0; ///< 0: no answer
    std::optional<milliseconds> retry_after;
    std::string partial_text; ///< what had arrived
    std::int64_t input_tokens = 0;
    std::int64_t output_tokens = 0;
    bool out_of_credit = false; ///< refused for lack of money, not for what the request says
    bool timed_out = false;     ///< of class retry: the provider did not answer in time
};

using ModelAnswer = std::expected<Completion, ModelFailure>;

/// Called on the io thread with each piece of text as it streams; must not block.
using ChunkSink = std::function<void(std::string_view text)>;

struct ModelLimits {
    std::int64_t window_tokens = 128'000;
    std::int64_t micro_usd_per_million_input = 0;
    std::int64_t micro_usd_per_million_output = 0;
    bool free_of_charge = false;
    bool price_unknown = false; ///< the two prices are 0 because nobody knows them
};

/// A provider of models. Owned by the registry; used from all io threads at once. Cancelling the
/// awaiting coroutine (terminal) aborts the call: the socket is closed, nothing more is sent, the
/// answer is ErrorClass::cancelled.
class Model {
public:
    virtual ~Model() = default;
    virtual Task<ModelAnswer> complete(ModelRequest request, ChunkSink on_text) = 0;
    virtual ModelLimits limits(std::string_view model) const = 0;
};

/// "openai/gpt-4o-mini" → the provider "openai" and the name "gpt-4o-mini".
struct Registry {
    struct Entry {
        std::string name;
        std::unique_ptr<Model> model; ///< nullptr: something is missing
        std::string missing = {};     ///< "needs a key: set …"
    };
    std::vector<Entry> providers;
    /// Those that `providers` does not have; outlives it. Of a project with keys of its own.
    const Registry* rest = nullptr;

    /// invalid: no such provider, or it has no key: says which setting to give.
    Result<Model*> find(std::string_view provider_and_name) const;
    /// Also of a provider that has no key; none: there is no such provider.
    std::optional<ModelLimits> limits(std::string_view provider_and_name) const;

private:
    const Entry* entry(std::string_view provider) const;
};

/// "openai/gpt-4o-mini" → "gpt-4o-mini"; what has no provider stays as it is.
std::string name_within(std::string_view provider_and_name);

} // namespace weft::models
