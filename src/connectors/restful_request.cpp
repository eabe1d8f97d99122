#include "connectors/restful_request.h"

#include "connectors/encoders.h"
#include "http/credentials.h"

namespace weft::connectors {

namespace {

constexpr std::size_t url_bytes_max = 16 << 10;

std::optional<http::Method> method_of(std::string_view word) {
    using enum http::Method;
    for (const http::Method each : {get, head, post, put, patch, delete_})
        if (to_text(each) == word) return each;
    return std::nullopt;
}

std::string upper(std::string_view word) {
    std::string out(word);
    for (char& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return out;
}

/// RFC 3986: what a path may be written with, beside escapes.
bool is_path_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~!$&'()*+,;=:@/").contains(c);
}

bool is_escape(std::string_view text) {
    const auto is_hex = [](char c) {
        return std::string_view("0123456789abcdefABCDEF").contains(c);
    };
    return text.size() >= 3 && text[0] == '%' && is_hex(text[1]) && is_hex(text[2]);
}

/// Whether a server could take a decoded segment for a way to another place.
bool leads_away(std::string_view segment) {
    if (segment.contains('\\')) return true;
    for (std::size_t from = 0; from <= segment.size();) {
        const std::size_t end = std::min(segment.find('/', from), segment.size());
        const std::string_view part = segment.substr(from, end - from);
        if (part == "." || part == "..") return true;
        from = end + 1;
    }
    return false;
}

/// A path as it goes onto the wire. invalid: it does not begin with one slash, has a query or
/// fragment of its own, or a segment of dots, which servers resolve to another place.
Result<> check_path(std::string_view path, const std::string& field) {
    if (!path.starts_with('/')) return fail_field(field, "must begin with /");
    if (path.size() > url_bytes_max)
        return fail_field(field, fmt::format("is longer than {} bytes", url_bytes_max));
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (path[i] == '%' && is_escape(path.substr(i))) continue;
        if (!is_path_character(path[i]))
            return fail_field(field, "has a character that must be percent-encoded");
    }
    for (std::size_t from = 1; from <= path.size();) {
        const std::size_t end = std::min(path.find('/', from), path.size());
        const auto segment = http::percent_decode(path.substr(from, end - from), false);
        if (!segment || leads_away(*segment))
            return fail_field(field, "must not have a segment that is . or .., or a backslash");
        from = end + 1;
    }
    return {};
}

/// As a person or model writes it: what a path cannot hold is encoded.
std::string encoded_path(std::string_view path) {
    std::string out;
    for (std::size_t i = 0; i < path.size(); ++i)
        out += is_path_character(path[i]) || is_escape(path.substr(i))
                   ? std::string(1, path[i])
                   : http::percent_encode(path.substr(i, 1));
    return out;
}

bool is_below(std::string_view path, std::string_view allowed) {
    while (allowed.ends_with('/')) allowed.remove_suffix(1);
    return path.starts_with(allowed) &&
           (path.size() == allowed.size() || path[allowed.size()] == '/');
}

Result<> check_allowed(const RestfulConfig& config, std::string_view method,
                       std::string_view path) {
    const auto same_method = [&](const std::string& each) { return upper(each) == method; };
    if (!config.allowed_methods.empty() &&
        std::ranges::none_of(config.allowed_methods, same_method))
        return fail(Code::forbidden, fmt::format("This connector does not allow {}.", method));
    const auto holds_path = [&](const std::string& each) { return is_below(path, each); };
    if (!config.allowed_paths.empty() && std::ranges::none_of(config.allowed_paths, holds_path))
        return fail(Code::forbidden, fmt::format("This connector does not allow {}.", path));
    return {};
}

Result<> check_header_value(std::string_view name, std::string_view value) {
    for (const char c : value)
        if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F)
            return fail_field("headers." + std::string(name),
                              "must not have line breaks or other control characters");
    return {};
}

void add_query(std::string& query, std::string_view name, std::string_view value) {
    query += query.empty() ? "?" : "&";
    query += http::percent_encode(name) + "=" + http::percent_encode(value);
}

