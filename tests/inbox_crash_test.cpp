// What a kill -9 leaves of what people are asked: questions still wait, answers still count, and a
// call of which nobody can tell whether it happened is asked about instead of made again.
#include "inbox_world.h"

#include <set>

namespace weft {

using testing::edited;
using testing::FaultServer;
using testing::Letters;
using testing::letters_at;
using testing::Reply;
using testing::Scripted;

namespace {

constexpr const char* key = "0f0e0d0c-0b0a-4908-8706-050403020100";

class InboxCrash : public ::testing::Test {
protected:
    void start() {
        process_ = std::make_unique<testing::WeftProcess>(
            std::vector<std::string>{"serve", "--data", (home_.path() / "data").string(),
                                     "--listen", "127.0.0.1:0", "--allow-private-network"},
            (home_.path() / fmt::format("out{}", ++started_)).string(),
            std::vector{std::string("WEFT_BOOTSTRAP_API_KEY=") + key});
        std::string url = process_->url();
        while (url.ends_with('\n')) url.pop_back();
        client_ = std::make_unique<testing::TestClient>(url, key);
    }
    void kill() {
        process_->kill(SIGKILL);
        process_->wait();
        client_.reset();
    }
    void restart() {
        kill();
        start();
    }
    testing::TestClient& client() { return *client_; }

    Reply item_of(const Reply& run) {
        for (int i = 0; i < 6'000; ++i, usleep(5'000)) {
            const Reply open = client().get("/inbox?status=pending");
            for (const json::value& each : open.body.at("inbox_requests").as_array())
                if (text_or(each, "execution_id") == run.at("execution_id"))
                    return client().get("/inbox/" + std::string(text_or(each, "_id")));
        }
        ADD_FAILURE() << "nobody is asked";
        return {};
    }
    Reply until(const Reply& run, const std::string& status) {
        Reply now;
        for (int i = 0; i < 6'000; ++i, usleep(5'000)) {
            now = client().get("/execute_flow/" + run.at("_id"));
            if (now.at("status") == status) return now;
        }
        ADD_FAILURE() << "the execution did not become " << status << now.text;
        return now;
    }

    /// A run whose letter is on its way when the server is killed, and which then asks about it.
    Reply uncertain_run(FaultServer& service) {
        start();
        Letters letters(client(), service.base_url(), false);
        const Reply run = letters.start("ada", "Hello.");
        EXPECT_TRUE(service.wait_hanging());
        restart();
        const Reply item = item_of(run);
        EXPECT_EQ(item.at("type"), "uncertain_effect");
        EXPECT_EQ(item.at("summary"),
                  fmt::format(R"(Weft stopped while "Writer" of "Letters" used "{}". )"
                              "Did it happen?",
                              letters.skill_name()));
        EXPECT_EQ(to_text(item.body.at("skill").at("input")), R"({"to":"ada","text":"Hello."})");
        EXPECT_EQ(until(run, "input_required").at("status"), "input_required");
        EXPECT_EQ(letters_at(service).size(), 1U) << "not made again by itself";
        return run;
    }
    Reply say(const Reply& run, const json::object& body) {
        return client().post("/inbox/update/uncertain_effect/" + run.at("execution_id"), body);
    }

    /// Silent at the first letter, takes the others.
    static std::vector<Scripted> silent_once() {
        Scripted silent;
        silent.fault = Scripted::Fault::never_answers;
        return {silent, testing::letter_taken()};
    }

    testing::TemporaryDirectory home_;
    std::unique_ptr<testing::WeftProcess> process_;
    std::unique_ptr<testing::TestClient> client_;
    int started_ = 0;
};

} // namespace

