// What a stop did, and what viewers saw until then, through the public API; and each verb in each
// state.
#include "support/fault_server.h"
#include "whole_server.h"

#include <thread>

namespace weft {

using testing::Reply;
using testing::Scripted;
using testing::WholeServer;

namespace {

constexpr const char* long_text = "This is a long answer that will never come to its end.";

/// What the model does is said by a word of the goal.
Scripted answer(const testing::SeenRequest& seen) {
    const bool after_a_tool = seen.body.find(R"("role":"tool")") != std::string::npos;
    Scripted reply;
    if (seen.body.find("acts first") != std::string::npos && !after_a_tool) {
        reply.calls = {
            {"call_1", "tables_insert_records", R"({"table":"notes","records":[{"text":"one"}]})"}};
        return reply;
    }
    if (seen.body.find("is busy") != std::string::npos) {
        reply.status = 503;
        reply.headers = {{"retry-after", "3600"}};
        return reply;
    }
    if (seen.body.find("refuses") != std::string::npos) {
        reply.status = 400;
        return reply;
    }
    reply.text = long_text;
    if (seen.body.find("is quick") != std::string::npos) return reply;
    reply.chunks = 8;
    reply.fault = Scripted::Fault::hangs;
    reply.fault_after = 3;
    return reply;
}

class StopReport : public ::testing::Test {
protected:
    static server::Settings settings(const std::string& base_url) {
        server::Settings given;
        given.openai_base_url = base_url;
        given.openai_api_key = "sk-test-not-a-real-key";
        given.allow_private_network = true;
        return given;
    }

    void SetUp() override {
        const json::value column{
            {"column_id", "text"}, {"column_name", "text"}, {"column_type", "String"}};
        ASSERT_EQ(post("/create/table?projectID=" + server_.project(),
                       {{"table_name", "notes"}, {"columns", json::array{column}}})
                      .status,
                  200);
        const Reply skills =
            get("/skills/?name=Tables%20-%20Insert%20records&projectID=" + server_.project());
        const json::value agent{{"title", "Ask"},
                                {"llm", {{"model", "openai/gpt-4o-mini"}}},
                                {"skills", json::array{skills.body.at(0).at("_id")}},
                                {"prompt", {{"template", "{{ goal }}"}}}};
        flow_ = post("/agentflow", {{"name", "stopped"}, {"agents", json::array{agent}}}).at("_id");
    }

