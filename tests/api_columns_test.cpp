// Tables and their columns through the public API.
#include "api_world.h"

namespace weft {

class ApiColumns : public Api {
protected:
    void SetUp() override {
        const json::array columns{{{"column_name", "Name"}},
                                  {{"column_name", "Age"}, {"column_type", "Number"}}};
        table_ =
            owner()
                .post(in_project("/create/table"),
                      {{"table_name", fmt::format("people {}", ++tables_)}, {"columns", columns}})
                .at("_id");
        base_ = "/storage/" + project_ + "/" + table_;
    }
    Reply send(http::Method method, const std::string& path, const json::value& body) {
        return owner().send(method, path, to_text(body));
    }
    Reply add(const json::value& columns, const std::string& query = "") {
        return owner().post("/column" + base_ + query, columns);
    }
    /// "name:Name:String age:Age:Number"
    std::string columns() {
        std::string all;
        const Reply reply = owner().get("/column" + base_);
        for (const json::value& each : reply.body.as_array())
            all += fmt::format("{}{}:{}:{}", all.empty() ? "" : " ", text_or(each, "column_id"),
                               text_or(each, "column_name"), text_or(each, "column_type"));
        return all;
    }
    json::value record(const std::string& id) { return owner().get(base_ + "/" + id).body; }