/// What templates of headers and query see: the inputs, and `secrets`.
json::object with_secrets(json::object inputs, const store::connectors::Secrets& secrets) {
    json::object named;
    for (const auto& [name, value] : secrets)
        if (name.starts_with("secrets.")) named[name.substr(8)] = value;
    inputs["secrets"] = std::move(named);
    return inputs;
}

/// An error of a template, at its place.
std::unexpected<Error> at_template(const std::string& at, const Error& error) {
    return fail_field(at, error.message);
}

Result<std::string> rendered(std::string_view source, const std::string& at,
                             const expr::Roots& roots, expr::Encoder& encoder) {
    const auto compiled = expr::Template::compile(source);
    if (!compiled) return at_template(at, compiled.error());
    auto text = compiled->render(roots, encoder);
    if (!text) return at_template(at, text.error());
    return text;
}

/// Builds one request over an account.
class Building {
public:
    explicit Building(const RestfulAccount& account) : account_(account) {
        const RestfulConfig& config = account.config;
        request_.total_ms_max = request_.first_byte_ms_max = seconds(config.timeout_s);
        request_.connect_ms_max = std::min(request_.connect_ms_max, request_.total_ms_max);
        request_.credentials.origins = {config.base_url};
    }

    Result<> aim(std::string_view method, std::string_view path, const std::string& field) {
        const std::string word = upper(method);
        const auto known = method_of(word);
        if (!known)
            return fail_field("method", "must be one of GET, HEAD, POST, PUT, PATCH, DELETE");
        request_.method = *known;
        TRY(check_path(path, field));
        TRY(check_allowed(account_.config, word, path));
        path_ = path;
        return {};
    }

    /// name → template of the account or of an action; `inputs` with the secrets.
    Result<> add_headers(const json::object& templates, const json::object& inputs) {
        for (const auto& [name, source] : templates) {
            PlainEncoder plain;
            const std::string at = "headers." + std::string(name);
            const std::string value = TRY(rendered(source.get_string(), at, roots(inputs), plain));
            TRY(check_header_value(name, value));
            set_credential(name, value);
        }
        return {};
    }
    Result<> add_queries(const json::object& templates, const json::object& inputs) {
        for (const auto& [name, source] : templates) {
            PlainEncoder plain;
            const std::string at = "query." + std::string(name);
            const std::string value = TRY(rendered(source.get_string(), at, roots(inputs), plain));
            request_.credentials.query.emplace_back(name, value);
        }
        return {};
    }
    Result<> add_plain_header(std::string_view name, const std::string& value) {
        TRY(check_header_value(name, value));
        request_.headers.set(name, value);
        return {};
    }
    void add_plain_query(std::string_view name, std::string_view value) {
        connectors::add_query(query_, name, value);
    }
    void set_query(std::string query) { query_ = std::move(query); }

    Result<> set_body(std::string body, std::string_view media_type) {
        if (body.size() > request_body_bytes_max)
            return fail_field("body",
                              fmt::format("is longer than {} bytes", request_body_bytes_max));
        request_.body = std::move(body);
        if (!has_header("content-type"))
            request_.headers.set("content-type", std::string(media_type));
        return {};
    }
    bool has_header(std::string_view name) const { return !header(name).empty(); }
    /// Empty: there is none.
    std::string header(std::string_view name) const {
        for (const auto& [each, value] : request_.credentials.headers)
            if (lower_ascii(each) == lower_ascii(name)) return value;
        const std::string* found = request_.headers.find(name);
        return found ? *found : std::string();
    }

    Result<http::ClientRequest> finish() {
        add_auth();
        request_.url = account_.config.base_url + path_ + query_;
        // A base_url that a later version reads otherwise must not carry a request elsewhere.
        if (http::origin_of(request_.url) != http::origin_of(account_.config.base_url))
            return fail(Code::invalid, "The URL of this request leaves the connector's base_url.");
        return std::move(request_);
    }

    expr::Roots roots(const json::object& inputs) const {
        return {.inputs = &inputs, .now = account_.now};
    }

private:
    /// All that is not plain data goes to the origin of base_url alone.
    void set_credential(std::string_view name, const std::string& value) {
        for (auto& [each, old] : request_.credentials.headers)
            if (lower_ascii(each) == lower_ascii(name)) {
                old = value;
                return;
            }
        request_.credentials.headers.emplace_back(name, value);
    }

