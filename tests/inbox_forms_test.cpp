// Agents that ask people for input, and flows whose outputs people look at, over HTTP.
#include "api_world.h"
#include "inbox_world.h"

#include <thread>

namespace weft {

using testing::FaultServer;
using testing::Letters;
using testing::letters_at;

namespace {

json::object parsed(std::string_view text) { return parse_json(text).value().as_object(); }

/// The letter's two inputs, and what else a form may hold.
json::object letter_form() {
    return parsed(R"({"pre_and_post_execution_input": {"pre": {"title": "Which letter?", "fields": [
        {"field_id": "to", "type": "one option", "options": ["ada", "bob"], "required": true},
        {"field_id": "text", "type": "Long text", "label": "Text", "required": true},
        {"field_id": "due", "type": "date and time"},
        {"field_id": "copies", "type": "number"},
        {"field_id": "enclosed", "type": "file"}]}}})");
}
json::object note_form() {
    return parsed(R"({"pre_and_post_execution_input": {"post": {"fields": [
        {"field_id": "note", "required": true}]}}})");
}
/// What the agent brings speaks of letters: they are taken to be odd.
json::object letters_are_odd() {
    return parsed(R"({"anomaly_detection": {"is_enabled": true, "rules": [
        {"condition": "{{ agents.Writer.data | json contains 'sent' }}",
         "finding": "A letter was sent."}]}})");
}

class InboxForms : public Api {
protected:
    static void SetUpTestSuite() {
        server::Settings settings = prepare();
        settings.allow_private_network = true;
        server_ = new WholeServer(settings);
        stranger_ = new TestClient(server_->url(), stranger_key);
        viewer_ = new TestClient(server_->url(), viewer_key);
        nobody_ = new TestClient(server_->url(), "");
    }

    Letters with_form() { return {owner(), service_.base_url(), false, 1, letter_form()}; }
    Letters with_note() { return {owner(), service_.base_url(), false, 1, note_form()}; }
    Letters with_rule() { return {owner(), service_.base_url(), false, 1, {}, letters_are_odd()}; }
    Reply run_of(const Letters& letters, const json::object& inputs = {}) {
        return owner().post("/execute_flow",
                            {{"agentflow_id", letters.flow()}, {"input_variables", inputs}});
    }
    Reply fill_in(const Reply& run, const json::object& values, bool is_submitted = true) {
        return owner().post("/inbox/update/runtime_input/" + run.at("execution_id"),
                            {{"is_submitted", is_submitted}, {"values", values}});
    }
    Reply judge(const Reply& run, const json::object& body) {
        return owner().post("/inbox/update/anomaly_detection/" + run.at("_id"), body);
    }
    Reply put(const std::string& path, const json::object& body = {}) {
        return owner().send(http::Method::put, path, to_text(body));
    }
    std::string status_of(const Reply& item) {
        return owner().get("/inbox/" + item.at("_id")).at("status");
    }
    static std::string letter(const std::string& to, const std::string& text) {
        return fmt::format(R"({{"to":"{}","text":"{}"}})", to, text);
    }
    static const json::value& step_of(const Reply& run) {
        return run.body.at("agents_output").at(0);
    }

    FaultServer service_{std::vector{testing::letter_taken()}};
};

using Texts = std::vector<std::string>;
const json::object to_ada{{"to", "ada"}, {"text", "Hello."}};

} // namespace