    Reply get(const std::string& path) { return server_.owner().get(path); }
    Reply post(const std::string& path, const json::value& body = nullptr) {
        return server_.owner().post(path, body);
    }
    Reply start(std::string_view goal, json::object more = {}) {
        more["agentflow_id"] = flow_;
        more["goal"] = goal;
        return post("/execute_flow", more);
    }
    /// Until the execution says so; fails after a minute.
    Reply until(const Reply& run, const std::function<bool(const Reply&)>& holds) {
        for (int i = 0; i < 6'000; ++i) {
            Reply seen = get("/execute_flow/" + run.at("_id"));
            if (holds(seen)) return seen;
            usleep(10'000);
        }
        ADD_FAILURE() << "it did not come to that";
        return {};
    }
    Reply until_text(const Reply& run) {
        return until(run, [](const Reply& seen) {
            const json::array& outputs = seen.body.at("agents_output").as_array();
            return !outputs.empty() && !text_or(outputs[0], "output").empty();
        });
    }

    testing::FaultServer model_{answer};
    WholeServer server_{settings(model_.base_url())};
    std::string flow_;
};

/// The texts of the stream's model.text events, each as offset:text.
std::vector<std::string> texts_in(const std::string& stream) {
    std::vector<std::string> texts;
    const std::string event = "event: model.text\ndata: ";
    for (auto at = stream.find(event); at != std::string::npos; at = stream.find(event, at + 1)) {
        const auto from = at + event.size();
        const json::value data =
            parse_json(stream.substr(from, stream.find('\n', from) - from)).value();
        texts.push_back(fmt::format("{}:{}", int_or(data, "offset"), text_or(data, "text")));
    }
    return texts;
}

/// What somebody has who puts each piece where it belongs; says so when one does not follow.
std::string joined(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& each : texts) {
        const auto colon = each.find(':');
        const auto offset = std::stoul(each.substr(0, colon));
        if (offset == 0) all.clear();
        EXPECT_EQ(offset, all.size()) << each;
        all += each.substr(colon + 1);
    }
    return all;
}

} // namespace

TEST_F(StopReport, tells_what_was_cut_off_what_had_happened_and_what_was_paid) {
    const Reply run = start("acts first, then hangs");
    const Reply streaming = until(run, [](const Reply& seen) {
        const json::array& outputs = seen.body.at("agents_output").as_array();
        return !outputs.empty() && text_or(outputs[0], "output").starts_with("This is");
    });
    // While it streams: text and cost so far.
    EXPECT_EQ(streaming.at("status"), "running");
    EXPECT_GT(int_or(streaming.body.at("usage"), "output_tokens"), 7); // of the first call
    EXPECT_TRUE(streaming.body.at("stop").is_null());

    const std::string task = "/task/" + run.at("task_id");
    const Reply stopped = post(task + "/stop");
    const json::value& told = stopped.body.at("stop");
    EXPECT_EQ(int_or(told, "executions_count"), 1);
    EXPECT_NE(text_or(told.at("stopped_by"), "_id"), "");
    EXPECT_GT(int_or(told.at("paid"), "output_tokens"), 7);

    server_.wait_for(run.at("_id"), "cancelled");
    const Reply after = get(task);
    const json::value& sum = after.body.at("stop");
    EXPECT_EQ(sum.at("stopped_at"), told.at("stopped_at"));
    EXPECT_EQ(sum.at("stopped_by"), told.at("stopped_by"));
    EXPECT_FALSE(bool_or(sum, "settling", true));
    EXPECT_EQ(int_or(sum, "aborted_count"), 1);
    EXPECT_EQ(int_or(sum, "done_count"), 2);
    EXPECT_EQ(int_or(sum, "may_have_acted_count"), 1);

    const json::value& execution = after.body.at("executions").at(0);
    const json::value& stop = execution.at("stop");
    EXPECT_EQ(text_or(stop, "status_before"), "running");
    EXPECT_EQ(stop.at("paid"), execution.at("usage"));
    EXPECT_EQ(sum.at("paid"), execution.at("usage"));
    const json::value& aborted = stop.at("aborted");
    EXPECT_EQ(text_or(aborted, "call"), "model");
    EXPECT_EQ(text_or(aborted, "model"), "openai/gpt-4o-mini");
    EXPECT_EQ(text_or(aborted, "status"), "aborted");
    EXPECT_FALSE(bool_or(aborted, "may_have_acted", true));
    EXPECT_GT(int_or(aborted, "duration_ms"), 0);
    EXPECT_TRUE(text_or(aborted, "output").starts_with("This is")) << after.text;
    const json::array& acts = stop.at("may_have_acted").as_array();
    ASSERT_EQ(acts.size(), 1U);
    EXPECT_EQ(text_or(acts[0], "tool"), "tables_insert_records");
    EXPECT_EQ(text_or(acts[0], "effect_class"), "keyed");
    EXPECT_EQ(text_or(acts[0], "status"), "completed");

    EXPECT_EQ(post(task + "/stop").body.at("stop").at("stopped_at"), told.at("stopped_at"));
    EXPECT_EQ(get(task).body.at("stop"), sum);
}

TEST_F(StopReport, a_viewer_who_comes_in_the_middle_gets_the_text_once) {
    const Reply run = start("hangs");
    const std::string events = "/execute_flow/" + run.at("_id") + "/events";
    std::string early;
    std::string late;
    std::jthread first(
        [&] { early = testing::TestClient(server_.url(), WholeServer::key).get(events).text; });
    until_text(run);
    std::jthread second(
        [&] { late = testing::TestClient(server_.url(), WholeServer::key).get(events).text; });
    post("/task/" + run.at("task_id") + "/stop");
    first.join();
    second.join();
    const Reply seen = get("/execute_flow/" + run.at("_id"));
    const std::string all(text_or(seen.body.at("agents_output").at(0), "output"));
    EXPECT_TRUE(all.starts_with("This is"));
    EXPECT_EQ(joined(texts_in(early)), all) << early;
    EXPECT_EQ(joined(texts_in(late)), all) << late;
    // Afterwards, after the row of the intent as its last event, it is the same.
    http::Headers resume;
    resume.set("last-event-id", "1");
    const Reply again = server_.owner().send(http::Method::get, events, "", resume);
    EXPECT_EQ(joined(texts_in(again.text)), all) << again.text;
}

/// Each verb in each state that can be brought about from outside, twice, on an execution and on
/// its task.
TEST_F(StopReport, each_verb_in_each_state_twice) {
    struct State {
        const char* goal;
        const char* status;
        bool autostart = true;
        const char* verb = ""; ///< that leads to it
    };
    // The busy one last: its Retry-After holds for the key.
    const State states[] = {
        {"hangs", "running"},
        {"is quick", "ready", false},
        {"hangs", "paused", true, "pause"},
        {"is quick", "paused", false, "pause"},
        {"is quick", "completed"},
        {"refuses", "failed"},
        {"hangs", "cancelled", true, "stop"},
        {"is busy", "running"},
    };
    for (const State& state : states)
        for (const bool on_task : {false, true})
            for (const std::string verb : {"pause", "resume", "stop"}) {
                SCOPED_TRACE(fmt::format("{} of \"{}\", {}, on the {}", verb, state.goal,
                                         state.status, on_task ? "task" : "execution"));
                const Reply run = start(state.goal, {{"autostart", state.autostart}});
                const std::string task = "/task/" + run.at("task_id");
                if (std::string_view(state.goal) == "hangs") until_text(run);
                if (std::string_view(state.goal) == "is busy")
                    until(run, [](const Reply& seen) {
                        return !seen.body.at("debug").as_array().empty();
                    });
                if (*state.verb) post(task + "/" + state.verb);
                until(run, [&](const Reply& seen) {
                    return seen.at("status") == state.status && !bool_or(seen.body, "settling");
                });
                const bool ended = state.status == std::string_view("completed") ||
                                   state.status == std::string_view("failed") ||
                                   state.status == std::string_view("cancelled");
                const std::string on_execution =
                    "/execute_flow/" + run.at("_id") + "/" + (verb == "stop" ? "cancel" : verb);
                std::string once;
                for (int time = 0; time < 2; ++time) {
                    const Reply reply = post(on_task ? task + "/" + verb : on_execution);
                    EXPECT_EQ(reply.status, ended && verb != "stop" ? 409 : 200) << reply.text;
                    if (reply.status != 200) continue;
                    if (verb == "pause") EXPECT_EQ(reply.at("status"), "paused");
                    // The word of a single execution's stop is the state it is in when it had
                    // ended.
                    if (verb == "stop")
                        EXPECT_EQ(reply.at("status"), ended ? state.status : "cancelled");
                    if (time > 0) EXPECT_EQ(reply.at("status"), once);
                    once = reply.at("status");
                }
                post(task + "/stop");
                until(run, [](const Reply& seen) { return !bool_or(seen.body, "settling"); });
                EXPECT_EQ(post(task + "/resume").status, 409);
            }
}

} // namespace weft