    void add_auth() {
        const RestfulConfig& config = account_.config;
        const auto secret = [&](const char* name) {
            const auto found = account_.secrets.find(name);
            return found == account_.secrets.end() ? std::string() : found->second;
        };
        if (config.auth_type == "bearer")
            set_credential("authorization", "Bearer " + secret("auth.token"));
        if (config.auth_type == "basic")
            for (const auto& [name, value] :
                 http::Credentials::basic(config.base_url, config.username, secret("auth.password"))
                     .headers)
                set_credential(name, value);
        if (config.auth_type != "api_key") return;
        if (config.auth_in == "query")
            request_.credentials.query.emplace_back(config.auth_name, secret("auth.value"));
        else
            set_credential(config.auth_name, secret("auth.value"));
    }

    const RestfulAccount& account_;
    http::ClientRequest request_;
    std::string path_;
    std::string query_;
};

std::string bare_media_type(std::string_view header) {
    std::string bare = lower_ascii(header.substr(0, header.find(';')));
    while (bare.ends_with(' ')) bare.pop_back();
    return bare;
}

/// The texts of a JSON template: one that is wholly {{ … }} becomes its value, others are rendered.
Result<json::value> rendered_json(const json::value& source, const std::string& at,
                                  const expr::Roots& roots) {
    if (const json::string* text = source.if_string()) {
        if (expr::is_expression(*text)) {
            const auto compiled = expr::Expression::compile(*text);
            if (!compiled) return at_template(at, compiled.error());
            auto value = compiled->evaluate(roots);
            if (!value) return at_template(at, value.error());
            return value;
        }
        PlainEncoder plain;
        return json::value(TRY(rendered(*text, at, roots, plain)));
    }
    if (const json::array* items = source.if_array()) {
        json::array out;
        for (std::size_t i = 0; i < items->size(); ++i)
            out.push_back(TRY(rendered_json((*items)[i], join_path(at, i), roots)));
        return out;
    }
    if (const json::object* members = source.if_object()) {
        json::object out;
        for (const auto& [name, member] : *members)
            out[name] = TRY(rendered_json(member, join_path(at, name), roots));
        return out;
    }
    return source;
}

Result<> add_body(Building& building, const json::value& source, const json::object& inputs) {
    if (source.is_null()) return {};
    if (!source.is_string())
        return building.set_body(
            to_text(TRY(rendered_json(source, "body", building.roots(inputs)))),
            "application/json");
    const std::string media_type = bare_media_type(building.header("content-type"));
    const auto encoder = encoder_for(media_type);
    std::string body = TRY(rendered(source.get_string(), "body", building.roots(inputs), *encoder));
    const bool is_json = media_type.empty() || is_json_type(media_type);
    if (is_json && !parse_json(body))
        return fail_field("body", "does not become JSON: check its template, or give the header "
                                  "content-type");
    return building.set_body(std::move(body), "application/json");
}

/// A body that is data: a text as it is, anything else as JSON.
Result<> add_plain_body(Building& building, const json::value* body) {
    if (!body || body->is_null()) return {};
    return building.set_body(plain_text(*body),
                             body->is_string() ? "text/plain; charset=utf-8" : "application/json");
}

/// Headers that a model or caller gives: none that proves who we are, none the account sets.
Result<> add_given_headers(Building& building, const RestfulAccount& account,
                           const json::object& input) {
    const json::value* given = input.if_contains("headers");
    if (!given || !given->is_object()) return {};
    for (const auto& [name, value] : given->get_object()) {
        const std::string at = "headers." + std::string(name);
        if (!is_header_name(name)) return fail_field(at, "is no name of an HTTP header");
        if (is_reserved_header(name) || http::is_sensitive_header(name, {account.config.auth_name}))
            return fail_field(at, "is a header that only the connector sets");
        for (const auto& [own, text] : account.config.headers)
            if (lower_ascii(own) == lower_ascii(name))
                return fail_field(at, "is a header that only the connector sets");
        TRY(building.add_plain_header(name, plain_text(value)));
    }
    return {};
}

