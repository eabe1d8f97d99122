#pragma once

#include "api/router.h"
#include "api_schema.h"
#include "http/message.h"

#include <map>
#include <memory>
#include <mutex>

namespace weft::testing {

struct Reply {
    int status = 0; ///< 0: there was no answer; `text` says why
    std::string text;
    json::value body; ///< null when it is no JSON
    http::Headers headers;

    std::string at(std::string_view name) const { return std::string(text_or(body, name)); }
    std::string header(std::string_view name) const {
        const std::string* value = headers.find(name);
        return value ? *value : "";
    }
};

/// Compares every answer of a Weft with its own /openapi.json: the operation that the path belongs
/// to, the status, the media type, each member; and what all answers have in common: a request id,
/// and for errors the contract's body. All test clients answer through it, so that each test of the
/// whole server is a test of the document too. Thread-safe.
class AnswerCheck {
public:
    explicit AnswerCheck(json::value document) : schemas_(std::move(document)) {}

    /// The faults of an answer, a line each; "" = none. `path` may have a query.
    std::string faults(http::Method method, std::string_view path, const Reply& reply) {
        const std::lock_guard lock(mutex_);
        path = path.substr(0, path.find('?'));
        std::string found = faults_of_headers(reply);
        if (method != http::Method::head) found += faults_of_body(method, path, reply);
        return found;
    }

private:
    static std::string faults_of_headers(const Reply& reply) {
        static const RE2 id("^[0-9a-f]{15}$");
        std::string found;
        if (!RE2::FullMatch(reply.header("x-request-id"), id)) found += "no x-request-id\n";
        if (reply.header("content-type").empty()) found += "no content-type\n";
        if (reply.status == 405 && reply.header("allow").empty()) found += "405 without allow\n";
        if (reply.status == 429 && reply.header("retry-after").empty())
            found += "429 without retry-after\n";
        return found;
    }

    static std::string media_type_of(const Reply& reply) {
        const std::string type = reply.header("content-type");
        return type.substr(0, type.find(';'));
    }

    std::string faults_of_error(const Reply& reply) {
        std::string found = schemas_.faults_of("Error", reply.body);
        if (reply.at("detail").empty()) found += "\n.detail is empty";
        // A retry is answered the first answer, which names the request that is in the log.
        const bool first = reply.header("idempotent-replayed").empty();
        if (first && reply.at("request_id") != reply.header("x-request-id"))
            found += "\n.request_id is not the header's";
        return found;
    }

    std::string faults_of_body(http::Method method, std::string_view path, const Reply& reply) {
        std::string found = reply.status >= 400 ? faults_of_error(reply) : "";
        std::string allowed;
        const auto match = router_.match(method, path, allowed);
        if (!match || !match->route) {
            // Refused before any operation was found: 404, 405, or what no HTTP server takes.
            if (reply.status < 400) found += "an answer without an operation";
            return found;
        }
        const std::string media_type = media_type_of(reply);
        const auto documented =
            schemas_.find_schema(match->route->path, word(method), reply.status, media_type);
        if (!documented.schema) return found + documented.fault;
        if (media_type == "application/json")
            found += schemas_.faults(*documented.schema, reply.body);
        return found;
    }

    static std::string word(http::Method method) {
        std::string text(http::to_text(method));
        for (char& each : text) each = static_cast<char>(each | 0x20);
        return text;
    }

    std::mutex mutex_;
    SchemaCheck schemas_;
    api::Router router_{api::route_tables()};
};

/// The one check per server address of this test program. `fetch` answers GET /openapi.json; null
/// when the server does not answer.
template <class Fetch>
std::shared_ptr<AnswerCheck> answer_check_of(const std::string& base_url, Fetch fetch) {
    static std::mutex mutex;
    static std::map<std::string, std::shared_ptr<AnswerCheck>> all;
    const std::lock_guard lock(mutex);
    auto& check = all[base_url];
    if (!check) {
        const Reply document = fetch();
        if (document.status == 200) check = std::make_shared<AnswerCheck>(document.body);
    }
    return check;
}

} // namespace weft::testing
