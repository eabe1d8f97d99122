// Projects through the public API.
#include "api_world.h"

namespace weft {

class ApiProjects : public Api {
protected:
    std::string organization() {
        const Reply all = owner().get("/v1/project/all");
        return std::string(text_or(all.body.at("projectList").at(0), "orgId"));
    }
    Reply make(const std::string& name, json::object more = {}) {
        more["orgId"] = organization();
        more["projectName"] = name;
        return owner().post("/v1/project", more);
    }
    Reply change(TestClient& client, const std::string& project, const json::value& changes) {
        return client.send(http::Method::put, "/v1/project?projectId=" + project, to_text(changes));
    }
};

TEST_F(ApiProjects, who_may_do_what) {
    const Reply mine = make("secret plans");
    const std::string id = mine.at("_id");
    const std::string one = "/v1/project/" + id;
    const std::string changed = "/v1/project?projectId=" + id;
    const std::string new_one =
        to_text(json::object{{"orgId", mine.at("orgId")}, {"projectName", "of whom"}});
    struct Case {
        http::Method method;
        std::string path;
        std::string body;
        int nobody, viewer, stranger, owner;
    };
    using enum http::Method;
    const Case cases[] = {
        {post, "/v1/project", new_one, 401, 403, 404, 200},
        {get, "/v1/project?orgId=" + mine.at("orgId"), "", 401, 200, 404, 200},
        {get, "/v1/project/all?orgId=" + mine.at("orgId"), "", 401, 200, 404, 200},
        {get, one, "", 401, 200, 404, 200},
        {get, "/project/projectName/secret%20plans", "", 401, 200, 404, 200},
        {put, changed, R"({"description":"d"})", 401, 403, 404, 200},
        {delete_, one, "", 401, 403, 404, 200},
        {get, one, "", 401, 404, 404, 404},
        {get, "/project/projectName/secret%20plans", "", 401, 404, 404, 404},
        {put, changed, R"({"description":"d"})", 401, 404, 404, 404},
        {delete_, one, "", 401, 404, 404, 404},
    };
    for (const Case& each : cases) {
        const auto send = [&](TestClient& client) {
            return client.send(each.method, each.path, each.body);
        };
        const std::string what = std::string(to_text(each.method)) + " " + each.path;
        EXPECT_EQ(send(*nobody_).status, each.nobody) << what;
        EXPECT_EQ(send(*viewer_).status, each.viewer) << what;
        const Reply foreign = send(*stranger_);
        EXPECT_EQ(foreign.status, each.stranger) << what << foreign.text;
        EXPECT_EQ(foreign.text.find("secret"), std::string::npos) << what;
        const Reply done = send(owner());
        EXPECT_EQ(done.status, each.owner) << what << done.text;
    }
    EXPECT_EQ(stranger_->get("/v1/project/all").text.find("My first project"), std::string::npos);
}

TEST_F(ApiProjects, is_made_with_its_connectors_and_shown_as_documented) {
    const Reply made =
        make("Änderungen / 2026",
             {{"description", "d"}, {"coworker_role", "Digest writer"}, {"something_else", 1}});
    ASSERT_EQ(made.status, 200) << made.text;
    std::vector<std::string> names;
    for (const auto& [name, value] : made.body.as_object()) names.emplace_back(name);
    EXPECT_EQ(names,
              (std::vector<std::string>{"_id", "projectName", "description", "orgId",
                                        "coworkerRole", "status", "createdAt", "updatedAt"}));
    EXPECT_EQ(made.at("coworkerRole"), "Digest writer");
    EXPECT_EQ(made.at("status"), "published");
    json::object shown = made.body.as_object();
    shown["my_role"] = "owner";
    EXPECT_EQ(owner().get("/v1/project/" + made.at("_id")).body, shown);
    EXPECT_EQ(owner().get("/project/projectName/%C3%84nderungen%20%2F%202026").text, made.text);
    const auto skills = [&](const std::string& project) {
        return owner().get("/skills/?projectID=" + project).body.as_array().size();
    };
    EXPECT_EQ(skills(made.at("_id")), skills(project_));
    EXPECT_GT(skills(project_), 0U);
    EXPECT_EQ(code_of(make("Änderungen / 2026")), "409 conflict");
    EXPECT_EQ(code_of(make("")), "422 invalid");
    EXPECT_EQ(code_of(make(" \t")), "422 invalid");
    EXPECT_EQ(code_of(make("a\nb")), "422 invalid");
}

TEST_F(ApiProjects, lists_page_and_filter) {
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(make(fmt::format("page {}", i), {{"status", "paged"}}).status, 200);
    std::vector<std::string> seen;
    for (int page = 1; page <= 4; ++page) {
        const Reply reply =
            owner().get(fmt::format("/v1/project?status=paged&limit=2&page={}&userId=me", page));
        EXPECT_EQ(int_or(reply.body, "totalCount"), 5);
        for (const json::value& each : reply.body.at("projectList").as_array())
            seen.emplace_back(text_or(each, "projectName"));
    }
    EXPECT_EQ(seen, (std::vector<std::string>{"page 0", "page 1", "page 2", "page 3", "page 4"}));
    EXPECT_EQ(int_or(owner().get("/v1/project?status=unheard-of").body, "totalCount"), 0);
    const Reply all = owner().get("/v1/project/all?userId=somebody");
    EXPECT_EQ(int_or(all.body, "totalCount"),
              static_cast<std::int64_t>(all.body.at("projectList").as_array().size()));
}

TEST_F(ApiProjects, an_update_changes_just_what_it_names) {
    const Reply made = make("before", {{"description", "kept"}});
    const std::string id = made.at("_id");
    const Reply renamed = change(owner(), id, {{"projectName", "after"}, {"_id", "x"}});
    ASSERT_EQ(renamed.status, 200) << renamed.text;
    EXPECT_EQ(renamed.at("projectName"), "after");
    EXPECT_EQ(renamed.at("description"), "kept");
    EXPECT_EQ(renamed.at("createdAt"), made.at("createdAt"));
    EXPECT_GT(renamed.at("updatedAt"), made.at("updatedAt"));
    const Reply rest = change(owner(), id,
                              {{"orgId", made.at("orgId")},
                               {"description", nullptr},
                               {"coworker_role", "r"},
                               {"status", "draft"}});
    EXPECT_EQ(rest.at("description"), "");
    EXPECT_EQ(rest.at("coworkerRole"), "r");
    EXPECT_EQ(rest.at("status"), "draft");
    EXPECT_EQ(rest.at("projectName"), "after");
    make("taken");
    EXPECT_EQ(code_of(change(owner(), id, {{"projectName", "taken"}})), "409 conflict");
    EXPECT_EQ(code_of(change(owner(), id, {{"orgId", std::string(24, 'a')}})), "404 not_found");
    EXPECT_EQ(code_of(change(owner(), id, {{"orgId", 7}})), "422 invalid");
    EXPECT_EQ(code_of(change(owner(), id, {{"projectName", 7}})), "422 invalid");
    EXPECT_EQ(code_of(change(owner(), "", {{"projectName", "x"}})), "422 invalid");
}

TEST_F(ApiProjects, a_deletion_that_is_repeated_by_its_key_is_answered_again) {
    const std::string path = "/v1/project/" + make("gone").at("_id");
    http::Headers once;
    once.set("idempotency-key", "delete it once");
    const Reply first = owner().send(http::Method::delete_, path, "", once);
    ASSERT_EQ(first.status, 200) << first.text;
    const Reply again = owner().send(http::Method::delete_, path, "", once);
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(again.text, first.text);
    EXPECT_TRUE(again.headers.find("idempotent-replayed"));
    EXPECT_EQ(code_of(owner().send(http::Method::delete_, path)), "404 not_found");
}

} // namespace weft
