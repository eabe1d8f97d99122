#pragma once

#include "api/params.h"
#include "api/request.h"

namespace weft::api {

/// Who may call an operation. There is no default: a route without one does not compile.
struct Access {
    enum class Kind { everybody, organization, whole_organization, project, some_project };
    Kind kind;
    Role role;
    bool in_trash = false; ///< also when the project is in the trash

    constexpr Access(Kind of_kind, Role at_least) : kind(of_kind), role(at_least) {}
    constexpr Access also_in_trash() const {
        Access copy = *this;
        copy.in_trash = true;
        return copy;
    }
};
/// No key at all: health, documents, signed links.
constexpr Access everybody() { return {Access::Kind::everybody, Role::viewer}; }
/// A key of the organization; the operation belongs to no project.
constexpr Access in_organization(Role role) { return {Access::Kind::organization, role}; }
/// The same, but no key that is confined to a project: what concerns all of them, and people.
constexpr Access in_whole_organization(Role role) {
    return {Access::Kind::whole_organization, role};
}
/// A key with at least this role in the project that the request means.
constexpr Access needs(Role role) { return {Access::Kind::project, role}; }

/// The same where clients name no project: without one it is the oldest that the key can see.
constexpr Access in_some_project(Role role) { return {Access::Kind::some_project, role}; }

/// A string that can be a template argument.
template <std::size_t N> struct Name {
    char text[N]{};
    // NOLINTNEXTLINE(google-explicit-constructor): so that Answer<"Task"> can be written
    constexpr Name(const char (&from)[N]) { std::copy_n(from, N, text); }
};

/// What a handler answers: JSON with the schema of that name in api/schemas.cpp.
template <Name schema> struct Answer {
    json::value value;
    int status = 200;
    std::string text = {}; ///< set: `value` as it is written, whatever is done to it afterwards
    http::Headers headers = {}; ///< beside those of its media type
    static constexpr const char* schema_name = schema.text;
};

/// Bytes or an event stream, with their own media type.
template <Name media_type> struct Bytes {
    http::Response response;
    static constexpr const char* media_type_name = media_type.text;
};

/// 302: the browser goes to `location`, one of ours or one that the operator has set.
struct Redirect {
    std::string location;
    http::Headers headers = {};
    static constexpr const char* media_type_name = "text/plain";
    static constexpr int documented_status = 302;
};

/// JSON, or an event stream when the request asks for one.
template <Name schema> struct AnswerOrStream {
    Answer<schema> answer = {};
    std::optional<http::Response> stream = {};
    static constexpr const char* schema_name = schema.text;
    static constexpr const char* media_type_name = "text/event-stream";
};

/// One parameter as OpenAPI shows it.
struct ParamDoc {
    const char* name;
    Where where;
    bool required;
    const char* sentence;
    const char* schema; ///< JSON text
};

/// A handler with its types erased.
struct Operation {
    Task<Result<http::Response>> (*run)(Request& rq, Access access, const RawInput& raw) = nullptr;
    /// What of that comes before anybody is asked for: reads the input, and says what is wrong.
    DecodeErrors (*read)(const RawInput& raw) = nullptr;
    std::span<const ParamDoc> params = {};
    const char* schema_name = nullptr;     ///< of the JSON answer, or
    const char* media_type_name = nullptr; ///< of the bytes, or both
    int status = 200;
};

/// Which bodies an operation reads. The route chooses the parser, not the request.
enum class Media { json, json_or_form, bytes };

/// What the audit log holds of an operation. There is no table of routes in which one that is not
/// a GET does not say (`consistent`).
enum class Audit {
    unsaid,  ///< a GET: it changes nothing
    read,    ///< changes nothing either
    data,    ///< nothing: rows of tables, bytes of files, words of models are what is worked with
    by_task, ///< nothing: the task says who started it, and when
    change,  ///< a row in the commit of the change, or there is no change
    taking,  ///< a row before the answer: a GET that takes a whole project out at once
};

// NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): each row of a table gives all of these
struct Route {
    http::Method method;
    const char* path; ///< "/task/{id}/stop"; both forms with and without a trailing slash answer
    const char* operation_id;
    Access access;
    const char* sentence;
    Operation operation;
    Audit audit = Audit::unsaid;
    Media media = Media::json;
};

template <class T> struct handler_types;
template <class In_, class Out_> struct handler_types<Task<Result<Out_>> (*)(Request&, In_)> {
    using In = In_;
    using Out = Out_;
};

template <Name schema> http::Response to_response(Answer<schema> answer) {
    http::Response response = answer.text.empty()
                                  ? json_response(answer.status, answer.value)
                                  : json_text_response(answer.status, std::move(answer.text));
    for (auto& field : answer.headers.fields) response.headers.fields.push_back(std::move(field));
    return response;
}
/// The same, after which `answer` is what was written, whatever is done to its value.
template <Name schema> http::Response settled_response(Answer<schema>& answer) {
    if (answer.text.empty()) answer.text = to_text(answer.value);
    return json_text_response(answer.status, answer.text);
}
template <Name media> http::Response to_response(Bytes<media> bytes) {
    if (!bytes.response.headers.find("content-type"))
        bytes.response.headers.set("content-type", media.text);
    return std::move(bytes.response);
}

inline http::Response to_response(Redirect redirect) {
    http::Response response{302, std::move(redirect.headers), "See " + redirect.location + "\n"};
    response.headers.set("content-type", "text/plain; charset=utf-8");
    response.headers.set("location", std::move(redirect.location));
    return response;
}

template <Name schema> http::Response to_response(AnswerOrStream<schema> either) {
    if (!either.stream) return to_response(std::move(either.answer));
    return to_response(Bytes<"text/event-stream">{*std::move(either.stream)});
}

/// Lets a request through to its handler, in the order in which a client may learn things: an id in
/// the path that cannot be one is absent for everybody; then the project and the role; then a body
/// that could not be read (`body`), then every field that is not as it must be. not_found,
/// forbidden, malformed, media_type, invalid.
Task<Result<>> admit(Request& rq, Access access, ProjectHint hint, const Result<>& body,
                     const DecodeErrors& errors);

template <auto F> Task<Result<http::Response>> run(Request& rq, Access access,
                                                   const RawInput& raw) {
    using In = typename handler_types<decltype(F)>::In;
    DecodeErrors errors;
    In in = decode<In>(raw, errors);
    CO_TRY(admit(rq, access, project_hint(in), raw.body_status, errors));
    auto answer = CO_TRY(F(rq, std::move(in)));
    co_return to_response(std::move(answer));
}

template <class In> DecodeErrors read(const RawInput& raw) {
    DecodeErrors errors;
    std::ignore = decode<In>(raw, errors);
    return errors;
}

template <class In> constexpr auto param_docs() {
    return std::apply(
        []<class... T>(const Param<In, T>&... param) {
            return std::array<ParamDoc, sizeof...(T)>{ParamDoc{
                param.name, param.where, param.is_required, param.sentence, param.schema}...};
        },
        In::params());
}
template <class In> inline constexpr auto param_docs_of = param_docs<In>();

/// The operation that the function `F(Request&, In) -> Task<Result<Answer<…>>>` carries out.
template <auto F> constexpr Operation make_operation() {
    using In = typename handler_types<decltype(F)>::In;
    using Out = typename handler_types<decltype(F)>::Out;
    Operation operation{&run<F>, &read<In>, param_docs_of<In>};
    if constexpr (requires { Out::schema_name; }) operation.schema_name = Out::schema_name;
    if constexpr (requires { Out::media_type_name; })
        operation.media_type_name = Out::media_type_name;
    if constexpr (requires { Out::documented_status; }) operation.status = Out::documented_status;
    return operation;
}
template <auto F> inline constexpr Operation handler = make_operation<F>();

/// Each {name} of a path is a path parameter of its input, and the other way round; and it says how
/// it is audited.
constexpr bool consistent(const Route& route) {
    const bool of_get = route.audit == Audit::unsaid || route.audit == Audit::taking;
    if ((route.method == http::Method::get) != of_get) return false;
    std::string_view path = route.path;
    std::size_t named = 0;
    for (std::size_t at = path.find('{'); at != path.npos; at = path.find('{', at + 1)) {
        const std::string_view name = path.substr(at + 1, path.find('}', at) - at - 1);
        bool found = false;
        for (const ParamDoc& param : route.operation.params)
            found = found || (param.where == Where::path && name == param.name);
        if (!found) return false;
        ++named;
    }
    for (const ParamDoc& param : route.operation.params)
        named -= param.where == Where::path ? 1 : 0;
    return named == 0;
}
template <std::size_t N> constexpr bool consistent(const Route (&routes)[N]) {
    for (const Route& route : routes)
        if (!consistent(route)) return false;
    return true;
}

} // namespace weft::api