void check_one(const json::value& source, const std::string& at, Faults& faults) {
    if (const json::string* text = source.if_string()) {
        const auto compiled = expr::Template::compile(*text);
        if (!compiled)
            faults.add(at, compiled.error().message);
        else if (std::ranges::find(compiled->variables(), "secrets") != compiled->variables().end())
            faults.add(at, "may not hold {{secrets.…}}: they belong into headers and query");
    } else if (const json::array* items = source.if_array()) {
        for (std::size_t i = 0; i < items->size(); ++i)
            check_one((*items)[i], join_path(at, i), faults);
    } else if (const json::object* members = source.if_object()) {
        for (const auto& [name, member] : *members) check_one(member, join_path(at, name), faults);
    }
}

} // namespace

Result<http::ClientRequest> request_for(const RestfulAccount& account, const json::object& input,
                                        std::string_view method) {
    if (text_or(input, "path").contains('?'))
        return fail_field("path", "must not hold a query: give that as query");
    Building building(account);
    TRY(building.aim(method, encoded_path(text_or(input, "path")), "path"));
    const json::object own = with_secrets({}, account.secrets);
    TRY(add_given_headers(building, account, input));
    TRY(building.add_headers(account.config.headers, own));
    if (const json::value* query = input.if_contains("query"); query && query->is_object())
        for (const auto& [name, value] : query->get_object())
            building.add_plain_query(name, plain_text(value));
    TRY(building.add_queries(account.config.query, own));
    TRY(add_plain_body(building, input.if_contains("body")));
    return building.finish();
}

Result<http::ClientRequest> request_for(const RestfulAccount& account, const CustomAction& custom,
                                        const json::object& inputs, const std::string& effect_key) {
    Building building(account);
    UrlEncoder encoder;
    const std::string url = TRY(rendered(custom.url, "url", building.roots(inputs), encoder));
    const std::size_t mark = std::min(url.find('?'), url.size());
    TRY(building.aim(custom.method, url.substr(0, mark), "url"));
    building.set_query(url.substr(mark));
    const json::object all = with_secrets(inputs, account.secrets);
    TRY(building.add_headers(account.config.headers, with_secrets({}, account.secrets)));
    TRY(building.add_headers(custom.headers, all));
    TRY(building.add_queries(account.config.query, with_secrets({}, account.secrets)));
    TRY(building.add_queries(custom.query, all));
    if (!custom.key_header.empty() && !effect_key.empty())
        TRY(building.add_plain_header(custom.key_header, effect_key));
    TRY(add_body(building, custom.body, inputs));
    return building.finish();
}

Result<> check_custom_action(const CustomAction& custom) {
    Faults faults;
    if (!custom.url.starts_with('/') || custom.url.starts_with("//"))
        faults.add("url", "must begin with one /: it follows the connector's base_url");
    if (!custom.check_url.empty() &&
        (!custom.check_url.starts_with('/') || custom.check_url.starts_with("//")))
        faults.add("check_url", "must begin with one /: it follows the connector's base_url");
    check_one(json::value(custom.check_url), "check_url", faults);
    if (custom.url.contains('#')) faults.add("url", "must not have a #");
    check_one(json::value(custom.url), "url", faults);
    check_one(custom.body, "body", faults);
    check_templates(custom.headers, "headers", Reads::inputs_and_secrets, faults);
    check_templates(custom.query, "query", Reads::inputs_and_secrets, faults);
    for (const auto& [name, text] : custom.headers)
        if (is_reserved_header(name))
            faults.add(join_path("headers", name), "cannot be a header that is set here");
    if (is_reserved_header(custom.key_header))
        faults.add("idempotency_header", "cannot be a header that is set here");
    for (const Field& field : custom.action.input)
        if (field.field_id == "secrets")
            faults.add("input_schema", "a field must not be called secrets");
    return faults.result();
}

std::string shown_url(const http::ClientRequest& request) {
    return fmt::format("{} {}", to_text(request.method),
                       request.url.substr(0, request.url.find('?')));
}

} // namespace weft::connectors
