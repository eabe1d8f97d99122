// The inbox as people use it: asking each other, who is to answer and until when, and by two.
#include "api_world.h"
#include "inbox_world.h"

#include <thread>

namespace weft {

using testing::edited;
using testing::FaultServer;
using testing::Letters;
using testing::letters_at;

namespace {

class InboxPeople : public Api {
protected:
    static constexpr const char* password = "correct horse battery";

    static void SetUpTestSuite() {
        server::Settings settings = prepare();
        settings.allow_private_network = true;
        server_ = new WholeServer(settings);
        stranger_ = new TestClient(server_->url(), stranger_key);
        viewer_ = new TestClient(server_->url(), viewer_key);
        nobody_ = new TestClient(server_->url(), "");
    }

    /// Somebody who is signed in.
    struct Person {
        std::string id;
        std::unique_ptr<TestClient> client;
        std::string token;

        Reply send(http::Method method, const std::string& path, const json::value& body = {}) {
            http::Headers headers;
            headers.set("authorization", "Bearer " + token);
            return client->send(method, path, body.is_null() ? "" : to_text(body),
                                std::move(headers));
        }
        Reply get(const std::string& path) { return send(http::Method::get, path); }
        Reply post(const std::string& path, const json::value& body) {
            return send(http::Method::post, path, body);
        }
        Reply patch(const std::string& path, const json::value& body) {
            return send(http::Method::patch, path, body);
        }
    };
    Person person(const std::string& role = "operator") {
        const std::string email = fmt::format("person{}@example.org", ++people_);
        Person made;
        made.id = owner()
                      .post("/organization/users",
                            {{"email", email}, {"name", email}, {"password", password}})
                      .at("_id");
        EXPECT_EQ(owner()
                      .post("/project-member/" + project_, {{"user_id", made.id}, {"role", role}})
                      .status,
                  200);
        made.client = std::make_unique<TestClient>(server_->url(), "");
        made.token =
            nobody_->post("/auth/login", {{"email", email}, {"password", password}}).at("token");
        return made;
    }
    Reply create(json::object body) {
        body["projectID"] = project_;
        return owner().post("/inbox/create", body);
    }
    Reply now(const Reply& item) { return owner().get("/inbox/" + item.at("_id")); }
    Reply until_status(const Reply& item, const std::string& status) {
        Reply last;
        for (int i = 0; i < 6'000; ++i, usleep(5'000)) {
            last = now(item);
            if (last.at("status") == status) return last;
        }
        ADD_FAILURE() << "the item did not become " << status << last.text;
        return last;
    }
    static json::object answer_to(const Reply& item, bool approve) {
        json::object body{{"inbox_id", item.at("_id")}};
        body[approve ? "is_approved" : "is_rejected"] = true;
        return body;
    }
    std::string answer_path() const { return "/inbox/update/preview?projectID=" + project_; }
    static std::set<std::string> ids_in(const Reply& list) {
        std::set<std::string> ids;
        for (const json::value& each : list.body.at("inbox_requests").as_array())
            ids.emplace(text_or(each, "_id"));
        return ids;
    }

    static inline int people_ = 0;
    FaultServer service_{std::vector{testing::letter_taken()}};
};

} // namespace

TEST_F(InboxPeople, ask_each_other_what_no_run_waits_for) {
    const Reply item =
        create({{"type", "preview"},
                {"summary", "May we publish the zanzibar notes?"},
                {"preview_input", {{"skill", {{"name", "Publish"}, {"input", {{"page", 7}}}}}}}});
    ASSERT_EQ(item.status, 200) << item.text;
    EXPECT_EQ(item.at("type"), "preview");
    EXPECT_EQ(item.at("status"), "pending");
    EXPECT_EQ(item.at("execution_id"), "");
    EXPECT_EQ(text_or(item.body.at("executed_by"), "type"), "api");
    EXPECT_EQ(to_text(item.body.at("preview_input").at("skill").at("input")), R"({"page":7})");
    EXPECT_EQ(ids_in(owner().get("/inbox?search_key=ZANZIBAR")), std::set{item.at("_id")});
    const Reply answered =
        owner().post(answer_path(), {{"inbox_id", item.at("_id")},
                                     {"is_approved", true},
                                     {"preview_input", {{"skill", {{"input", {{"page", 8}}}}}}}});
    EXPECT_EQ(answered.status, 200) << answered.text;
    EXPECT_EQ(answered.at("status"), "approved");
    EXPECT_EQ(to_text(answered.body.at("preview_input").at("skill").at("input")), R"({"page":8})");
    const Reply late = owner().post(answer_path(), answer_to(item, false));
    EXPECT_EQ(code_of(late), "409 conflict");
    EXPECT_TRUE(late.at("detail").contains("approved this at ")) << late.text;
}