TEST_F(InboxCrash, a_question_outlives_the_server_and_so_does_its_answer) {
    FaultServer service({testing::letter_taken()});
    start();
    Letters letters(client(), service.base_url());
    const Reply run = letters.start("ada", "Hello.");
    const Reply paused = letters.start("bob", "Hello.");
    const Reply item = item_of(run);
    const Reply other = item_of(paused);
    restart();
    EXPECT_EQ(client().get("/inbox/" + item.at("_id")).text, item.text);
    EXPECT_EQ(client().get("/execute_flow/" + run.at("_id")).at("status"), "input_required");
    // Answered while paused, killed, and only then resumed.
    client().post("/execute_flow/" + paused.at("_id") + "/pause");
    const auto approve = [&](const Reply& of, const Reply& which) {
        return client().post("/inbox/update/preview/" + of.at("_id"),
                             {{"is_approved", true}, {"preview_input", edited(which, "Yes.")}});
    };
    EXPECT_EQ(approve(paused, other).at("status"), "approved");
    restart();
    EXPECT_EQ(client().get("/execute_flow/" + paused.at("_id")).at("status"), "paused");
    EXPECT_TRUE(letters_at(service).empty());
    client().post("/execute_flow/" + paused.at("_id") + "/resume");
    until(paused, "completed");
    // Acknowledged and killed at once: the answer counts, and the letter is sent once.
    EXPECT_EQ(approve(run, item).status, 200);
    kill();
    start();
    for (int i = 0; i < 6'000; ++i, usleep(5'000)) {
        const std::string now = client().get("/execute_flow/" + run.at("_id")).at("status");
        if (now == "completed" || now == "input_required") break;
    }
    EXPECT_EQ(client().get("/inbox/" + item.at("_id")).at("status"), "approved");
    const auto sent = letters_at(service);
    EXPECT_LE(sent.size(), 2U) << "nothing is sent twice";
    EXPECT_EQ(sent.at(0), R"({"to":"bob","text":"Yes."})");
}

TEST_F(InboxCrash, forms_and_findings_outlive_the_server_and_so_do_their_answers) {
    FaultServer service({testing::letter_taken()});
    start();
    const auto members = [](const char* text) { return parse_json(text).value().as_object(); };
    Letters letters(client(), service.base_url(), false, 1,
                    members(R"({"pre_and_post_execution_input": {"pre": {"fields": [
                        {"field_id": "to"}, {"field_id": "text"}]}}})"),
                    members(R"({"anomaly_detection": {"is_enabled": true, "rules": [
                        "{{ agents.Writer.data | json contains 'sent' }}"]}})"));
    const Reply run = client().post("/execute_flow", {{"agentflow_id", letters.flow()}});
    const Reply form = item_of(run);
    EXPECT_EQ(form.at("type"), "runtime_input");
    restart();
    EXPECT_EQ(client().get("/inbox/" + form.at("_id")).text, form.text);
    EXPECT_EQ(client().get("/execute_flow/" + run.at("_id")).at("status"), "input_required");
    const auto fill_in = [&](bool is_submitted, const std::string& text) {
        return client().post(
            "/inbox/update/runtime_input/" + run.at("_id"),
            {{"is_submitted", is_submitted}, {"values", {{"to", "ada"}, {"text", text}}}});
    };
    EXPECT_EQ(fill_in(false, "Draft.").at("status"), "input_required");
    restart();
    const Reply draft = client().get("/inbox/" + form.at("_id"));
    EXPECT_EQ(text_or(draft.body.at("runtime_input").at("values"), "text"), "Draft.");
    EXPECT_TRUE(letters_at(service).empty());
    // Acknowledged and killed at once: what was entered counts.
    EXPECT_EQ(fill_in(true, "Hello.").at("status"), "completed");
    restart();
    Reply item = item_of(run);
    if (item.at("type") == "uncertain_effect") { // killed while the letter was on its way
        const char* outcome = letters_at(service).empty() ? "not_done" : "done";
        EXPECT_EQ(say(run, {{"outcome", outcome}, {"result", {{"sent", true}}}}).status, 200);
        item = item_of(run);
    }
    EXPECT_EQ(item.at("type"), "anomaly_detection");
    EXPECT_EQ(fill_in(true, "Again.").status, 409);
    restart();
    EXPECT_EQ(client().get("/inbox/" + item.at("_id")).text, item.text);
    const Reply accepted =
        client().post("/inbox/update/anomaly_detection/" + run.at("_id"), {{"is_approved", true}});
    EXPECT_EQ(accepted.at("status"), "approved") << accepted.text;
    restart();
    const Reply done = until(run, "completed");
    EXPECT_TRUE(bool_or(done.body, "anomaly_detected"));
    EXPECT_EQ(text_or(done.body.at("runtime_inputs").at(letters.agent()).at("pre"), "text"),
              "Hello.");
    EXPECT_EQ(letters_at(service), std::vector<std::string>{R"({"to":"ada","text":"Hello."})"});
}