TEST_F(InboxForms, a_form_waits_before_anything_is_done_and_what_is_entered_is_used) {
    Letters letters = with_form();
    const Reply run = run_of(letters, {{"to", "eve"}});
    const Reply item = letters.item(run);
    EXPECT_EQ(item.at("type"), "runtime_input");
    EXPECT_EQ(item.at("status"), "pending");
    EXPECT_EQ(item.at("agent_id"), letters.agent());
    EXPECT_EQ(item.at("summary"),
              R"("Writer" of "Letters" asks for input before it begins: Which letter?)");
    const json::value& form = item.body.at("runtime_input");
    EXPECT_EQ(text_or(form, "when"), "pre");
    EXPECT_EQ(form.at("fields").as_array().size(), 5U);
    EXPECT_EQ(text_or(form.at("fields").at(0), "type"), "one_option");
    EXPECT_EQ(to_text(form.at("fields").at(0).at("options")), R"(["ada","bob"])");
    EXPECT_EQ(to_text(form.at("values")), "{}");
    const Reply waiting = letters.execution(run);
    EXPECT_EQ(waiting.at("status"), "input_required");
    EXPECT_EQ(to_text(waiting.body.at("runtime_inputs")), "{}");
    EXPECT_TRUE(service_.requests().empty());

    const Reply answered = fill_in(run, {{"to", "ada"}, {"text", "Hello."}, {"copies", 2}});
    EXPECT_EQ(answered.status, 200) << answered.text;
    EXPECT_EQ(answered.at("status"), "completed");
    EXPECT_EQ(text_or(answered.body.at("answered_by"), "name"), "First key");
    EXPECT_EQ(to_text(answered.body.at("runtime_input").at("values")),
              R"({"to":"ada","text":"Hello.","copies":2})");
    const Reply done = letters.until(run, "completed");
    EXPECT_EQ(letters_at(service_), Texts{letter("ada", "Hello.")});
    EXPECT_EQ(to_text(done.body.at("runtime_inputs").at(letters.agent()).at("pre")),
              R"({"to":"ada","text":"Hello.","copies":2})");
    EXPECT_EQ(to_text(done.body.at("input_variables")), R"({"to":"eve"})");
    const Reply told = owner().get("/audit?what=inbox.runtime_input&object=" + item.at("_id"));
    ASSERT_EQ(told.body.at("audit").as_array().size(), 1U) << told.text;
    EXPECT_FALSE(told.text.contains("Hello.")) << "what people enter is not kept for ever";
}

