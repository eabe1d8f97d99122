#pragma once

#include "support/fault_server.h"
#include "weft_process.h"
#include "whole_server.h"

namespace weft::testing {

/// One project with an agent that must ask a person before it sends a letter to a web service. The
/// rehearsal model fills the letter from the execution's input variables, so that every call and
/// every letter is known beforehand.
class Letters {
public:
    /// `client` is the owner's. `times`: how many skills that send it has; each sends once.
    /// `more`: further members of the agent, and of the flow.
    Letters(TestClient& client, const std::string& service_url, bool asks = true, int times = 1,
            const json::object& more_of_agent = {}, const json::object& more_of_flow = {})
        : client_(client), service_(fmt::format("Post {}", ++made_)) {
        const Reply connector =
            client.post("/actions/restful/config",
                        {{"name", service_}, {"config", {{"base_url", service_url}}}});
        EXPECT_EQ(connector.status, 200) << connector.text;
        json::array skills;
        for (int i = 1; i <= times; ++i)
            skill_ids_.push_back(add_action(connector.at("_id"), fmt::format("Send {}", i)));
        for (const std::string& id : skill_ids_) skills.emplace_back(id);
        json::object agent{{"title", "Writer"},
                           {"prompt", {{"template", "Send the letter."}}},
                           {"is_preview_mode_enabled", asks},
                           {"skills", std::move(skills)}};
        for (const auto& [name, value] : more_of_agent) agent[name] = value;
        json::object made{{"name", "Letters"}, {"agents", json::array{agent}}};
        for (const auto& [name, value] : more_of_flow) made[name] = value;
        const Reply flow = client.post("/agentflow/", made);
        EXPECT_EQ(flow.status, 200) << flow.text;
        flow_ = flow.at("_id");
        agent_ = flow.at("initialAgent");
    }

    /// Starts a run that sends `text` to `to`.
    Reply start(const std::string& to, const std::string& text) {
        return client_.post("/execute_flow", {{"agentflow_id", flow_},
                                              {"input_variables", {{"to", to}, {"text", text}}}});
    }
    /// The item that the execution waits for, once it waits.
    Reply item(const Reply& run) {
        for (int i = 0; i < 6'000; ++i, usleep(5'000)) {
            const Reply open = client_.get("/inbox");
            for (const json::value& each : open.body.at("inbox_requests").as_array())
                if (text_or(each, "execution_id") == run.at("execution_id") &&
                    (text_or(each, "status") == "pending" ||
                     text_or(each, "status") == "input_required"))
                    return client_.get("/inbox/" + std::string(text_or(each, "_id")));
        }
        ADD_FAILURE() << "the execution did not ask";
        return {};
    }
    Reply answer(const Reply& run, const json::object& body) {
        return client_.post("/inbox/update/preview/" + run.at("execution_id"), body);
    }
    Reply execution(const Reply& run) { return client_.get("/execute_flow/" + run.at("_id")); }
    Reply until(const Reply& run, const std::string& status) {
        Reply now;
        for (int i = 0; i < 6'000; ++i, usleep(5'000)) {
            now = execution(run);
            if (now.at("status") == status && !bool_or(now.body, "settling")) return now;
        }
        ADD_FAILURE() << "the execution did not become " << status << now.text;
        return now;
    }
    /// Of its first skill.
    std::string skill_name() const { return service_ + " - Send 1"; }
    const std::vector<std::string>& skill_ids() const { return skill_ids_; }
    const std::string& agent() const { return agent_; }
    const std::string& flow() const { return flow_; }

private:
    std::string add_action(const std::string& connector, const std::string& name) {
        const auto field = [](const char* id) {
            return json::object{{"field_id", id}, {"required", true}};
        };
        const Reply action = client_.post(
            "/action", {{"name", name},
                        {"connector_id", connector},
                        {"method", "POST"},
                        {"url", "/letters"},
                        {"body", {{"to", "{{to}}"}, {"text", "{{text}}"}}},
                        {"input_schema", {{"fields", json::array{field("to"), field("text")}}}}});
        EXPECT_EQ(action.status, 200) << action.text;
        return action.at("skill_id");
    }

    static inline int made_ = 0;
    TestClient& client_;
    std::string service_; ///< a connector's name, of which there is one
    std::vector<std::string> skill_ids_;
    std::string flow_;
    std::string agent_;
};

/// A web service that takes letters.
inline Scripted letter_taken() {
    Scripted answer;
    answer.raw_body = R"({"sent":true})";
    return answer;
}

/// The letters it has got, in order.
inline std::vector<std::string> letters_at(const FaultServer& service) {
    std::vector<std::string> all;
    for (const SeenRequest& each : service.requests()) all.push_back(each.body);
    return all;
}

/// The item's preview_input with another text.
inline json::object edited(const Reply& item, const std::string& text) {
    json::object input = item.body.at("preview_input").as_object();
    input["skill"].as_object()["input"].as_object()["text"] = text;
    return input;
}

} // namespace weft::testing