    static inline int tables_ = 0;
    std::string table_;
    std::string base_;
};

TEST_F(ApiColumns, who_may_do_what) {
    const std::string by_project = "/edit/columns/" + project_;
    const std::string by_table = "/edit/columns/" + table_;
    struct Case {
        http::Method method;
        std::string path;
        std::string body;
        int viewer;
    };
    using enum http::Method;
    const std::string in = R"({"table_id":")" + table_ + R"(",)";
    const Case cases[] = {
        {get, "/column" + base_, "", 200},
        {get, "/table/view/" + table_, "", 200},
        {post, "/storage?projectID=" + project_, "", 403},
        {post, "/column" + base_, R"([{"column_name":"secret"}])", 403},
        {put, by_project, in + R"("column_id":"secret","column_name":"S"})", 403},
        {patch, by_table, R"({"column_id":"secret","column_type":"Number"})", 403},
        {post, by_table, R"({"column_id":"secret","column_type":"String"})", 403},
        {delete_, "/delete/column/" + project_, in + R"("column_id":"secret"})", 403},
        {put, "/table/rename/" + project_, in + R"("table_name":"secret table"})", 403},
        {post, "/table/rename/" + project_, in + R"("newName":"secret table 2"})", 403},
    };
    for (const Case& each : cases) {
        const std::string what = std::string(to_text(each.method)) + " " + each.path;
        EXPECT_EQ(nobody_->send(each.method, each.path, each.body).status, 401) << what;
        EXPECT_EQ(viewer_->send(each.method, each.path, each.body).status, each.viewer) << what;
        const Reply foreign = stranger_->send(each.method, each.path, each.body);
        EXPECT_EQ(foreign.status, 404) << what;
        EXPECT_EQ(foreign.text.find("secret"), std::string::npos) << what;
        const Reply done = owner().send(each.method, each.path, each.body);
        EXPECT_EQ(done.status, 200) << what << done.text;
    }
}

TEST_F(ApiColumns, are_added_behind_the_others) {
    EXPECT_EQ(columns(), "name:Name:String age:Age:Number");
    const Reply added = add(
        json::array{{{"column_name", "City"}}, {{"column_name", "Born"}, {"column_type", "date"}}});
    EXPECT_EQ(added.body.as_array().size(), 4U) << added.text;
    EXPECT_EQ(columns(), "name:Name:String age:Age:Number city:City:String born:Born:Date");
    const json::array again{{{"column_name", "City"}}, {{"column_name", "Zip"}}};
    EXPECT_EQ(code_of(add(again)), "409 conflict");
    EXPECT_EQ(add(again, "?ignore_existing_columns=true").body.as_array().size(), 5U);
    const Reply wrong =
        add(json::array{{{"column_name", "ok"}}, {{"column_name", "x"}, {"column_type", "Blob"}}});
    EXPECT_EQ(text_or(wrong.body.at("errors").at(0), "field"), "1.column_type") << wrong.text;
    EXPECT_EQ(code_of(add(json::array{{{"column_name", "twice"}}, {{"column_name", "twice"}}})),
              "422 invalid");
}

TEST_F(ApiColumns, a_renamed_one_keeps_its_id_and_its_values) {
    const std::string id = owner().post(base_, {{"name", "Ann"}, {"age", 7}}).at("_id");
    const Reply renamed =
        send(http::Method::put, "/edit/columns/" + project_,
             {{"table_id", table_}, {"column_id", "age"}, {"column_name", "Years"}});
    ASSERT_EQ(renamed.status, 200) << renamed.text;
    EXPECT_EQ(columns(), "name:Name:String age:Years:Number");
    EXPECT_EQ(int_or(record(id), "age"), 7);
    EXPECT_EQ(code_of(send(http::Method::put, "/edit/columns/" + project_,
                           {{"table_id", table_}, {"column_id", "age"}, {"column_name", "Name"}})),
              "409 conflict");
    EXPECT_EQ(code_of(send(http::Method::put, "/edit/columns/" + project_,
                           {{"table_id", table_}, {"column_id", "x"}, {"column_name", "X"}})),
              "404 not_found");
}

TEST_F(ApiColumns, a_type_changes_only_when_every_value_fits) {
    const std::string path = "/edit/columns/" + table_;
    json::array many;
    for (int i = 0; i < 1'000; ++i) many.push_back({{"name", std::to_string(i)}, {"age", i}});
    owner().post(base_, many);
    const std::string odd = owner().post(base_, {{"name", "odd"}}).at("_id");
    const Reply refused =
        send(http::Method::patch, path,
             {{"column_id", "name"}, {"column_type", "Enum"}, {"enum_options", json::array{"a"}}});
    EXPECT_EQ(code_of(refused), "409 conflict");
    EXPECT_NE(refused.at("detail").find("record "), std::string::npos) << refused.text;
    const Reply number =
        send(http::Method::post, path, {{"column_id", "name"}, {"column_type", "Number"}});
    EXPECT_EQ(code_of(number), "409 conflict");
    EXPECT_EQ(columns(), "name:Name:String age:Age:Number");
    // Without a value of another type it may.
    const Reply date =
        send(http::Method::patch, path, {{"column_id", "age"}, {"column_type", "Date"}});
    ASSERT_EQ(date.status, 200) << date.text;
    EXPECT_EQ(columns(), "name:Name:String age:Age:Date");
    EXPECT_EQ(owner().post(base_, {{"age", "2026-01-01"}}).status, 200);
    EXPECT_EQ(code_of(owner().post(base_, {{"age", true}})), "422 invalid");
    const Reply back =
        send(http::Method::patch, path, {{"column_id", "age"}, {"column_type", "Number"}});
    EXPECT_EQ(code_of(back), "409 conflict") << back.text;
    EXPECT_EQ(send(http::Method::patch, path,
                   {{"column_id", "name"}, {"default_value", "nobody"}, {"column_name", "Who"}})
                  .status,
              200);
    EXPECT_EQ(owner().post(base_, json::object()).at("name"), "nobody");
    EXPECT_EQ(
        code_of(send(http::Method::patch, path, {{"column_id", "name"}, {"default_value", 7}})),
        "422 invalid");
}

TEST_F(ApiColumns, a_deleted_one_takes_its_values_along) {
    json::array many(500, json::object{{"name", "n"}, {"age", 3}});
    owner().post(base_, many);
    const std::string id = owner().post(base_, {{"name", "Ann"}, {"age", 7}}).at("_id");
    const Reply deleted = send(http::Method::delete_, "/delete/column/" + project_,
                               {{"table_id", table_}, {"column_id", "age"}});
    ASSERT_EQ(deleted.status, 200) << deleted.text;
    EXPECT_EQ(columns(), "name:Name:String");
    EXPECT_FALSE(record(id).as_object().contains("age"));
    EXPECT_EQ(owner().get(base_ + "?page_size=500").text.find("\"age\""), std::string::npos);
    EXPECT_EQ(code_of(owner().post(base_, {{"age", 1}})), "422 invalid");
    // A new column of that id has none of the old values.
    EXPECT_EQ(add(json::array{{{"column_name", "Age"}, {"column_type", "Number"}}}).status, 200);
    EXPECT_FALSE(record(id).as_object().contains("age"));
    EXPECT_EQ(owner()
                  .get(base_ + "?filters=" + http::percent_encode(R"({"age":{"exists":true}})"))
                  .body.at("total_count"),
              0);
    EXPECT_EQ(add(json::array{{{"column_name", "only here"}}}).status, 200);
    for (const json::value& body :
         {json::value{{"columnId", "only_here"}}, // no other table has such a column
          json::value{{"table_id", table_}, {"columnId", "age"}}})
        EXPECT_EQ(send(http::Method::delete_, "/delete/column/" + project_, body).status, 200);
    EXPECT_EQ(code_of(send(http::Method::delete_, "/delete/column/" + project_,
                           {{"table_id", table_}, {"column_id", "age"}})),
              "404 not_found");
    EXPECT_EQ(code_of(send(http::Method::delete_, "/delete/column/" + project_, {{"x", 1}})),
              "422 invalid");
}

TEST_F(ApiColumns, tables_are_viewed_and_renamed) {
    const Reply seen = owner().get("/table/view/" + table_);
    EXPECT_EQ(seen.body.at("columns").as_array().size(), 2U) << seen.text;
    EXPECT_EQ(seen.at("_id"), table_);
    const std::string rename = "/table/rename/" + project_;
    const Reply renamed = send(http::Method::put, rename,
                               {{"table_id", table_},
                                {"table_name", "folk"},
                                {"triggers", json::array{json::object{{"name", "t"}}}}});
    ASSERT_EQ(renamed.status, 200) << renamed.text;
    EXPECT_EQ(renamed.at("table_name"), "folk");
    EXPECT_EQ(renamed.body.at("triggers").as_array().size(), 1U);
    const Reply again =
        send(http::Method::post, rename, {{"tableId", table_}, {"newName", "folk & kin"}});
    EXPECT_EQ(again.at("table_name"), "folk & kin") << again.text;
    EXPECT_EQ(again.body.at("triggers").as_array().size(), 1U);
    EXPECT_EQ(owner().get("/storage/" + project_ + "/folk%20%26%20kin").status, 200);
    EXPECT_EQ(owner().get("/storage/" + project_ + "/folk").status, 404);
    owner().post(in_project("/create/table"), {{"table_name", "taken"}});
    EXPECT_EQ(
        code_of(send(http::Method::put, rename, {{"table_id", table_}, {"table_name", "taken"}})),
        "409 conflict");
    EXPECT_EQ(code_of(send(http::Method::put, rename, {{"table_id", table_}})), "422 invalid");
    EXPECT_EQ(code_of(send(http::Method::put, rename, {{"table_name", "x"}})), "422 invalid");
    EXPECT_EQ(owner().post(in_project("/storage")).at("status"), "ready");
}

TEST_F(ApiColumns, headers_find_their_columns) {
    const json::value body{
        {"column_names", json::array{{{"column_name", "First name"}, {"column_id", "first_name"}},
                                     {{"column_name", "E-mail"}, {"column_id", "email"}}}},
        {"csv_headers", json::array{"EMAIL", "first name", "colour"}}};
    const Reply mapped = owner().post("/table/column_mapper", body);
    ASSERT_EQ(mapped.status, 200) << mapped.text;
    const json::value& mapping = mapped.body.at("mapping");
    EXPECT_EQ(text_or(mapping.at(0), "column_id"), "email");
    EXPECT_EQ(text_or(mapping.at(1), "column_id"), "first_name");
    EXPECT_TRUE(mapping.at(2).at("column_id").is_null());
    EXPECT_EQ(code_of(owner().post("/table/column_mapper", {{"csv_headers", json::array{}}})),
              "422 invalid");
}

} // namespace weft
