#pragma once

#include "domain/agentflow.h"

namespace weft {

/// An action that a person described as an HTTP request of one connector. Its texts are templates
/// over the action's inputs (connectors/http_template.h).
struct CustomAction {
    Action action; ///< with its id; `sort` is unique among the connector's
    ConnectorId connector;
    std::string description; ///< what an agent's model is told it does
    std::string method = "GET";
    std::string url;        ///< a path that follows the connector's base_url
    json::object query;     ///< name → template
    json::object headers;   ///< name → template
    json::value body;       ///< null: none; an object or array: JSON; a text: as it is
    std::string key_header; ///< takes the effect's key, of class `keyed`; may be empty
    /// Of class `checkable`: a path like `url` that GET answers with 2xx when the action has
    /// happened (the answer is then the action's) and with 404 or 410 when it has not.
    std::string check_url;
    Instant created_at;
};

/// How it is stored and, with the server's own members, shown.
json::object to_json(const CustomAction& custom);

/// Reads what a client gives: name, method, url, query, headers, body, input_schema, output_schema,
/// description, effect, idempotency_header, check_url, sort (from the name when absent). Without
/// `effect`, GET and HEAD are pure, PUT and DELETE keyed (their repetition changes nothing more),
/// the others checkable with a check_url, keyed with an idempotency_header and else once. invalid:
/// names the wrong member. What the templates say is not looked at.
Result<CustomAction> custom_action_from_json(const json::value& value);

/// Whether a text may be the name of an HTTP header (RFC 9110, token).
bool is_header_name(std::string_view name);

} // namespace weft