TEST_F(InboxCrash, what_time_brings_happens_once_whatever_dies) {
    FaultServer service({testing::letter_taken()});
    start();
    Letters letters(client(), service.base_url(), true, 1,
                    {{"approval", {{"expires_in_s", 1}, {"on_expiry", "approve"}}}});
    std::vector<Reply> runs;
    for (int i = 0; i < 12; ++i) runs.push_back(letters.start("ada", fmt::format("{}", i)));
    for (const Reply& run : runs) until(run, "input_required");
    // The time of all is up while nobody is there, and while it is carried out.
    for (int i = 0; i < 6; ++i) {
        restart();
        usleep(200'000 * static_cast<unsigned>(i));
    }
    for (const Reply& run : runs)
        for (int i = 0; i < 6'000; ++i, usleep(5'000)) {
            const std::string now = client().get("/execute_flow/" + run.at("_id")).at("status");
            if (now == "completed") break;
            // Killed between the letter's intent and its result, it asks whether it was sent.
            const Reply open = client().get("/inbox?status=pending&type=uncertain_effect");
            bool asks = false;
            for (const json::value& each : open.body.at("inbox_requests").as_array())
                asks = asks || text_or(each, "execution_id") == run.at("execution_id");
            if (asks) break;
        }
    const Reply approved = client().get("/inbox?type=preview");
    EXPECT_EQ(approved.body.at("inbox_requests").as_array().size(), runs.size());
    for (const json::value& each : approved.body.at("inbox_requests").as_array()) {
        EXPECT_EQ(text_or(each, "status"), "approved");
        EXPECT_TRUE(text_or(each, "expiry").contains("Nobody answered until "));
    }
    const auto sent = letters_at(service);
    const std::set<std::string> different(sent.begin(), sent.end());
    EXPECT_EQ(different.size(), sent.size()) << "nothing is done twice";
}

TEST_F(InboxCrash, it_happened_says_a_person_and_the_run_goes_on_with_what_it_brought) {
    FaultServer service(silent_once());
    const Reply run = uncertain_run(service);
    EXPECT_EQ(say(run, {{"outcome", "perhaps"}}).status, 422);
    const Reply said = say(run, {{"outcome", "done"}, {"result", {{"letter", "L-17"}}}});
    EXPECT_EQ(said.status, 200) << said.text;
    EXPECT_EQ(said.at("status"), "completed");
    EXPECT_EQ(said.at("outcome"), "done");
    EXPECT_EQ(text_or(said.body.at("result"), "letter"), "L-17");
    const Reply told = client().get("/audit?what=inbox.uncertain_effect");
    ASSERT_EQ(told.body.at("audit").as_array().size(), 1U) << told.text;
    EXPECT_EQ(text_or(told.body.at("audit").at(0), "object"), said.at("_id"));
    EXPECT_EQ(text_or(told.body.at("audit").at(0).at("details"), "outcome"), "done");
    EXPECT_TRUE(until(run, "completed").text.contains("L-17"));
    EXPECT_EQ(letters_at(service).size(), 1U);
    EXPECT_EQ(say(run, {{"outcome", "not_done"}}).status, 409);
}

TEST_F(InboxCrash, it_did_not_happen_says_a_person_and_it_is_done_once_more) {
    FaultServer service(silent_once());
    const Reply run = uncertain_run(service);
    EXPECT_EQ(say(run, {{"outcome", "not_done"}}).status, 200);
    EXPECT_TRUE(until(run, "completed").text.contains(R"("sent":true)"));
    EXPECT_EQ(letters_at(service).size(), 2U);
}

TEST_F(InboxCrash, nobody_knows_and_a_person_stops_the_run) {
    FaultServer service(silent_once());
    const Reply run = uncertain_run(service);
    const Reply said = say(run, {{"outcome", "stop"}});
    EXPECT_EQ(said.status, 200) << said.text;
    EXPECT_EQ(said.at("outcome"), "stop");
    EXPECT_EQ(until(run, "cancelled").at("status"), "cancelled");
    EXPECT_EQ(client().get("/inbox/" + said.at("_id")).at("status"), "completed");
    EXPECT_EQ(letters_at(service).size(), 1U);
}

TEST_F(InboxCrash, a_question_about_a_call_outlives_another_crash_and_stays_one) {
    FaultServer service(silent_once());
    const Reply run = uncertain_run(service);
    restart();
    restart();
    const Reply item = item_of(run);
    EXPECT_EQ(item.at("type"), "uncertain_effect");
    EXPECT_EQ(int_or(client().get("/inbox").body, "total_count"), 1);
    EXPECT_EQ(say(run, {{"outcome", "done"}}).status, 200);
    EXPECT_TRUE(until(run, "completed").text.contains("A person says that this was done."));
}

} // namespace weft
