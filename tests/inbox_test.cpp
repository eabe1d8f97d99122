// People in the loop, over HTTP: an agent that must ask first, and everything a person may answer.
#include "api_world.h"
#include "inbox_world.h"

#include <thread>

namespace weft {

using testing::edited;
using testing::FaultServer;
using testing::Letters;
using testing::letters_at;

namespace {

class Inbox : public Api {
protected:
    static void SetUpTestSuite() {
        server::Settings settings = prepare();
        settings.allow_private_network = true;
        server_ = new WholeServer(settings);
        stranger_ = new TestClient(server_->url(), stranger_key);
        viewer_ = new TestClient(server_->url(), viewer_key);
        nobody_ = new TestClient(server_->url(), "");
    }

    FaultServer service_{std::vector{testing::letter_taken()}};
    Letters letters_{server_->owner(), service_.base_url()};

    json::object approve(const Reply& item) {
        return {{"agent_id", letters_.agent()},
                {"is_approved", true},
                {"preview_input", item.body.at("preview_input")}};
    }
    std::string status_of(const Reply& item) {
        return owner().get("/inbox/" + item.at("_id")).at("status");
    }
    static std::string letter(const std::string& to, const std::string& text) {
        return fmt::format(R"({{"to":"{}","text":"{}"}})", to, text);
    }
};

using Texts = std::vector<std::string>;

} // namespace

TEST_F(Inbox, what_is_approved_is_done_and_nothing_before) {
    const Reply run = letters_.start("ada", "Hello.");
    const Reply item = letters_.item(run);
    EXPECT_EQ(item.at("type"), "preview");
    EXPECT_EQ(item.at("status"), "pending");
    EXPECT_EQ(item.at("agent_id"), letters_.agent());
    EXPECT_EQ(item.at("agent_title"), "Writer");
    EXPECT_EQ(item.at("coworker_id"), letters_.flow());
    EXPECT_EQ(item.at("coworker_name"), "Letters");
    EXPECT_EQ(item.at("projectID"), project_);
    EXPECT_EQ(item.at("summary"),
              fmt::format(R"("Writer" of "Letters" asks whether it may use "{}".)",
                          letters_.skill_name()));
    EXPECT_FALSE(bool_or(item.body, "is_approved"));
    EXPECT_TRUE(item.body.at("modified_inputs_during_preview").as_array().empty());
    const json::value& skill = item.body.at("preview_input").at("skill");
    EXPECT_EQ(text_or(skill, "name"), letters_.skill_name());
    EXPECT_EQ(to_text(skill.at("input")), letter("ada", "Hello."));
    EXPECT_TRUE(item.body.at("created_at").is_double()) << item.text;
    EXPECT_GT(item.body.at("created_at").as_double(), 1.7e12) << "milliseconds";
    EXPECT_EQ(letters_.execution(run).at("status"), "input_required");
    EXPECT_TRUE(service_.requests().empty());

    const Reply answered = letters_.answer(run, approve(item));
    EXPECT_EQ(answered.status, 200) << answered.text;
    EXPECT_EQ(answered.at("status"), "approved");
    EXPECT_TRUE(bool_or(answered.body, "is_approved"));
    const Reply done = letters_.until(run, "completed");
    EXPECT_EQ(letters_at(service_), Texts{letter("ada", "Hello.")});
    EXPECT_TRUE(done.text.contains(R"("sent":true)")) << done.text;
    EXPECT_EQ(status_of(item), "approved");
}

TEST_F(Inbox, what_a_person_changes_is_what_is_done) {
    const Reply run = letters_.start("ada", "Hello.");
    const Reply item = letters_.item(run);
    const Reply answered =
        letters_.answer(run, {{"is_approved", true}, {"preview_input", edited(item, "Good day.")}});
    EXPECT_EQ(answered.status, 200) << answered.text;
    EXPECT_EQ(to_text(answered.body.at("modified_inputs_during_preview")),
              R"([{"name":"text","before":"Hello.","after":"Good day."}])");
    EXPECT_EQ(to_text(answered.body.at("preview_input").at("skill").at("input")),
              letter("ada", "Good day."));
    const Reply done = letters_.until(run, "completed");
    EXPECT_EQ(letters_at(service_), Texts{letter("ada", "Good day.")});
    EXPECT_TRUE(done.text.contains("A person changed the input")) << "the model must know";
}

TEST_F(Inbox, an_input_alone_is_taken_too_and_a_wrong_one_is_refused) {
    const Reply run = letters_.start("ada", "Hello.");
    const Reply item = letters_.item(run);
    const auto refused = [&](const json::value& input, const std::string& field) {
        const Reply reply = letters_.answer(run, {{"is_approved", true}, {"preview_input", input}});
        EXPECT_EQ(code_of(reply), "422 invalid") << reply.text;
        EXPECT_TRUE(reply.text.contains("\"field\":\"" + field + "\"")) << reply.text;
    };
    refused({{"to", "ada"}}, "preview_input.skill.input.text");
    refused({{"to", "ada"}, {"text", 7}}, "preview_input.skill.input.text");
    refused({{"to", "ada"}, {"text", "x"}, {"cc", "eve"}}, "preview_input.skill.input.cc");
    refused({{"skill", {{"input", 7}}}}, "preview_input.skill.input");
    refused({{"skill", 7}}, "preview_input.skill");
    refused({{"inbox_id", "x"}}, "preview_input.inbox_id");
    EXPECT_EQ(status_of(item), "pending");
    EXPECT_EQ(code_of(letters_.answer(run, {{"preview_input", json::object()}})), "422 invalid");
    EXPECT_EQ(code_of(letters_.answer(run, {{"is_approved", true}, {"is_rejected", true}})),
              "422 invalid");
    const Reply answered = letters_.answer(
        run, {{"is_approved", true}, {"preview_input", {{"to", "bob"}, {"text", "Hello."}}}});
    EXPECT_EQ(answered.status, 200) << answered.text;
    letters_.until(run, "completed");
    EXPECT_EQ(letters_at(service_), Texts{letter("bob", "Hello.")});
}

TEST_F(Inbox, a_draft_is_kept_and_nothing_is_done) {
    const Reply run = letters_.start("ada", "Hello.");
    const Reply item = letters_.item(run);
    const Reply draft = letters_.answer(
        run, {{"is_approved", false}, {"preview_input", edited(item, "Dear Ada.")}});
    EXPECT_EQ(draft.status, 200) << draft.text;
    EXPECT_EQ(draft.at("status"), "input_required");
    const Reply kept = owner().get("/inbox/" + item.at("_id"));
    EXPECT_EQ(text_or(kept.body.at("preview_input").at("skill").at("input"), "text"), "Dear Ada.");
    EXPECT_EQ(letters_.execution(run).at("status"), "input_required");
    EXPECT_TRUE(service_.requests().empty());
    // Approved without another word, the draft is what was shown last.
    EXPECT_EQ(letters_.answer(run, {{"is_approved", true}, {"preview_input", json::object()}})
                  .at("status"),
              "approved");
    letters_.until(run, "completed");
    EXPECT_EQ(letters_at(service_), Texts{letter("ada", "Dear Ada.")});
}

TEST_F(Inbox, a_rejection_is_told_to_the_agent_and_the_run_goes_on) {
    const Reply run = letters_.start("ada", "Hello.");
    const Reply item = letters_.item(run);
    const Reply rejected =
        letters_.answer(run, {{"is_rejected", true}, {"reason", "Ada is on leave."}});
    EXPECT_EQ(rejected.status, 200) << rejected.text;
    EXPECT_EQ(rejected.at("status"), "rejected");
    EXPECT_EQ(rejected.at("reason"), "Ada is on leave.");
    const Reply done = letters_.until(run, "completed");
    EXPECT_TRUE(done.text.contains("Ada is on leave.")) << done.text;
    EXPECT_TRUE(service_.requests().empty());
}

TEST_F(Inbox, every_call_is_asked_about_by_itself) {
    Letters twice(owner(), service_.base_url(), true, 2);
    const Reply run = twice.start("ada", "Hello.");
    const Reply first = twice.item(run);
    EXPECT_EQ(twice.answer(run, {{"is_approved", true}}).status, 200);
    Reply second = twice.item(run);
    for (int i = 0; second.at("_id") == first.at("_id") && i < 1'000; ++i) second = twice.item(run);
    EXPECT_EQ(text_or(second.body.at("preview_input").at("skill"), "id"), twice.skill_ids().at(1));
    EXPECT_EQ(letters_at(service_).size(), 1U);
    // An answer that means the first one does not approve the second.
    const Reply stale = twice.answer(
        run, {{"is_approved", true}, {"preview_input", first.body.at("preview_input")}});
    EXPECT_EQ(code_of(stale), "409 conflict");
    EXPECT_TRUE(stale.at("detail").contains("approved this at ")) << stale.text;
    json::object without_id = first.body.at("preview_input").as_object();
    without_id.erase("inbox_id");
    EXPECT_EQ(code_of(twice.answer(run, {{"is_approved", true}, {"preview_input", without_id}})),
              "409 conflict");
    EXPECT_EQ(
        code_of(twice.answer(run, {{"is_approved", true}, {"agent_id", std::string(24, 'a')}})),
        "409 conflict");
    EXPECT_EQ(status_of(second), "pending");
    EXPECT_EQ(twice.answer(run, approve(second)).status, 409) << "of another agent";
    EXPECT_EQ(twice
                  .answer(run, {{"is_approved", true},
                                {"preview_input", second.body.at("preview_input")}})
                  .status,
              200);
    twice.until(run, "completed");
    EXPECT_EQ(letters_at(service_).size(), 2U);
}

TEST_F(Inbox, of_two_answers_at_once_one_counts_and_the_other_is_told_so) {
    for (int round = 0; round < 5; ++round) {
        const std::size_t before = letters_at(service_).size();
        const Reply run = letters_.start("ada", fmt::format("Hello {}.", round));
        const Reply item = letters_.item(run);
        std::array<Reply, 4> replies;
        std::vector<std::thread> people;
        for (std::size_t i = 0; i < replies.size(); ++i)
            people.emplace_back([&, i] {
                TestClient client(server_->url(), WholeServer::key);
                replies.at(i) =
                    client.post("/inbox/update/preview/" + run.at("_id"),
                                {{"is_approved", true},
                                 {"preview_input", edited(item, fmt::format("From {}.", i))}});
            });
        for (std::thread& each : people) each.join();
        std::size_t won = replies.size();
        for (std::size_t i = 0; i < replies.size(); ++i) {
            if (replies.at(i).status == 200) {
                EXPECT_EQ(won, replies.size()) << "two answers counted";
                won = i;
            } else {
                EXPECT_EQ(code_of(replies.at(i)), "409 conflict");
                EXPECT_TRUE(replies.at(i).at("detail").contains("approved this at "))
                    << replies.at(i).text;
            }
        }
        ASSERT_LT(won, replies.size());
        letters_.until(run, "completed");
        const Texts sent = letters_at(service_);
        ASSERT_EQ(sent.size(), before + 1);
        EXPECT_EQ(sent.back(), letter("ada", fmt::format("From {}.", won)));
    }
}

TEST_F(Inbox, a_stop_while_waiting_expires_the_item) {
    for (const bool whole_task : {false, true}) {
        const Reply run = letters_.start("ada", "Hello.");
        const Reply item = letters_.item(run);
        const std::string verb = whole_task ? "/task/" + run.at("task_id") + "/stop"
                                            : "/execute_flow/" + run.at("_id") + "/cancel";
        EXPECT_EQ(owner().post(verb).at("status"), "cancelled");
        EXPECT_EQ(status_of(item), "expired");
        const Reply late = letters_.answer(run, approve(item));
        EXPECT_EQ(code_of(late), "409 conflict");
        EXPECT_TRUE(late.at("detail").contains("This expired at ")) << late.text;
        EXPECT_EQ(letters_.execution(run).at("status"), "cancelled");
    }
    EXPECT_TRUE(service_.requests().empty());
}

TEST_F(Inbox, an_answer_during_a_pause_is_kept_and_resume_goes_on_with_it) {
    const Reply run = letters_.start("ada", "Hello.");
    const Reply item = letters_.item(run);
    EXPECT_EQ(owner().post("/task/" + run.at("task_id") + "/pause").at("status"), "paused");
    EXPECT_EQ(letters_.answer(run, approve(item)).at("status"), "approved");
    EXPECT_EQ(letters_.execution(run).at("status"), "paused");
    EXPECT_TRUE(service_.requests().empty());
    EXPECT_EQ(owner().post("/task/" + run.at("task_id") + "/resume").status, 200);
    letters_.until(run, "completed");
    EXPECT_EQ(letters_at(service_), Texts{letter("ada", "Hello.")});

    // Paused and resumed without an answer, it still waits.
    const Reply other = letters_.start("bob", "Hello.");
    const Reply asked = letters_.item(other);
    owner().post("/execute_flow/" + other.at("_id") + "/pause");
    EXPECT_EQ(owner().post("/execute_flow/" + other.at("_id") + "/resume").at("status"),
              "input_required");
    EXPECT_EQ(letters_.answer(other, approve(asked)).at("status"), "approved");
    letters_.until(other, "completed");
}

TEST_F(Inbox, an_agent_that_need_not_ask_does_not_and_nobody_is_asked_about_mere_looking) {
    Letters free(owner(), service_.base_url(), false);
    const Reply run = free.start("ada", "Hello.");
    free.until(run, "completed");
    EXPECT_EQ(letters_at(service_).size(), 1U);
    const std::string table = owner()
                                  .post(in_project("/create/table"),
                                        {{"table_name", "looked at"}, {"columns", json::array()}})
                                  .at("_id");
    std::string skill;
    const Reply skills = owner().get(in_project("/skills/") + "&limit=500");
    for (const json::value& each : skills.body.as_array())
        if (text_or(each.at("actions").at(0), "sort") == "count_records")
            skill = text_or(each, "_id");
    const json::object agent{{"title", "Looker"},
                             {"is_preview_mode_enabled", true},
                             {"prompt", {{"template", "Count."}}},
                             {"skills", json::array{skill}}};
    const Reply flow =
        owner().post("/agentflow/", {{"name", "looks"}, {"agents", json::array{agent}}});
    const Reply looked = owner().post("/execute_flow", {{"agentflow_id", flow.at("_id")},
                                                        {"input_variables", {{"table", table}}}});
    EXPECT_EQ(server_->wait_for(looked.at("_id")).at("status"), "completed");
}

TEST_F(Inbox, every_operation_knows_who_asks) {
    const Reply run = letters_.start("ada", "Hello.");
    const Reply item = letters_.item(run);
    const std::string e = run.at("execution_id");
    const std::string in = "?projectID=" + project_;
    struct Case {
        http::Method method;
        std::string path;
        int viewer;
    };
    const Case cases[] = {
        {http::Method::get, "/inbox" + in, 200},
        {http::Method::get, "/inbox/" + item.at("_id"), 200},
        {http::Method::post, "/inbox/create" + in, 403},
        {http::Method::patch, "/inbox/" + item.at("_id"), 403},
        {http::Method::post, "/inbox/update/preview/" + e, 403},
        {http::Method::post, "/inbox/update/preview" + in, 403},
        {http::Method::put, "/execute_flow/" + e + "/approve_preview", 403},
        {http::Method::post, "/inbox/update/uncertain_effect/" + e, 403},
    };
    const std::string body = to_text(json::object{
        {"is_approved", true}, {"execution_id", e}, {"outcome", "done"}, {"summary", "Why?"}});
    for (const Case& each : cases) {
        const bool reads = each.method == http::Method::get;
        EXPECT_EQ(nobody_->send(each.method, each.path, reads ? "" : body).status, 401);
        EXPECT_EQ(stranger_->send(each.method, each.path, reads ? "" : body).status, 404)
            << each.path;
        EXPECT_EQ(viewer_->send(each.method, each.path, reads ? "" : body).status, each.viewer)
            << each.path;
    }
    EXPECT_EQ(stranger_->get("/inbox").body.at("total_count"), 0);
    EXPECT_FALSE(stranger_->get("/inbox").text.contains("Letters"));
    EXPECT_EQ(status_of(item), "pending");
    EXPECT_EQ(code_of(owner().post("/inbox/update/uncertain_effect/" + e,
                                   {{"outcome", "done"}, {"inbox_id", item.at("_id")}})),
              "409 conflict")
        << "a preview is approved by its own call alone";
    EXPECT_EQ(code_of(owner().post("/inbox/update/preview/" + e,
                                   {{"is_approved", true}, {"inbox_id", std::string(24, 'b')}})),
              "404 not_found");
    owner().post("/execute_flow/" + e + "/cancel");
}

TEST_F(Inbox, the_older_forms_answer_the_same_item) {
    const auto answered = [&](const std::function<Reply(const Reply&, const Reply&)>& by) {
        const Reply run = letters_.start("ada", "Hello.");
        const Reply reply = by(run, letters_.item(run));
        EXPECT_EQ(reply.status, 200) << reply.text;
        EXPECT_EQ(reply.at("status"), "approved");
        letters_.until(run, "completed");
    };
    const std::string path = "/inbox/update/preview/?projectID=" + project_;
    answered([&](const Reply&, const Reply& item) {
        return owner().post(path, {{"inbox_id", item.at("_id")}, {"is_approved", true}});
    });
    answered([&](const Reply& run, const Reply&) {
        return owner().post(path, {{"execution_id", run.at("_id")}, {"is_approved", true}});
    });
    answered([&](const Reply&, const Reply& item) {
        return owner().post(
            path, {{"preview_input", item.body.at("preview_input")}, {"is_approved", true}});
    });
    answered([&](const Reply& run, const Reply&) {
        return owner().send(http::Method::put,
                            "/execute_flow/" + run.at("execution_id") + "/approve_preview");
    });
    EXPECT_EQ(code_of(owner().post(path, {{"is_approved", true}})), "422 invalid");
}

TEST_F(Inbox, lists_page_and_filter) {
    const Reply first = letters_.start("ada", "One.");
    letters_.item(first);
    const Reply second = letters_.start("ada", "Two.");
    letters_.item(second);
    letters_.answer(first, {{"is_rejected", true}});
    const auto ids = [&](const std::string& query) {
        Texts all;
        const Reply reply = owner().get(in_project("/inbox") + query);
        EXPECT_EQ(reply.status, 200) << reply.text;
        for (const json::value& each : reply.body.at("inbox_requests").as_array())
            all.emplace_back(text_or(each, "_id"));
        return all;
    };
    const Texts all = ids("");
    ASSERT_GE(all.size(), 2U);
    Texts paged;
    for (Texts page = ids("&limit=1"); !page.empty(); page = ids("&limit=1&after_id=" + page[0]))
        paged.push_back(page[0]);
    EXPECT_EQ(paged, all);
    const Texts rejected = ids("&status=rejected&view=studio");
    ASSERT_FALSE(rejected.empty());
    EXPECT_EQ(rejected[0], all[1]);
    EXPECT_EQ(ids("&status=rejected&type=uncertain_effect&view=studio"), Texts{});
    EXPECT_EQ(ids("&type=preview&search_key=WRITER").size(), all.size());
    EXPECT_EQ(ids("&search_key=nobody%20said%20this"), Texts{});
    for (const char* wrong : {"&status=x", "&type=x", "&view=x", "&after_id=x", "&limit=x"})
        EXPECT_EQ(code_of(owner().get(in_project("/inbox") + wrong)), "422 invalid") << wrong;
    owner().post("/execute_flow/" + second.at("_id") + "/cancel");
}

TEST_F(Inbox, an_answer_sent_twice_by_its_key_is_given_once) {
    const Reply run = letters_.start("ada", "Hello.");
    const Reply item = letters_.item(run);
    const auto send = [&] {
        http::Headers headers;
        headers.set("idempotency-key", "approve " + item.at("_id"));
        return owner().send(http::Method::post, "/inbox/update/preview/" + run.at("_id"),
                            to_text(approve(item)), headers);
    };
    const Reply once = send();
    const Reply again = send();
    EXPECT_EQ(once.status, 200);
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(once.text, again.text);
    letters_.until(run, "completed");
    EXPECT_EQ(letters_at(service_).size(), 1U);
}

} // namespace weft
