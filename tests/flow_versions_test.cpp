// What a flow was, what changed, back to it, and which of its versions runs.
#include "api_world.h"

namespace weft {

namespace {

class FlowVersions : public Api {
protected:
    /// A flow with two versions: its agent is told "One.", then "Two.".
    FlowVersions() {
        const Reply made = owner().post(
            "/agentflow",
            {{"name", "Versions"},
             {"agents", json::array{{{"title", "Writer"}, {"prompt", {{"template", "One."}}}}}}});
        flow_ = made.at("_id");
        agent_ = made.at("initialAgent");
        tell("Two.");
    }
    Reply tell(const std::string& what) {
        return owner().post(path("/update/skilled/" + agent_), {{"prompt", {{"template", what}}}});
    }
    std::string path(const std::string& rest) const { return "/agentflow/" + flow_ + rest; }
    std::string template_of(const Reply& flow) const {
        return std::string(text_or(flow.body.at("agents").at(0).at("prompt"), "template"));
    }
    /// The version that a run takes now.
    json::value taken() {
        const Reply run =
            owner().post("/execute_flow", {{"agentflow_id", flow_}, {"autostart", false}});
        return run.body.at("agentflow").at("version");
    }

    std::string flow_;
    std::string agent_;
};

} // namespace

TEST_F(FlowVersions, each_save_is_one_and_can_be_read_and_compared) {
    const Reply list = owner().get(path("/versions?limit=1"));
    EXPECT_EQ(list.body.at("total_count"), 2);
    EXPECT_EQ(list.body.at("versions").as_array().size(), 1U);
    EXPECT_EQ(list.body.at("versions").at(0).at("created_by"), "First key");
    EXPECT_EQ(template_of(owner().get(path("/versions/1"))), "One.");
    EXPECT_EQ(template_of(owner().get(path(""))), "Two.");

    const Reply diff = owner().get(path("/versions/1/diff"));
    ASSERT_EQ(diff.body.at("changes").as_array().size(), 1U) << diff.text;
    const json::value& change = diff.body.at("changes").at(0);
    EXPECT_EQ(change.at("path"), "agents[Writer].prompt.template");
    EXPECT_EQ(change.at("before"), "One.");
    EXPECT_EQ(change.at("after"), "Two.");
    EXPECT_TRUE(owner().get(path("/versions/2/diff")).body.at("changes").as_array().empty());
}

TEST_F(FlowVersions, going_back_is_a_version_of_its_own) {
    const Reply restored = owner().post(path("/versions/1/restore"));
    EXPECT_EQ(restored.body.at("version"), 3);
    EXPECT_EQ(template_of(restored), "One.");
    EXPECT_EQ(restored.at("initialAgent"), agent_);
    EXPECT_TRUE(owner().get(path("/versions/1/diff?to=3")).body.at("changes").as_array().empty());
    EXPECT_EQ(template_of(owner().get(path("/versions/2"))), "Two.");
}

TEST_F(FlowVersions, the_published_one_runs_whatever_is_saved_later) {
    EXPECT_EQ(taken(), 2);
    EXPECT_EQ(owner().post(path("/versions/1/publish")).body.at("published_version"), 1);
    tell("Three.");
    EXPECT_EQ(taken(), 1);
    const Reply list = owner().get(path("/versions"));
    for (const json::value& each : list.body.at("versions").as_array())
        EXPECT_EQ(each.at("is_published"), each.at("version") == 1) << list.text;
    EXPECT_EQ(template_of(owner().get(path(""))), "Three.") << "what is edited is the newest";
    const Reply free = owner().send(http::Method::delete_, path("/published"));
    EXPECT_TRUE(free.body.at("published_version").is_null());
    EXPECT_EQ(taken(), 3);
}

TEST_F(FlowVersions, what_is_not_there_or_not_ones_own) {
    EXPECT_EQ(code_of(owner().get(path("/versions/3"))), "404 not_found");
    EXPECT_EQ(code_of(owner().get(path("/versions/0"))), "404 not_found");
    EXPECT_EQ(code_of(owner().get(path("/versions/one"))), "404 not_found");
    EXPECT_EQ(code_of(owner().get(path("/versions/1/diff?to=9"))), "404 not_found");
    EXPECT_EQ(code_of(owner().post(path("/versions/9/publish"))), "404 not_found");
    EXPECT_EQ(code_of(viewer_->post(path("/versions/1/restore"))), "403 forbidden");
    EXPECT_EQ(code_of(viewer_->post(path("/versions/1/publish"))), "403 forbidden");
    EXPECT_EQ(code_of(stranger_->get(path("/versions"))), "404 not_found");
    EXPECT_EQ(code_of(stranger_->post(path("/versions/1/restore"))), "404 not_found");
}

TEST_F(FlowVersions, a_skill_that_is_gone_cannot_come_back_with_its_flow) {
    const Reply shop =
        owner().post("/actions/restful/config",
                     {{"name", "Shop"}, {"config", {{"base_url", "https://shop.example.org"}}}});
    const Reply action = owner().post(
        "/action", {{"name", "Look"}, {"connector_id", shop.at("_id")}, {"url", "/items"}});
    const auto set_skills = [&](json::array skills) {
        return owner().post(path("/update/skilled/" + agent_), {{"skills", std::move(skills)}});
    };
    EXPECT_EQ(set_skills({action.at("skill_id")}).body.at("version"), 3);
    set_skills({});
    EXPECT_EQ(owner().send(http::Method::delete_, "/connector/" + shop.at("_id")).status, 200);
    const Reply refused = owner().post(path("/versions/3/restore"));
    EXPECT_EQ(code_of(refused), "422 invalid");
    EXPECT_EQ(refused.body.at("errors").at(0).at("field"), "agents.0.skills.0") << refused.text;
    EXPECT_EQ(owner().get(path("")).body.at("version"), 4);
}

} // namespace weft
