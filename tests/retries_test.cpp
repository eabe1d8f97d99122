#include "api_world.h"

#include "http/testing.h"

namespace weft {

namespace {

http::Headers by_key(const std::string& value) {
    http::Headers headers;
    headers.set("Idempotency-Key", value);
    return headers;
}
http::Headers by_stamp(const std::string& value) {
    http::Headers headers;
    headers.set("x-client-request-id", value);
    return headers;
}
bool is_replay(const Reply& reply) { return reply.headers.find("idempotent-replayed") != nullptr; }

class Retried : public Api {
protected:
    Reply post(const std::string& path, const json::value& body, http::Headers headers) {
        return owner().send(http::Method::post, path, to_text(body), std::move(headers));
    }
    std::int64_t count(const std::string& path) {
        return owner().get(path).body.at("total_count").as_int64();
    }
    std::int64_t flows() { return count(in_project("/agentflows")); }

    /// A request as bytes, for a client that does not wait for its answer.
    std::string raw_post(const std::string& path, const std::string& body,
                         const std::string& stamp) {
        return fmt::format("POST {} HTTP/1.1\r\nhost: weft\r\nx-api-key: {}\r\n"
                           "content-type: application/json\r\nx-client-request-id: {}\r\n"
                           "content-length: {}\r\n\r\n{}",
                           path, WholeServer::key, stamp, body.size(), body);
    }
    std::string address() { return owner().base_url().substr(std::string_view("http://").size()); }
};

/// One request of each operation that changes something; `<flow>` and so on are filled in.
struct Case {
    http::Method method;
    const char* path;
    const char* body;
    int status = 200;
};
constexpr Case cases[] = {
    {http::Method::post, "/agentflow/?projectID=<project>", R"({"name":"Once"})"},
    {http::Method::post, "/agentflow/<flow>/skilled?projectID=<project>",
     R"({"title":"Reader","role":"reads","prompt":{"template":"read"}})"},
    {http::Method::post, "/agentflow/<flow>/update/skilled/<agent>?projectID=<project>",
     R"({"role":"reads slowly"})"},
    {http::Method::post, "/execute_flow?projectID=<project>",
     R"({"agentflow_id":"<flow>","autostart":false})"},
    {http::Method::post, "/execute_flow/<execution>/pause", ""},
    {http::Method::post, "/execute_flow/<execution>/resume", ""},
    {http::Method::post, "/execute_flow/<execution>/cancel", ""},
    {http::Method::post, "/execute_flow/<execution>/pause", "{}", 409},
    {http::Method::post, "/task/<task>/stop", ""},
    {http::Method::post, "/task/000000000000000000000000/stop", "", 404},
    {http::Method::post, "/create/table?projectID=<project>",
     R"({"table_name":"Once","columns":[{"column_name":"A","column_type":"String"}]})"},
    {http::Method::post, "/storage/<project>/Once", R"([{"a":"1"},{"a":"2"}])"},
    {http::Method::post, "/files/upload?projectID=<project>", R"({"filenames":["a.txt"]})"},
    {http::Method::post, "/agentflow/?projectID=<project>", R"({"name":1})", 422},
    {http::Method::post, "/agentflow/?projectID=<project>", R"({"name":)", 400},
};

void fill(std::string& text, const std::map<std::string, std::string>& values) {
    for (const auto& [name, value] : values)
        for (std::size_t at = 0; (at = text.find(name)) != text.npos;)
            text.replace(at, name.size(), value);
}

} // namespace

TEST_F(Retried, each_operation_answers_a_repeat_with_its_first_answer) {
    const std::string flow = new_flow("For each operation");
    const Reply agent =
        owner().post("/agentflow/" + flow + "/skilled",
                     {{"title", "First"}, {"role", "first"}, {"prompt", {{"template", "do"}}}});
    ASSERT_EQ(agent.status, 200) << agent.text;
    const Reply run =
        owner().post(in_project("/execute_flow"), {{"agentflow_id", flow}, {"autostart", false}});
    ASSERT_EQ(run.status, 200) << run.text;
    const std::map<std::string, std::string> values{
        {"<project>", project_},
        {"<flow>", flow},
        {"<agent>", std::string(text_or(agent.body.at("agents").at(0), "_id"))},
        {"<execution>", run.at("_id")},
        {"<task>", run.at("task_id")},
    };
    for (std::size_t i = 0; i < std::size(cases); ++i) {
        std::string path = cases[i].path;
        std::string body = cases[i].body;
        fill(path, values);
        fill(body, values);
        const auto send = [&] {
            return owner().send(cases[i].method, path, body, by_key(fmt::format("each {}", i)));
        };
        const Reply first = send();
        EXPECT_EQ(first.status, cases[i].status) << path << ": " << first.text;
        EXPECT_FALSE(is_replay(first)) << path;
        const Reply again = send();
        EXPECT_TRUE(is_replay(again)) << path << ": " << again.text;
        EXPECT_EQ(again.status, first.status) << path;
        EXPECT_EQ(again.text, first.text) << path;
    }
    EXPECT_EQ(count("/storage/" + project_ + "/Once"), 2);
}

TEST_F(Retried, a_form_with_files_is_stored_once) {
    http::Headers headers = by_key("form");
    headers.set("content-type", "multipart/form-data; boundary=b");
    const std::string body = "--b\r\ncontent-disposition: form-data; name=\"files\"; "
                             "filename=\"a.txt\"\r\n\r\nhello\r\n--b--\r\n";
    const auto send = [&] {
        return owner().send(http::Method::post, in_project("/files/upload"), body, headers);
    };
    const Reply first = send();
    ASSERT_EQ(first.status, 200) << first.text;
    const Reply again = send();
    EXPECT_TRUE(is_replay(again));
    EXPECT_EQ(again.text, first.text);
    const std::string id(text_or(first.body.at("files").at(0), "_id"));
    EXPECT_EQ(owner().get("/file/" + id + "/content").text, "hello");
}

TEST_F(Retried, bytes_may_be_put_again_by_their_link_but_not_others) {
    const Reply announced =
        owner().post(in_project("/files/upload"), {{"filenames", json::array{"put.txt"}}});
    const std::string url(text_or(announced.body.at("files").at(0), "upload_url"));
    const auto put = [&](const char* bytes) {
        return nobody_->send(http::Method::put, url, bytes, by_stamp("1"));
    };
    const Reply first = put("one");
    EXPECT_EQ(first.status, 200);
    EXPECT_EQ(put("one").text, first.text);
    EXPECT_EQ(code_of(put("two")), "409 conflict");
}

TEST_F(Retried, after_100_ms_a_stamp_makes_a_retry_and_before_another_request) {
    const auto send = [&] {
        return post(in_project("/agentflow/"), {{"name", "Stamped"}}, by_stamp("1745295060584"));
    };
    const std::int64_t before = flows();
    const Reply first = send();
    ASSERT_EQ(first.status, 200) << first.text;
    usleep(100'000);
    const Reply again = send();
    EXPECT_TRUE(is_replay(again));
    EXPECT_EQ(again.text, first.text);
    EXPECT_EQ(flows(), before + 1);
}

TEST_F(Retried, a_connection_closed_unanswered_makes_a_retry_at_once) {
    const std::int64_t before = flows();
    const std::string body = R"({"name":"Cut off"})";
    for (int i = 0; i < 20; ++i) {
        const std::string stamp = fmt::format("cut {}", i);
        {
            http::RawClient client(address());
            ASSERT_TRUE(client.send(raw_post(in_project("/agentflow/"), body, stamp)));
        } // gone, whether it has been answered in the meantime or not
        const Reply retry =
            owner().send(http::Method::post, in_project("/agentflow/"), body, by_stamp(stamp));
        EXPECT_EQ(retry.status, 200) << retry.text;
        EXPECT_EQ(flows(), before + i + 1);
    }
}

TEST_F(Retried, the_query_belongs_to_the_request) {
    const json::value body{{"name", "Here and there"}};
    const Reply here = post(in_project("/agentflow/"), body, by_key("query"));
    const Reply there = post(in_project("/agentflow/?x=1"), body, by_key("query"));
    EXPECT_FALSE(is_replay(there));
    EXPECT_NE(here.at("_id"), there.at("_id"));
}

TEST_F(Retried, another_body_under_one_key_is_refused) {
    const Reply first = post(in_project("/agentflow/"), {{"name", "A"}}, by_key("bodies"));
    EXPECT_EQ(first.status, 200);
    const Reply other = post(in_project("/agentflow/"), {{"name", "B"}}, by_key("bodies"));
    EXPECT_EQ(code_of(other), "422 invalid");
    EXPECT_EQ(text_or(other.body.at("errors").at(0), "field"), "Idempotency-Key");
    const Reply stamped = post(in_project("/agentflow/"), {{"name", "A"}}, by_stamp("bodies"));
    EXPECT_EQ(stamped.status, 200); // another header: another name
    EXPECT_NE(stamped.at("_id"), first.at("_id"));
}

TEST_F(Retried, nobody_is_answered_what_another_key_was) {
    const json::value body{{"name", "Mine"}};
    const Reply mine = post(in_project("/agentflow/"), body, by_key("mine"));
    ASSERT_EQ(mine.status, 200);
    const auto ask = [&](TestClient& client) {
        return client.send(http::Method::post, in_project("/agentflow/"), to_text(body),
                           by_key("mine"));
    };
    EXPECT_EQ(code_of(ask(*nobody_)), "401 unauthenticated");
    EXPECT_EQ(code_of(ask(*viewer_)), "403 forbidden");
    EXPECT_EQ(code_of(ask(*stranger_)), "404 not_found");
    EXPECT_TRUE(is_replay(ask(owner())));
}

TEST_F(Retried, a_refusal_stands_even_when_its_reason_has_gone) {
    const std::string path = "/storage/" + project_ + "/Later";
    const auto insert = [&](const char* key) { return post(path, {{"a", "1"}}, by_key(key)); };
    EXPECT_EQ(insert("early").status, 404);
    const json::value column{{"column_name", "A"}, {"column_type", "String"}};
    ASSERT_EQ(owner()
                  .post(in_project("/create/table"),
                        {{"table_name", "Later"}, {"columns", json::array{column}}})
                  .status,
              200);
    EXPECT_EQ(insert("early").status, 404);
    EXPECT_EQ(insert("late").status, 200);
}

TEST_F(Retried, reads_and_what_failed_on_our_side_are_never_kept) {
    for (int i = 0; i < 2; ++i) {
        const Reply read =
            owner().send(http::Method::get, in_project("/agentflows"), "", by_key("read"));
        EXPECT_EQ(read.status, 200);
        EXPECT_FALSE(is_replay(read));
        const Reply absent = post("/schedule/coworker", {{"a", 1}}, by_key("not built"));
        EXPECT_EQ(absent.status, 501) << absent.text;
        EXPECT_FALSE(is_replay(absent));
    }
}

TEST_F(Retried, many_clients_with_one_key_at_once_start_one_run) {
    const std::string flow = new_flow("Started once");
    const std::string list = "/" + project_ + "/execution_flows?agentflow_id=" + flow;
    std::vector<std::thread> clients;
    std::array<std::string, 8> ids;
    for (std::string& id : ids)
        clients.emplace_back([&] {
            TestClient client(owner().base_url(), WholeServer::key);
            id = client
                     .send(http::Method::post, in_project("/execute_flow"),
                           to_text(json::object{{"agentflow_id", flow}}), by_key("many"))
                     .at("_id");
        });
    for (std::thread& each : clients) each.join();
    for (const std::string& id : ids) EXPECT_EQ(id, ids[0]);
    EXPECT_EQ(count(list), 1);
}

} // namespace weft
