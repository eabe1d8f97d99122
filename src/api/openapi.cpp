#include "api/openapi.h"

#include <boost/json/parse.hpp>

namespace weft::api {

namespace {

std::string_view word(http::Method method) {
    switch (method) {
    case http::Method::get: return "get";
    case http::Method::post: return "post";
    case http::Method::put: return "put";
    case http::Method::patch: return "patch";
    case http::Method::delete_: return "delete";
    case http::Method::head: return "head";
    case http::Method::options: return "options";
    }
    return "get";
}

/// A parameter's schema. An object of which no member is described takes any: generators would
/// otherwise make a type of it that takes none.
json::object parsed(const char* schema) {
    json::object object = json::parse(schema).as_object();
    if (object.size() == 1 && object.contains("type") && object["type"] == "object")
        object["additionalProperties"] = true;
    return object;
}

json::object with_sentence(const char* schema, const char* sentence) {
    json::object object = parsed(schema);
    object["description"] = sentence;
    return object;
}

bool is_not_yet(const Route& route) {
    return route.operation.schema_name && std::string_view(route.operation.schema_name) == "NotYet";
}

/// The {names} of a path whose operation is not built yet.
json::array names_in_path(std::string_view path) {
    json::array list;
    for (std::size_t at = path.find('{'); at != path.npos; at = path.find('{', at + 1))
        list.push_back({{"name", path.substr(at + 1, path.find('}', at) - at - 1)},
                        {"in", "path"},
                        {"required", true},
                        {"schema", {{"type", "string"}}}});
    return list;
}

constexpr std::string_view retry_parameters[] = {"ClientRequestId", "IdempotencyKey"};

/// Whether api/retries.h knows a retry of the operation.
bool takes_retries(const Route& route) {
    return route.method != http::Method::get && route.access.kind != Access::Kind::everybody;
}

json::object retry_parameter(const char* name, const char* sentence) {
    return {{"name", name},
            {"in", "header"},
            {"required", false},
            {"description", sentence},
            {"schema", {{"type", "string"}}}};
}

json::object shared_parameters() {
    return {{retry_parameters[0],
             retry_parameter("x-client-request-id",
                             "The same in each attempt of one request, such as the time in "
                             "milliseconds. A repeat within a minute, with the same key, method, "
                             "path, query and body, is answered what the first one was, with "
                             "`idempotent-replayed: true`, and done once.")},
            {retry_parameters[1],
             retry_parameter("Idempotency-Key",
                             "The same for a day, whoever else sends the same body: another body "
                             "under the same value is refused with 422.")}};
}

json::array parameters(const Route& route) {
    if (is_not_yet(route)) return names_in_path(route.path);
    json::array list;
    for (const ParamDoc& param : route.operation.params) {
        if (param.where == Where::body || param.where == Where::whole_body) continue;
        const bool in_path = param.where == Where::path;
        // What may come in the body instead cannot be demanded in the query.
        const bool required = param.required && param.where != Where::query_or_body;
        list.push_back({{"name", param.name},
                        {"in", in_path ? "path" : "query"},
                        {"required", required},
                        {"description", param.sentence},
                        {"schema", parsed(param.schema)}});
    }
    if (takes_retries(route))
        for (const std::string_view name : retry_parameters)
            list.push_back({{"$ref", "#/components/parameters/" + std::string(name)}});
    return list;
}

/// The body's JSON schema, or null when the operation reads none.
json::value body_schema(const Route& route) {
    json::object members;
    json::array required;
    for (const ParamDoc& param : route.operation.params) {
        if (param.where == Where::whole_body) return with_sentence(param.schema, param.sentence);
        if (param.where != Where::body && param.where != Where::query_or_body) continue;
        members[param.name] = with_sentence(param.schema, param.sentence);
        if (param.required && param.where == Where::body) required.push_back(param.name);
    }
    if (members.empty()) return nullptr;
    json::object schema{{"type", "object"}, {"properties", std::move(members)}};
    if (!required.empty()) schema["required"] = std::move(required);
    return schema;
}

json::object request_body(const Route& route, json::value schema) {
    json::object content;
    const json::value binary{{"type", "string"}, {"format", "binary"}};
    if (route.media == Media::bytes) content["application/octet-stream"] = {{"schema", binary}};
    if (route.media == Media::json_or_form)
        content["multipart/form-data"] = {{"schema",
                                           {{"type", "object"},
                                            {"properties",
                                             {{"files", binary},
                                              {"tags", {{"type", "string"}}},
                                              {"projectID", {{"type", "string"}}}}}}}};
    if (!schema.is_null()) content["application/json"] = {{"schema", std::move(schema)}};
    json::object body{{"content", std::move(content)}};
    for (const ParamDoc& param : route.operation.params)
        if (param.required && (param.where == Where::body || param.where == Where::whole_body))
            body["required"] = true;
    if (route.media == Media::bytes) body["required"] = true;
    return body;
}

json::object error_answer(const char* sentence) {
    return {{"description", sentence},
            {"content",
             {{"application/json", {{"schema", {{"$ref", "#/components/schemas/Error"}}}}}}}};
}

/// One media type, or several with commas between.
void add_bytes(json::object& content, std::string_view media_types) {
    while (!media_types.empty()) {
        const std::string_view one = media_types.substr(0, media_types.find(", "));
        media_types.remove_prefix(std::min(media_types.size(), one.size() + 2));
        const bool is_json = one == "application/json";
        content[one] = {{"schema", is_json ? json::object() : json::object{{"type", "string"}}}};
    }
}

json::object responses(const Route& route) {
    json::object all;
    const Operation& operation = route.operation;
    if (is_not_yet(route)) {
        all["501"] = error_answer("This version does not have this operation.");
    } else {
        json::object content;
        if (operation.schema_name)
            content["application/json"] = {
                {"schema",
                 {{"$ref", std::string("#/components/schemas/") + operation.schema_name}}}};
        if (operation.media_type_name) add_bytes(content, operation.media_type_name);
        all[std::to_string(operation.status)] = {
            {"description", operation.status == 302 ? "Go to Location." : "Done."},
            {"content", std::move(content)}};
    }
    all["4XX"] = error_answer("What is wrong with the request, in `detail`.");
    all["5XX"] = error_answer("The server could not do it.");
    return all;
}

std::string tag_of(std::string_view operation_id) {
    return std::string(operation_id.substr(0, operation_id.find('.')));
}

constexpr std::pair<const char*, const char*> tag_sentences[] = {
    {"projects", "Workspaces: each holds flows, tables, files, connectors and runs"},
    {"members", "People of a project and their roles"},
    {"agentflows", "Process flows: ordered agents, with branches"},
    {"executions", "Runs of a flow"},
    {"tasks", "A started run with everything that it set off"},
    {"skills", "What agents can be given"},
    {"actions", "Single operations of connectors"},
    {"connectors", "Configured accounts and services of a project"},
    {"triggers", "What starts a flow by itself"},
    {"inbox", "Questions to people"},
    {"tables", "Structured data that agents and people share"},
    {"records", "Rows of tables"},
    {"columns", "Columns of tables"},
    {"files", "Documents"},
    {"tags", "Words that files are sorted by"},
    {"knowledge", "Search over documents"},
    {"schedules", "Starts of a flow at a time"},
    {"dashboard", "Numbers and charts over tables and runs"},
    {"settings", "Models, budgets and retention of a project"},
    {"analytics", "Figures about runs"},
    {"catalogue", "Connectors that there are"},
    {"marketplace", "Packaged coworkers to hire"},
    {"packages", "Packaged coworkers to install"},
    {"customer", "Plan, quota and usage"},
    {"credits", "What is left to spend"},
    {"llm", "Single calls to a language model"},
    {"chat", "A coworker as an OpenAI-compatible model"},
    {"api_keys", "Keys of the API: made, listed, revoked"},
    {"auth", "Signing in and out, sessions and passwords of people"},
    {"account", "A page for people"},
    {"webhooks", "Calls from other services"},
    {"audit", "Who did what"},
    {"metrics", "Measurements of the server"},
    {"mcp", "Weft as an MCP server"},
    {"docs", "This reference"},
    {"system", "The server itself"},
    {"uploads", "Signed links for bytes"},
};

/// The tags that the operations have, in their order of appearance.
json::array tags_of(std::span<const std::span<const Route>> tables) {
    json::array tags;
    std::vector<std::string> named;
    for (const auto& table : tables)
        for (const Route& route : table) {
            const std::string tag = tag_of(route.operation_id);
            if (std::ranges::find(named, tag) != named.end()) continue;
            named.push_back(tag);
            const auto known = std::ranges::find(
                tag_sentences, tag, [](const auto& each) { return std::string_view(each.first); });
            tags.push_back(
                {{"name", tag},
                 {"description", known == std::end(tag_sentences) ? tag.c_str() : known->second}});
        }
    return tags;
}

json::object describe(const Route& route) {
    json::object operation{{"operationId", route.operation_id},
                           {"summary", route.sentence},
                           {"tags", json::array{tag_of(route.operation_id)}},
                           {"parameters", parameters(route)},
                           {"responses", responses(route)}};
    json::value schema = body_schema(route);
    if (!schema.is_null() || (route.media != Media::json && !is_not_yet(route)))
        operation["requestBody"] = request_body(route, std::move(schema));
    if (route.access.kind == Access::Kind::everybody) operation["security"] = json::array();
    return operation;
}

} // namespace

json::object openapi_document(std::span<const std::span<const Route>> tables) {
    json::object paths;
    for (const auto& table : tables)
        for (const Route& route : table) {
            json::value& path = paths[route.path];
            if (path.is_null()) path.emplace_object();
            path.as_object()[word(route.method)] = describe(route);
        }
    return {{"openapi", "3.1.0"},
            {"info",
             {{"title", "Weft"},
              {"version", WEFT_VERSION},
              {"description",
               "AI coworkers on your own machine. Weft is independent of the service whose "
               "public API it speaks."},
              {"license", {{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}}},
            {"servers", json::array{{{"url", "/"}}}},
            {"security", json::array{{{"api_key", json::array()}}}},
            {"tags", tags_of(tables)},
            {"paths", std::move(paths)},
            {"components",
             {{"securitySchemes",
               {{"api_key", {{"type", "apiKey"}, {"in", "header"}, {"name", "x-api-key"}}}}},
              {"parameters", shared_parameters()},
              {"schemas", answer_schemas()}}}};
}

} // namespace weft::api
