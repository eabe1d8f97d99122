#include "bad_input_world.h"

namespace weft {

namespace {

class RetriedRoutes : public BadInput {
protected:
    static Reply send_by_key(const api::Route& route, const std::string& path,
                             const std::string& body, const std::string& key) {
        http::Headers headers;
        headers.set("Idempotency-Key", key);
        headers.set("content-type", "application/json");
        return server_->owner().send(route.method, path, body, std::move(headers));
    }
};

} // namespace

/// A new route is in it by itself: whatever it answers first, it answers again, and nothing is
/// written the second time.
TEST_F(RetriedRoutes, every_operation_but_reads_is_done_once) {
    std::map<int, int> answers;
    for (const api::Route* route : routes()) {
        // It would take all the samples with it; api_projects_test.cpp repeats it.
        if (std::string_view(route->operation_id) == "projects.delete") continue;
        if (route->method == http::Method::get) continue;
        if (route->access.kind == api::Access::Kind::everybody) continue;
        const std::string project = route->method == http::Method::delete_
                                        ? "" // of its own: what follows needs the sample
                                        : "projectID=" + project_;
        if (route->method == http::Method::delete_) renew();
        const std::string path = path_of(*route) + "?" + project;
        const std::string body = sample_body(*route);
        const Reply first = send_by_key(*route, path, body, route->operation_id);
        ASSERT_LT(first.status, 500) << route->path << first.text;
        ++answers[first.status];
        std::int64_t before = 0;
        Reply again;
        for (int attempt = 0; attempt < 3; ++attempt) { // another write is a run that goes on
            wait_until_quiet();
            before = watch_->version();
            again = send_by_key(*route, path, body, route->operation_id);
            if (watch_->version() == before) break;
        }
        EXPECT_EQ(watch_->version(), before) << route->path << " was done again";
        EXPECT_EQ(again.text, first.text) << route->path;
        EXPECT_EQ(again.status, first.status) << route->path;
        EXPECT_EQ(again.header("idempotent-replayed"), "true") << route->path;
    }
    EXPECT_GT(answers[200], 5); // the samples are such as are accepted
}

/// What the document says is what is done: both headers stand at each of these operations.
TEST_F(RetriedRoutes, the_document_names_the_headers_where_they_count) {
    for (const api::Route* route : routes()) {
        const json::value& operation =
            document_.at("paths").at(route->path).at(method_word(*route));
        std::set<std::string> refs;
        for (const json::value& each : operation.at("parameters").as_array())
            if (find(each, "$ref")) refs.emplace(text_or(each, "$ref"));
        const bool counts = route->method != http::Method::get &&
                            route->access.kind != api::Access::Kind::everybody;
        EXPECT_EQ(refs.size(), counts ? 2u : 0u) << route->path;
    }
    const json::value& shared = document_.at("components").at("parameters");
    EXPECT_EQ(text_or(shared.at("ClientRequestId"), "name"), "x-client-request-id");
    EXPECT_EQ(text_or(shared.at("IdempotencyKey"), "name"), "Idempotency-Key");
}

} // namespace weft