TEST_F(InboxForms, what_is_wrong_is_named_field_by_field_and_the_run_goes_on_waiting) {
    Letters letters = with_form();
    const Reply run = run_of(letters);
    const Reply item = letters.item(run);
    const auto refused = [&](json::object change, const std::string& field) {
        json::object values = to_ada;
        for (auto& [name, value] : change) values[name] = value;
        const Reply reply = fill_in(run, values);
        EXPECT_EQ(code_of(reply), "422 invalid") << reply.text;
        EXPECT_TRUE(reply.text.contains("\"field\":\"values." + field + "\"")) << reply.text;
    };
    refused({{"to", "eve"}}, "to");
    refused({{"to", 7}}, "to");
    refused({{"text", "  "}}, "text");
    refused({{"text", nullptr}}, "text");
    refused({{"due", "soon"}}, "due");
    refused({{"copies", "two"}}, "copies");
    refused({{"enclosed", "no id"}}, "enclosed");
    refused({{"enclosed", std::string(24, 'a')}}, "enclosed");
    refused({{"goal", "another"}}, "goal");
    const Reply pending =
        owner().post(in_project("/files/upload"), {{"filenames", json::array{"later.txt"}}});
    refused({{"enclosed", pending.body.at("files").at(0).at("_id")}}, "enclosed");
    const std::string path = "/inbox/update/runtime_input/" + run.at("_id");
    EXPECT_TRUE(owner().post(path, {{"values", to_ada}}).text.contains("is_submitted"));
    EXPECT_EQ(code_of(owner().post(path, {{"is_submitted", true}, {"values", "x"}})),
              "422 invalid");
    EXPECT_EQ(code_of(owner().post(path, {{"is_submitted", "yes"}})), "422 invalid");
    EXPECT_EQ(code_of(fill_in(run, {{"text", std::string(300'000, 'x')}}, false)), "413 too_large");
    EXPECT_EQ(status_of(item), "pending");
    EXPECT_TRUE(service_.requests().empty());
    EXPECT_EQ(fill_in(run, to_ada).status, 200);
    letters.until(run, "completed");
}

TEST_F(InboxForms, a_draft_is_kept_half_filled_and_submitted_later) {
    Letters letters = with_form();
    const Reply run = run_of(letters);
    const Reply item = letters.item(run);
    const Reply draft = fill_in(run, {{"text", "Dear"}, {"copies", "?"}}, false);
    EXPECT_EQ(draft.status, 200) << draft.text;
    EXPECT_EQ(draft.at("status"), "input_required");
    const Reply kept = owner().get("/inbox/" + item.at("_id"));
    EXPECT_EQ(to_text(kept.body.at("runtime_input").at("values")),
              R"({"text":"Dear","copies":"?"})");
    EXPECT_EQ(letters.execution(run).at("status"), "input_required");
    const std::string path = "/inbox/update/runtime_input/" + run.at("_id");
    const Reply half = owner().post(path, {{"is_submitted", true}});
    EXPECT_EQ(code_of(half), "422 invalid") << half.text;
    EXPECT_TRUE(half.text.contains("values.to"));
    EXPECT_TRUE(half.text.contains("values.copies"));
    EXPECT_EQ(fill_in(run, {{"to", "bob"}, {"text", "Dear Bob."}}, false).status, 200);
    EXPECT_EQ(owner().post(path, {{"is_submitted", true}}).at("status"), "completed");
    letters.until(run, "completed");
    EXPECT_EQ(letters_at(service_), Texts{letter("bob", "Dear Bob.")});
    const Reply late = fill_in(run, to_ada, false);
    EXPECT_EQ(code_of(late), "409 conflict") << "no draft after the answer";
}

TEST_F(InboxForms, a_form_about_what_the_agent_brought_comes_before_its_step_ends) {
    Letters letters = with_note();
    const Reply run = run_of(letters, to_ada);
    const Reply item = letters.item(run);
    const json::value& form = item.body.at("runtime_input");
    EXPECT_EQ(text_or(form, "when"), "post");
    EXPECT_TRUE(text_or(form, "output").contains("rehearsal")) << item.text;
    EXPECT_EQ(letters_at(service_).size(), 1U);
    const Reply waiting = letters.execution(run);
    EXPECT_EQ(text_or(step_of(waiting), "status"), "unfinished");
    EXPECT_EQ(text_or(step_of(waiting), "output"), text_or(form, "output"));
    EXPECT_EQ(fill_in(run, {{"note", "Well done."}}).status, 200);
    const Reply done = letters.until(run, "completed");
    EXPECT_EQ(to_text(step_of(done).at("data").at("runtime_input")), R"({"note":"Well done."})");
    EXPECT_EQ(to_text(done.body.at("runtime_inputs").at(letters.agent())),
              R"({"post":{"note":"Well done."}})");
    EXPECT_EQ(letters_at(service_).size(), 1U);
}

TEST_F(InboxForms, a_file_of_the_project_is_taken) {
    Letters letters = with_form();
    const Reply run = run_of(letters);
    letters.item(run);
    const Reply made =
        owner().post(in_project("/files/upload"), {{"filenames", json::array{"list.txt"}}});
    const json::value& file = made.body.at("files").at(0);
    const std::string url(text_or(file, "upload_url"));
    EXPECT_LT(nobody_->send(http::Method::put, url, "One letter.").status, 300);
    json::object values = to_ada;
    values["enclosed"] = file.at("_id");
    const Reply answered = fill_in(run, values);
    EXPECT_EQ(answered.status, 200) << answered.text;
    EXPECT_TRUE(letters.until(run, "completed").text.contains("list.txt, 11 bytes"));
}

TEST_F(InboxForms, of_two_answers_at_once_the_first_counts_and_the_other_is_told_so) {
    Letters forms = with_form();
    Letters rules = with_rule();
    for (int round = 0; round < 6; ++round) {
        const bool is_form = round % 2 == 0;
        Letters& letters = is_form ? forms : rules;
        const Reply run = is_form ? run_of(letters) : run_of(letters, to_ada);
        const Reply item = letters.item(run);
        std::array<Reply, 4> replies;
        std::vector<std::thread> people;
        for (std::size_t i = 0; i < replies.size(); ++i)
            people.emplace_back([&, i] {
                TestClient client(server_->url(), WholeServer::key);
                const json::object values{{"to", "ada"}, {"text", fmt::format("From {}.", i)}};
                const json::object body =
                    is_form ? json::object{{"is_submitted", true}, {"values", values}}
                            : json::object{{"is_approved", i % 2 == 0}};
                replies.at(i) = client.post((is_form ? "/inbox/update/runtime_input/"
                                                     : "/inbox/update/anomaly_detection/") +
                                                run.at("_id"),
                                            body);
            });
        for (std::thread& each : people) each.join();
        std::size_t won = replies.size();
        for (std::size_t i = 0; i < replies.size(); ++i) {
            if (replies.at(i).status == 200) {
                EXPECT_EQ(won, replies.size()) << "two answers counted";
                won = i;
            } else {
                EXPECT_EQ(code_of(replies.at(i)), "409 conflict");
                EXPECT_TRUE(replies.at(i).at("detail").contains("First key "))
                    << replies.at(i).text;
            }
        }
        ASSERT_LT(won, replies.size());
        letters.until(run, is_form || won % 2 == 0 ? "completed" : "failed");
        if (is_form)
            EXPECT_EQ(letters_at(service_).back(), letter("ada", fmt::format("From {}.", won)));
    }
}

TEST_F(InboxForms, a_stop_while_waiting_expires_the_item) {
    for (const bool is_form : {true, false}) {
        Letters letters = is_form ? with_form() : with_rule();
        const Reply run = is_form ? run_of(letters) : run_of(letters, to_ada);
        const Reply item = letters.item(run);
        EXPECT_EQ(owner().post("/task/" + run.at("task_id") + "/stop").at("status"), "cancelled");
        EXPECT_EQ(status_of(item), "expired");
        const Reply late = is_form ? fill_in(run, to_ada) : judge(run, {{"is_approved", true}});
        EXPECT_EQ(code_of(late), "409 conflict");
        EXPECT_TRUE(late.at("detail").contains("This expired at ")) << late.text;
        EXPECT_EQ(letters.execution(run).at("status"), "cancelled");
    }
    EXPECT_EQ(letters_at(service_).size(), 1U) << "of the run whose output was looked at";
}

TEST_F(InboxForms, an_answer_during_a_pause_is_kept_and_resume_goes_on_with_it) {
    Letters letters = with_form();
    const Reply run = run_of(letters);
    letters.item(run);
    owner().post("/execute_flow/" + run.at("_id") + "/pause");
    EXPECT_EQ(fill_in(run, to_ada).at("status"), "completed");
    EXPECT_EQ(letters.execution(run).at("status"), "paused");
    EXPECT_TRUE(service_.requests().empty());
    owner().post("/execute_flow/" + run.at("_id") + "/resume");
    letters.until(run, "completed");
    EXPECT_EQ(letters_at(service_), Texts{letter("ada", "Hello.")});
}

TEST_F(InboxForms, what_a_rule_finds_a_person_accepts_and_the_run_goes_on) {
    Letters letters = with_rule();
    const Reply run = run_of(letters, to_ada);
    const Reply item = letters.item(run);
    EXPECT_EQ(item.at("type"), "anomaly_detection");
    EXPECT_EQ(item.at("summary"),
              R"("Writer" of "Letters" brought something unusual. May the run go on with it?)");
    EXPECT_EQ(text_or(item.body.at("anomaly"), "finding"), "A letter was sent.");
    EXPECT_TRUE(text_or(item.body.at("anomaly"), "output").contains("rehearsal"));
    EXPECT_FALSE(bool_or(item.body, "is_approved"));
    const Reply waiting = letters.execution(run);
    EXPECT_EQ(waiting.at("status"), "input_required");
    EXPECT_TRUE(bool_or(waiting.body, "anomaly_detected"));
    EXPECT_EQ(to_text(step_of(waiting).at("anomaly")),
              R"({"finding":"A letter was sent.","status":"pending"})");
    EXPECT_EQ(code_of(judge(run, {{"reason", "?"}})), "422 invalid") << "is_approved is required";
    const Reply answered = judge(run, {{"is_approved", true}});
    EXPECT_EQ(answered.status, 200) << answered.text;
    EXPECT_EQ(answered.at("status"), "approved");
    EXPECT_TRUE(bool_or(answered.body, "is_approved"));
    const Reply done = letters.until(run, "completed");
    EXPECT_TRUE(bool_or(done.body, "anomaly_detected"));
    EXPECT_EQ(text_or(step_of(done).at("anomaly"), "status"), "approved");
    EXPECT_EQ(letters_at(service_).size(), 1U);
    EXPECT_EQ(owner()
                  .get("/audit?what=inbox.anomaly&object=" + item.at("_id"))
                  .body.at("audit")
                  .as_array()
                  .size(),
              1U);

    Letters plain(owner(), service_.base_url(), false);
    const Reply usual = plain.start("ada", "Hello.");
    EXPECT_FALSE(bool_or(plain.until(usual, "completed").body, "anomaly_detected"));
}

TEST_F(InboxForms, what_a_person_does_not_accept_fails_the_run_with_a_plain_sentence) {
    Letters letters = with_rule();
    const Reply run = run_of(letters, to_ada);
    const Reply item = letters.item(run);
    const Reply answered = judge(run, {{"is_approved", false}, {"reason", "Not to Ada."}});
    EXPECT_EQ(answered.at("status"), "rejected") << answered.text;
    EXPECT_EQ(answered.at("reason"), "Not to Ada.");
    const Reply failed = letters.until(run, "failed");
    EXPECT_EQ(failed.at("error"), "A person did not accept what \"Writer\" of \"Letters\" brought: "
                                  "A letter was sent.\nTheir reason: Not to Ada.");
    EXPECT_TRUE(bool_or(failed.body, "anomaly_detected"));
    EXPECT_EQ(text_or(step_of(failed).at("anomaly"), "status"), "rejected");
    EXPECT_EQ(status_of(item), "rejected");
}

TEST_F(InboxForms, a_rehearsal_cannot_judge_by_instructions_and_says_so) {
    Letters letters(owner(), service_.base_url(), false, 1, {},
                    parsed(R"({"anomaly_detection": {"is_enabled": true,
                               "instructions": "Is it rude?"}})"));
    const Reply run = run_of(letters, to_ada);
    const Reply done = letters.until(run, "completed");
    EXPECT_FALSE(bool_or(done.body, "anomaly_detected"));
    EXPECT_TRUE(text_or(step_of(done).at("data").at("anomaly_detection"), "note")
                    .contains("cannot judge sentences"))
        << done.text;
}

TEST_F(InboxForms, the_older_forms_answer_the_same_item) {
    const std::string in = "?projectID=" + project_;
    const auto submitted = [&](const std::function<Reply(const Reply&, const Reply&)>& by) {
        Letters letters = with_form();
        const Reply run = run_of(letters);
        const Reply reply = by(run, letters.item(run));
        EXPECT_EQ(reply.at("status"), "completed") << reply.text;
        letters.until(run, "completed");
    };
    const std::string form = "/inbox/update/runtime_input/" + in;
    submitted([&](const Reply&, const Reply& item) {
        return owner().post(
            form, {{"inbox_id", item.at("_id")}, {"is_submitted", true}, {"values", to_ada}});
    });
    submitted([&](const Reply& run, const Reply&) {
        return owner().post(
            form, {{"execution_id", run.at("_id")}, {"is_submitted", true}, {"values", to_ada}});
    });
    submitted([&](const Reply& run, const Reply&) {
        return put("/execute_flow/" + run.at("execution_id") + "/runtime_input",
                   {{"values", to_ada}});
    });
    EXPECT_EQ(code_of(owner().post(form, {{"is_submitted", true}})), "422 invalid");

    const auto accepted = [&](const std::function<Reply(const Reply&, const Reply&)>& by) {
        Letters letters = with_rule();
        const Reply run = run_of(letters, to_ada);
        const Reply reply = by(run, letters.item(run));
        EXPECT_EQ(reply.at("status"), "approved") << reply.text;
        letters.until(run, "completed");
    };
    const std::string anomaly = "/inbox/update/anomaly_detection/" + in;
    accepted([&](const Reply&, const Reply& item) {
        return owner().post(anomaly, {{"inbox_id", item.at("_id")}, {"is_approved", true}});
    });
    accepted([&](const Reply& run, const Reply&) {
        return owner().post(anomaly, {{"execution_id", run.at("_id")}, {"is_approved", true}});
    });
    accepted([&](const Reply& run, const Reply&) {
        return put("/execute_flow/" + run.at("execution_id") + "/approve_anomaly");
    });
}

TEST_F(InboxForms, every_operation_knows_who_asks_and_what_is_asked) {
    Letters letters = with_form();
    const Reply run = run_of(letters);
    const Reply item = letters.item(run);
    const std::string e = run.at("execution_id");
    const std::string in = "?projectID=" + project_;
    const std::string body = to_text(json::object{
        {"is_submitted", true}, {"values", to_ada}, {"is_approved", true}, {"execution_id", e}});
    const std::pair<http::Method, std::string> operations[] = {
        {http::Method::post, "/inbox/update/runtime_input/" + e},
        {http::Method::post, "/inbox/update/runtime_input" + in},
        {http::Method::put, "/execute_flow/" + e + "/runtime_input"},
        {http::Method::post, "/inbox/update/anomaly_detection/" + e},
        {http::Method::post, "/inbox/update/anomaly_detection" + in},
        {http::Method::put, "/execute_flow/" + e + "/approve_anomaly"},
    };
    for (const auto& [method, path] : operations) {
        EXPECT_EQ(nobody_->send(method, path, body).status, 401) << path;
        EXPECT_EQ(viewer_->send(method, path, body).status, 403) << path;
        EXPECT_EQ(stranger_->send(method, path, body).status, 404) << path;
        if (path.contains("anomaly"))
            EXPECT_EQ(code_of(owner().send(method, path, body)), "409 conflict") << path;
    }
    const auto other = [&](const json::object& which) {
        json::object said{{"is_submitted", true}, {"values", to_ada}};
        for (const auto& [name, value] : which) said[name] = value;
        return code_of(owner().post("/inbox/update/runtime_input/" + e, said));
    };
    EXPECT_EQ(other({{"agent_id", std::string(24, 'a')}}), "409 conflict");
    EXPECT_EQ(other({{"inbox_id", std::string(24, 'b')}}), "404 not_found");
    EXPECT_EQ(code_of(owner().post("/inbox/update/preview/" + e, {{"is_approved", true}})),
              "409 conflict");
    EXPECT_EQ(status_of(item), "pending");
    owner().post("/execute_flow/" + e + "/cancel");
}

TEST_F(InboxForms, a_flow_that_could_not_ask_is_not_saved) {
    const auto refused = [&](json::object agent, json::object flow, const std::string& field) {
        agent["title"] = "One";
        flow["name"] = "n";
        flow["agents"] = json::array{agent};
        const Reply reply = owner().post("/agentflow/", flow);
        EXPECT_EQ(code_of(reply), "422 invalid") << reply.text;
        EXPECT_TRUE(reply.text.contains("\"field\":\"" + field + "\"")) << reply.text;
    };
    const std::string at = "agents.0.pre_and_post_execution_input.";
    refused(parsed(R"({"pre_and_post_execution_input": {"pre": {"fields": [
                       {"field_id": "a", "type": "song"}]}}})"),
            {}, at + "pre.fields.0.type");
    refused(parsed(R"({"pre_and_post_execution_input": {"post": 7}})"), {}, at + "post");
    const auto rule = [](const char* text) {
        return json::object{{"anomaly_detection", {{"rules", json::array{text}}}}};
    };
    refused({}, rule("It is odd."), "anomaly_detection.rules.0");
    refused({}, rule("{{ agents.Two.text == '' }}"), "anomaly_detection.rules.0");
    refused({}, rule(""), "anomaly_detection.rules.0");
    const Reply saved = owner().post(
        "/agentflow/",
        {{"name", "n"},
         {"agents", json::array{{{"title", "One"}}}},
         {"anomaly_detection",
          {{"is_enabled", true}, {"rules", json::array{"{{ agents.One.text == '' }}"}}}}});
    ASSERT_EQ(saved.status, 200) << saved.text;
    const Reply renamed = owner().post(
        fmt::format("/agentflow/{}/update/skilled/{}", saved.at("_id"), saved.at("initialAgent")),
        {{"title", "Two"}});
    EXPECT_EQ(code_of(renamed), "422 invalid") << "the rule would name nobody";
}

TEST(JudgedOutput, a_model_judges_by_the_instructions_and_a_person_decides) {
    testing::Scripted said;
    said.text = "We give you 200 EUR back.";
    testing::Scripted judged;
    judged.calls = {{"c1", "judge", R"({"is_anomalous":true,"finding":"It promises money."})"}};
    FaultServer model({said, judged});
    server::Settings settings;
    settings.allow_private_network = true;
    settings.openai_base_url = model.base_url();
    settings.openai_api_key = "sk-test-not-a-real-key";
    WholeServer server(settings);
    const json::object agent{{"title", "Writer"}, {"llm", {{"model", "openai/gpt-4o-mini"}}}};
    const Reply flow = server.owner().post(
        "/agentflow/",
        {{"name", "Answers"},
         {"agents", json::array{agent}},
         {"anomaly_detection", {{"is_enabled", true}, {"instructions", "Promises of money."}}}});
    const Reply run = server.owner().post("/execute_flow", {{"agentflow_id", flow.at("_id")}});
    Reply open;
    for (int i = 0; i < 6'000 && int_or(open.body, "total_count") == 0; ++i, usleep(5'000))
        open = server.owner().get("/inbox?status=pending");
    const json::value& item = open.body.at("inbox_requests").at(0);
    EXPECT_EQ(to_text(item.at("anomaly")),
              R"({"finding":"It promises money.","output":"We give you 200 EUR back."})");
    ASSERT_EQ(model.requests().size(), 2U);
    const std::string asked = model.requests()[1].body;
    EXPECT_TRUE(asked.contains("Promises of money.")) << asked;
    EXPECT_TRUE(asked.contains("We give you 200 EUR back.")) << asked;
    EXPECT_TRUE(asked.contains(R"("tool_choice":{)")) << asked;
    EXPECT_EQ(server.owner()
                  .post("/inbox/update/anomaly_detection/" + run.at("_id"), {{"is_approved", true}})
                  .at("status"),
              "approved");
    const Reply done = server.wait_for(run.at("_id"));
    EXPECT_EQ(text_or(done.body.at("conclusion"), "conclusion"), "We give you 200 EUR back.");
    EXPECT_EQ(int_or(done.body.at("usage"), "input_tokens"), 22) << "the judge's too";
    EXPECT_EQ(model.requests().size(), 2U);
}

} // namespace weft