TEST_F(InboxPeople, a_form_shows_its_fields_and_what_it_is_about) {
    const Reply flow = owner().post(in_project("/agentflow/"), {{"name", "asked about"}});
    const Reply run =
        owner().post("/execute_flow", {{"agentflow_id", flow.at("_id")}, {"autostart", false}});
    const Reply item = create({{"summary", "Which ports?"},
                               {"fields", json::array{{{"field_id", "port"}, {"type", "number"}}}},
                               {"execution_id", run.at("execution_id")}});
    ASSERT_EQ(item.status, 200) << item.text;
    EXPECT_EQ(item.at("type"), "runtime_input");
    EXPECT_EQ(item.at("execution_id"), run.at("execution_id"));
    EXPECT_EQ(item.at("coworker_name"), "asked about");
    EXPECT_EQ(text_or(item.body.at("runtime_input").at("fields").at(0), "field_id"), "port");
    // The end of that run is nothing to it.
    owner().post("/execute_flow/" + run.at("_id") + "/cancel");
    EXPECT_EQ(now(item).at("status"), "pending");
}

TEST_F(InboxPeople, what_is_wrong_is_named) {
    const auto refused = [&](json::object body, const std::string& field) {
        if (!body.contains("summary")) body["summary"] = "Why?";
        const Reply reply = create(body);
        EXPECT_EQ(code_of(reply), "422 invalid") << reply.text;
        EXPECT_TRUE(reply.text.contains("\"field\":\"" + field)) << reply.text;
    };
    refused({{"type", "budget"}}, "type");
    refused({{"type", "uncertain_effect"}}, "type");
    refused({{"summary", ""}}, "summary");
    refused({{"summary", std::string(1'001, 'x')}}, "summary");
    refused({{"fields", json::array{7}}}, "fields");
    refused({{"expires_in_s", -1}}, "expires_in_s");
    refused({{"expires_in_s", 1e300}}, "expires_in_s");
    refused({{"expires_at", 1}}, "expires_at");
    refused({{"expires_at", 4e15}, {"expires_in_s", 5}}, "expires_in_s");
    refused({{"on_expiry", "explode"}}, "on_expiry");
    refused({{"expires_in_s", 5}, {"on_expiry", "approve"}}, "on_expiry");
    refused({{"four_eyes", true}}, "four_eyes");
    refused({{"type", "preview"}, {"four_eyes", true}, {"on_expiry", "approve"}}, "on_expiry");
    refused({{"type", "preview"}, {"preview_input", {{"skill", {{"input", 7}}}}}}, "preview_input");
    refused({{"assignee", "Ada"}}, "assignee");
    refused({{"assignee", std::string(24, 'a')}}, "assignee");
    refused({{"assignee", person("viewer").id}}, "assignee");
    EXPECT_EQ(code_of(create({{"summary", "?"}, {"execution_id", std::string(24, 'a')}})),
              "404 not_found");
    const json::object large{{"skill", {{"input", {{"text", std::string(70'000, 'x')}}}}}};
    EXPECT_EQ(code_of(create({{"summary", "?"}, {"type", "preview"}, {"preview_input", large}})),
              "413 too_large");
    EXPECT_EQ(owner().get("/inbox?view=all").status, 422);
    EXPECT_EQ(owner().get("/inbox?assignee=me").status, 422) << "a key is nobody";
    EXPECT_EQ(owner().get("/inbox?assignee=x").status, 422);
}

TEST_F(InboxPeople, whom_it_is_assigned_to_alone_answers) {
    Person ada = person();
    Person bob = person();
    const Reply item = create({{"type", "preview"}, {"summary", "Ada?"}, {"assignee", ada.id}});
    ASSERT_EQ(item.status, 200) << item.text;
    EXPECT_EQ(text_or(item.body.at("assignee"), "_id"), ada.id);
    const Reply refused = bob.post(answer_path(), answer_to(item, true));
    EXPECT_EQ(code_of(refused), "403 forbidden");
    EXPECT_TRUE(refused.at("detail").contains("is to answer this")) << refused.text;
    EXPECT_EQ(code_of(bob.patch("/inbox/" + item.at("_id"), {{"assignee", bob.id}})),
              "403 forbidden");
    const std::string in = "&projectID=" + project_;
    EXPECT_TRUE(ids_in(ada.get("/inbox?assignee=me" + in)).contains(item.at("_id")));
    EXPECT_TRUE(ids_in(ada.get("/inbox?view=ui" + in)).contains(item.at("_id")));
    EXPECT_FALSE(ids_in(bob.get("/inbox?view=ui" + in)).contains(item.at("_id")));
    EXPECT_TRUE(ids_in(bob.get("/inbox?view=studio" + in)).contains(item.at("_id")));
    EXPECT_FALSE(ids_in(owner().get("/inbox?assignee=none")).contains(item.at("_id")));
    // Ada hands it on, and an owner takes it from everybody.
    EXPECT_EQ(ada.patch("/inbox/" + item.at("_id"), {{"assignee", bob.id}}).status, 200);
    EXPECT_EQ(code_of(ada.post(answer_path(), answer_to(item, true))), "403 forbidden");
    const Reply taken =
        owner().send(http::Method::patch, "/inbox/" + item.at("_id"), R"({"assignee":"none"})");
    EXPECT_TRUE(taken.body.at("assignee").is_null()) << taken.text;
    EXPECT_EQ(ada.post(answer_path(), answer_to(item, true)).at("status"), "approved");
    EXPECT_EQ(code_of(bob.patch("/inbox/" + item.at("_id"), {{"assignee", bob.id}})),
              "409 conflict");
    EXPECT_FALSE(ids_in(ada.get("/inbox?view=ui" + in)).contains(item.at("_id")));
}

TEST_F(InboxPeople, two_others_must_approve_what_an_agent_asks) {
    Letters letters(owner(), service_.base_url(), true, 1, {{"approval", {{"four_eyes", true}}}});
    Person ada = person();
    Person bob = person();
    const Reply run = ada.post("/execute_flow?projectID=" + project_,
                               {{"agentflow_id", letters.flow()},
                                {"input_variables", {{"to", "eve"}, {"text", "Hello."}}}});
    ASSERT_EQ(run.status, 200) << run.text;
    const Reply item = letters.item(run);
    EXPECT_TRUE(bool_or(item.body, "four_eyes"));
    EXPECT_EQ(code_of(owner().post(answer_path(), answer_to(item, true))), "403 forbidden")
        << "a key is no person";
    EXPECT_EQ(code_of(ada.post(answer_path(), answer_to(item, true))), "403 forbidden")
        << "she started it";
    const Reply first = bob.post(answer_path(), answer_to(item, true));
    EXPECT_EQ(first.at("status"), "input_required") << first.text;
    EXPECT_EQ(first.body.at("approvals").as_array().size(), 1U);
    EXPECT_EQ(code_of(bob.post(answer_path(), answer_to(item, true))), "409 conflict");
    EXPECT_EQ(letters.execution(run).at("status"), "input_required");
    EXPECT_TRUE(letters_at(service_).empty());
    Person cora = person();
    // She changes what is approved: that needs another one.
    const Reply changed = cora.post(answer_path(), {{"inbox_id", item.at("_id")},
                                                    {"is_approved", true},
                                                    {"preview_input", edited(item, "Good day.")}});
    EXPECT_EQ(changed.at("status"), "input_required") << changed.text;
    EXPECT_TRUE(letters_at(service_).empty());
    const Reply second = bob.post(answer_path(), answer_to(item, true));
    EXPECT_EQ(second.at("status"), "approved") << second.text;
    EXPECT_EQ(second.body.at("approvals").as_array().size(), 2U);
    letters.until(run, "completed");
    EXPECT_EQ(letters_at(service_), std::vector<std::string>{R"({"to":"eve","text":"Good day."})"});
}

TEST_F(InboxPeople, of_two_who_approve_at_once_both_count_and_it_is_done_once) {
    Letters letters(owner(), service_.base_url(), true, 1, {{"approval", {{"four_eyes", true}}}});
    std::array<Person, 4> people{person(), person(), person(), person()};
    const Reply run = letters.start("ada", "Hello.");
    const Reply item = letters.item(run);
    std::array<Reply, 4> replies;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < people.size(); ++i)
        threads.emplace_back(
            [&, i] { replies.at(i) = people.at(i).post(answer_path(), answer_to(item, true)); });
    for (std::thread& each : threads) each.join();
    int approved = 0;
    int first = 0;
    for (const Reply& reply : replies) {
        approved += reply.status == 200 && reply.at("status") == "approved" ? 1 : 0;
        first += reply.status == 200 && reply.at("status") == "input_required" ? 1 : 0;
    }
    EXPECT_EQ(approved, 1);
    EXPECT_EQ(first, 1);
    letters.until(run, "completed");
    EXPECT_EQ(letters_at(service_).size(), 1U);
}

TEST_F(InboxPeople, time_rejects_and_the_agent_is_told) {
    Letters letters(owner(), service_.base_url(), true, 1, {{"approval", {{"expires_in_s", 0.1}}}});
    const Reply run = letters.start("ada", "Hello.");
    const Reply done = letters.until(run, "completed");
    EXPECT_TRUE(done.text.contains("Nobody answered until ")) << done.text;
    EXPECT_TRUE(letters_at(service_).empty());
}

TEST_F(InboxPeople, time_approves_what_was_shown) {
    Letters letters(owner(), service_.base_url(), true, 1,
                    {{"approval", {{"expires_in_s", 0.1}, {"on_expiry", "approve"}}}});
    const Reply run = letters.start("ada", "Hello.");
    letters.until(run, "completed");
    EXPECT_EQ(letters_at(service_).size(), 1U);
}

TEST_F(InboxPeople, time_does_not_approve_what_nobody_approved_as_it_stands) {
    Letters letters(owner(), service_.base_url(), true, 1,
                    {{"approval", {{"expires_in_s", 3'600}, {"on_expiry", "approve"}}}});
    const Reply run = letters.start("ada", "Hello.");
    const Reply item = letters.item(run);
    letters.answer(run, {{"is_approved", false}, {"preview_input", edited(item, "A draft.")}});
    owner().send(http::Method::patch, "/inbox/" + item.at("_id"), R"({"expires_in_s":0.01})");
    EXPECT_TRUE(until_status(item, "rejected").at("expiry").contains("changed the input"));
    letters.until(run, "completed");
    EXPECT_TRUE(letters_at(service_).empty());
}

TEST_F(InboxPeople, time_stops_the_run) {
    Letters letters(owner(), service_.base_url(), true, 1,
                    {{"approval", {{"expires_in_s", 3'600}, {"on_expiry", "stop"}}}});
    const Reply run = letters.start("ada", "Hello.");
    const Reply item = letters.item(run);
    EXPECT_EQ(item.at("on_expiry"), "stop");
    owner().send(http::Method::patch, "/inbox/" + item.at("_id"), R"({"expires_in_s":0.01})");
    const Reply closed = until_status(item, "expired");
    EXPECT_TRUE(closed.at("expiry").contains("the run was stopped")) << closed.text;
    letters.until(run, "cancelled");
    const Reply late = letters.answer(run, {{"is_approved", true}});
    EXPECT_EQ(code_of(late), "409 conflict");
    EXPECT_TRUE(late.at("detail").contains("Nobody answered until ")) << late.text;
    EXPECT_TRUE(letters_at(service_).empty());
}

TEST_F(InboxPeople, time_closes_what_no_run_waits_for) {
    const Reply form = create({{"summary", "Soon?"}, {"expires_in_s", 0.05}});
    EXPECT_TRUE(until_status(form, "rejected").at("expiry").contains("Nobody answered"));
    const Reply other =
        create({{"summary", "Soon?"}, {"expires_in_s", 0.05}, {"on_expiry", "stop"}});
    until_status(other, "expired");
    const Reply kept = create({{"summary", "Ever?"}, {"expires_in_s", 3'600}});
    const Reply never =
        owner().send(http::Method::patch, "/inbox/" + kept.at("_id"), R"({"expires_at":0})");
    EXPECT_TRUE(never.body.at("expires_at").is_null()) << never.text;
}

} // namespace weft
