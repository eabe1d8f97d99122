// Skills and connectors over the API: who may, what is refused, the documented shapes.
#include "api_world.h"

namespace weft {

class Connectors : public Api {
protected:
    Reply configure(const std::string& category, const json::object& body) {
        return owner().post(in_project("/actions/" + category + "/config"), body);
    }
    std::string connector_of(const std::string& category) {
        const Reply groups = owner().get("/connectors/" + project_);
        for (const json::value& group : groups.body.as_array())
            if (text_or(group, "category") == category)
                return std::string(text_or(group.at("accountDetails").at(0), "connectorID"));
        return {};
    }
    std::size_t skills_named(const std::string& name) {
        std::string query;
        for (const char c : name) query += c == ' ' ? std::string("%20") : std::string(1, c);
        return owner().get(in_project("/skills/?name=" + query)).body.as_array().size();
    }
};

/// Who may do what: nobody, a key that may only look, another organization, the owner.
TEST_F(Connectors, every_operation_knows_who_asks) {
    using enum http::Method;
    const std::string id = connector_of("tables");
    const Reply skills = owner().get(in_project("/skills"));
    const std::string skill(text_or(skills.body.at(0), "_id"));
    struct Case {
        http::Method method;
        std::string path;
        std::string body;
        int viewer;
        int owner;
    };
    const std::string in = "?projectID=" + project_;
    const Case cases[] = {
        {post, "/skills/" + in, R"({"name":"Mine"})", 403, 200},
        {get, "/skills/category?category=tables&projectId=" + project_, "", 200, 200},
        {get, "/skills/" + skill, "", 200, 200},
        {post, "/actions/files/config" + in, R"({"name":"Guarded"})", 403, 200},
        {get, "/actions/tables/config/" + id, "", 200, 200},
        {get, "/actions/tables/config/" + project_, "", 200, 200},
        {get, "/connectors/" + project_, "", 200, 200},
        {get, "/connectors/" + in, "", 200, 200},
        {get, "/connector/" + id, "", 200, 200},
        {get, "/v1/connector/" + id, "", 200, 200},
        {post, "/connectors/change_status" + in,
         R"({"connectorID":")" + id + R"(","new_status":"active"})", 403, 200},
    };
    for (const Case& each : cases) {
        EXPECT_EQ(nobody_->send(each.method, each.path, each.body).status, 401) << each.path;
        const Reply foreign = stranger_->send(each.method, each.path, each.body);
        EXPECT_EQ(foreign.status, 404) << each.path << foreign.text;
        EXPECT_EQ(foreign.text.find("Tables"), std::string::npos) << each.path;
        EXPECT_EQ(viewer_->send(each.method, each.path, each.body).status, each.viewer)
            << each.path;
        EXPECT_EQ(owner().send(each.method, each.path, each.body).status, each.owner) << each.path;
    }
    for (const char* path : {"/connector/", "/v1/connector/"}) {
        EXPECT_EQ(nobody_->send(delete_, path + id, "").status, 401);
        EXPECT_EQ(stranger_->send(delete_, path + id, "").status, 404);
        EXPECT_EQ(viewer_->send(delete_, path + id, "").status, 403);
    }
    EXPECT_EQ(nobody_->get("/public/connectors/all").status, 401);
}

TEST_F(Connectors, a_new_project_has_the_own_connectors_with_their_skills) {
    const Reply groups = owner().get("/connectors/" + project_);
    EXPECT_EQ(groups.text, owner().get("/connectors/?projectID=" + project_).text);
    for (const char* category : {"tables", "files"}) {
        const std::string id = connector_of(category);
        ASSERT_FALSE(id.empty()) << category << groups.text;
        const Reply one = owner().get("/connector/" + id);
        EXPECT_EQ(one.at("status"), "active");
        EXPECT_EQ(owner().get("/v1/connector/" + id).text, one.text);
        const Reply skills =
            owner().get("/skills/category?projectId=" + project_ + "&category=" + category);
        EXPECT_FALSE(skills.body.as_array().empty());
        for (const json::value& skill : skills.body.as_array())
            EXPECT_EQ(text_or(skill.at("actions").at(0), "category"), category);
    }
    EXPECT_EQ(text_or(groups.body.at(0).at("accountDetails").at(0), "status"), "ready");
    EXPECT_EQ(int_or(groups.body.at(0), "accounts", 0), 1);
}

TEST_F(Connectors, the_catalogue_says_what_there_is) {
    const Reply all = owner().get("/public/connectors/all");
    const auto count = all.body.at("connectors").as_array().size();
    EXPECT_GE(count, 2U);
    const Reply some = owner().get("/public/connectors/all?search_key=COUNT%20records");
    ASSERT_EQ(some.body.at("connectors").as_array().size(), 1U) << some.text;
    EXPECT_EQ(text_or(some.body.at("connectors").at(0), "category"), "tables");
    EXPECT_EQ(code_of(owner().post(in_project("/actions/telepathy/config"), json::object{})),
              "404 not_found");
}

TEST_F(Connectors, configuring_again_changes_the_same_connector_and_keeps_its_skills) {
    const Reply made = configure("files", {{"name", "Archive"}, {"description", "Old ones"}});
    EXPECT_EQ(made.at("status"), "active");
    const Reply skill = owner().get(in_project("/skills/?name=Archive%20-%20Read%20a%20file"));
    ASSERT_EQ(skill.body.as_array().size(), 1U) << skill.text;
    const Reply again = configure("files", {{"name", "Archive"}, {"enabled", false}});
    EXPECT_EQ(again.at("_id"), made.at("_id"));
    EXPECT_EQ(again.at("description"), "Old ones");
    EXPECT_EQ(again.at("status"), "inactive");
    EXPECT_EQ(owner().get(in_project("/skills/?name=Archive%20-%20Read%20a%20file")).text,
              skill.text);
    const Reply state = owner().get("/actions/files/config/" + made.at("_id"));
    EXPECT_TRUE(bool_or(state.body, "configured"));
    EXPECT_EQ(code_of(owner().get("/actions/tables/config/" + made.at("_id"))), "404 not_found");
    EXPECT_EQ(code_of(owner().post(in_project("/actions/files/config"),
                                   {{"name", std::string(300, 'x')}})),
              "422 invalid");
}

TEST_F(Connectors, status_changes_between_active_and_inactive) {
    const std::string id = configure("files", {{"name", "Switch"}}).at("_id");
    auto change = [&](const std::string& status) {
        return owner().post("/connectors/change_status", {{"projectID", project_},
                                                          {"connectorID", id},
                                                          {"new_status", status},
                                                          {"data_loader_config", {{"a", 1}}}});
    };
    EXPECT_EQ(change("inactive").at("status"), "inactive");
    EXPECT_EQ(change("ready").at("status"), "active");
    EXPECT_EQ(code_of(change("broken")), "422 invalid");
    EXPECT_EQ(
        code_of(owner().post(in_project("/connectors/change_status"),
                             {{"connectorID", std::string(24, 'f')}, {"new_status", "active"}})),
        "404 not_found");
}

TEST_F(Connectors, a_deleted_connector_takes_its_skills_along) {
    const std::string id = configure("files", {{"name", "Gone"}}).at("_id");
    EXPECT_EQ(skills_named("Gone - Read a file"), 1U);
    const Reply gone = owner().send(http::Method::delete_, "/connector/" + id, "");
    EXPECT_EQ(gone.status, 200);
    EXPECT_EQ(skills_named("Gone - Read a file"), 0U);
    EXPECT_EQ(code_of(owner().get("/connector/" + id)), "404 not_found");
    EXPECT_EQ(owner().send(http::Method::delete_, "/connector/" + id, "").status, 404);
}

TEST_F(Connectors, a_skill_is_made_of_a_connectors_actions) {
    auto make = [&](const json::object& skill) {
        return owner().post(in_project("/skills/"), skill);
    };
    const std::string id = connector_of("tables");
    const Reply whole = make({{"name", "All of it"}, {"connector_id", id}, {"user_id", "u1"}});
    EXPECT_EQ(whole.body.at("actions").as_array().size(), 3U) << whole.text;
    EXPECT_EQ(whole.at("user_id"), "u1");
    EXPECT_EQ(owner().get("/skills/" + whole.at("_id")).text, whole.text);
    const Reply fixed = make({{"name", "Only mine"},
                              {"connector_name", "Tables"},
                              {"actions", json::array{{{"category", "tables"},
                                                       {"sort", "count_records"},
                                                       {"preset", {{"table", "mine"}}}}}}});
    EXPECT_EQ(text_or(fixed.body.at("actions").at(0).at("preset"), "table"), "mine") << fixed.text;
    EXPECT_EQ(make({{"name", "Bare"}, {"connector_name", ""}}).body.at("actions"), json::array{});
    struct Case {
        json::object skill;
        std::string field;
    };
    const Case cases[] = {
        {{{"connector_id", id}}, "name"},
        {{{"name", "x"}, {"connector_id", std::string(24, 'f')}}, "connector_id"},
        {{{"name", "x"}, {"connector_name", "nobody"}}, "connector_name"},
        {{{"name", "x"},
          {"connector_id", id},
          {"actions", json::array{{{"category", "tables"}, {"sort", "drop"}}}}},
         "actions.0"},
        {{{"name", "x"},
          {"connector_id", id},
          {"actions",
           json::array{
               {{"category", "tables"}, {"sort", "count_records"}, {"preset", {{"table", 7}}}}}}},
         "actions.0.preset.table"},
    };
    for (const Case& each : cases) {
        const Reply refused = make(each.skill);
        EXPECT_EQ(code_of(refused), "422 invalid") << refused.text;
        EXPECT_EQ(text_or(refused.body.at("errors").at(0), "field"), each.field) << refused.text;
    }
}

} // namespace weft
