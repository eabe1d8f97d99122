// Records through the public API: changed, deleted, many at once, searched, counted, exported.
#include "api_world.h"

namespace weft {

class ApiRecords : public Api {
protected:
    void SetUp() override {
        name_ = fmt::format("records {}", ++tables_);
        const json::array columns{{{"column_name", "name"}},
                                  {{"column_name", "size"}, {"column_type", "Number"}},
                                  {{"column_name", "due"}, {"column_type", "Date"}}};
        table_ =
            owner()
                .post(in_project("/create/table"), {{"table_name", name_}, {"columns", columns}})
                .at("_id");
        base_ = "/storage/" + project_ + "/" + table_;
    }
    std::string insert(const json::value& record) { return owner().post(base_, record).at("_id"); }
    Reply send(http::Method method, const std::string& path, const json::value& body = nullptr) {
        return owner().send(method, path, body.is_null() ? "" : to_text(body));
    }
    /// Names of the records that a query selects, and its total.
    std::string found(const std::string& query) {
        const Reply reply = owner().get(base_ + "?" + query);
        if (reply.status != 200) return code_of(reply) + " " + reply.at("detail");
        std::string names;
        for (const json::value& each : reply.body.at("records").as_array())
            names += std::string(text_or(each, "name")) + " ";
        return names + "of " + std::to_string(int_or(reply.body, "total_count"));
    }

    static inline int tables_ = 0;
    std::string name_;
    std::string table_;
    std::string base_;
};

TEST_F(ApiRecords, who_may_do_what) {
    const std::string id = insert({{"name", "secret"}});
    const std::string one = base_ + "/" + id;
    const std::string bulk = "/bulk" + base_;
    const std::string ids = R"({"storage_ids":[")" + id + R"("]})";
    struct Case {
        http::Method method;
        std::string path;
        std::string body;
        int viewer;
    };
    using enum http::Method;
    const Case cases[] = {
        {get, one, "", 200},
        {get, base_ + "?query=secret", "", 200},
        {post, "/table/fieldcount/" + project_ + "/" + table_, R"([{"field":"name"}])", 200},
        {get, "/table_data/storage/" + table_ + "/export", "", 200},
        {put, one, R"({"name":"secret 2"})", 403},
        {patch, one, R"({"name":"secret 3"})", 403},
        {put, bulk, R"({"records":{"size":1},"record_ids":)" + ids + "}", 403},
        {post, bulk, R"({"records":[{"name":"secret"}]})", 403},
        {delete_, base_, ids, 403},
    };
    for (const Case& each : cases) {
        const std::string what = std::string(to_text(each.method)) + " " + each.path;
        EXPECT_EQ(nobody_->send(each.method, each.path, each.body).status, 401) << what;
        EXPECT_EQ(viewer_->send(each.method, each.path, each.body).status, each.viewer) << what;
        const Reply foreign = stranger_->send(each.method, each.path, each.body);
        EXPECT_EQ(foreign.status, 404) << what;
        EXPECT_EQ(foreign.text.find("secret"), std::string::npos) << what;
        EXPECT_EQ(owner().send(each.method, each.path, each.body).status, 200) << what;
    }
    EXPECT_EQ(viewer_->send(delete_, one).status, 403);
    EXPECT_EQ(owner().send(delete_, one).status, 404); // it went with the last case
}

TEST_F(ApiRecords, one_is_changed_by_its_columns_and_deleted) {
    const Reply made = owner().post(base_, {{"name", "one"}, {"size", 1}});
    const std::string path = "/storage/" + project_ + "/" + name_.replace(7, 1, "%20") + "/" +
                             made.at("_id"); // by the table's name
    for (const http::Method method : {http::Method::put, http::Method::patch}) {
        const Reply changed =
            send(method, path, {{"_id", std::string(24, 'a')}, {"size", 2}, {"created_at", 7}});
        ASSERT_EQ(changed.status, 200) << changed.text;
        EXPECT_EQ(changed.at("_id"), made.at("_id"));
        EXPECT_EQ(changed.at("name"), "one");
        EXPECT_EQ(int_or(changed.body, "size"), 2);
        EXPECT_EQ(changed.body.at("created_at"), made.body.at("created_at"));
        EXPECT_GE(double_or(changed.body, "updated_at"), double_or(made.body, "updated_at"));
        EXPECT_EQ(owner().get(path).text, changed.text);
    }
    EXPECT_TRUE(send(http::Method::put, path, {{"name", nullptr}}).body.at("name").is_null());
    const Reply refused = send(http::Method::put, path, {{"size", "big"}, {"colour", 1}});
    EXPECT_EQ(code_of(refused), "422 invalid");
    EXPECT_EQ(refused.body.at("errors").as_array().size(), 2U) << refused.text;
    EXPECT_EQ(int_or(owner().get(path).body, "size"), 2);
    EXPECT_EQ(int_or(send(http::Method::delete_, path).body, "deleted_count"), 1);
    for (const http::Method method :
         {http::Method::get, http::Method::put, http::Method::patch, http::Method::delete_})
        EXPECT_EQ(send(method, path, {{"size", 1}}).status, 404);
}

TEST_F(ApiRecords, many_are_changed_upserted_and_deleted_all_or_none) {
    json::array ids;
    for (int i = 0; i < 5; ++i) ids.push_back(json::value(insert({{"name", "n"}, {"size", i}})));
    const std::string bulk = "/bulk" + base_;
    const auto change = [&](const json::value& records, json::array which) {
        return send(http::Method::put, bulk,
                    {{"records", records}, {"record_ids", {{"storage_ids", std::move(which)}}}});
    };
    const Reply changed = change({{"name", "m"}}, ids);
    ASSERT_EQ(changed.body.as_array().size(), 5U) << changed.text;
    EXPECT_EQ(text_or(changed.body.at(4), "name"), "m");
    EXPECT_EQ(int_or(changed.body.at(4), "size"), 4);

    json::array one_gone = ids;
    one_gone.push_back(json::value(std::string(24, 'f')));
    const Reply refused = change({{"name", "x"}}, one_gone);
    EXPECT_EQ(code_of(refused), "422 invalid");
    EXPECT_EQ(text_or(refused.body.at("errors").at(0), "field"), "record_ids.storage_ids.5");
    EXPECT_EQ(code_of(change({{"size", "x"}}, ids)), "422 invalid");
    EXPECT_EQ(found(""), "m m m m m of 5");

    const std::string own = "0123456789abcdef01234567";
    const json::array mixed{
        {{"_id", ids[0]}, {"name", "first"}}, {{"name", "new"}}, {{"_id", own}, {"name", "mine"}}};
    const Reply upserted = send(http::Method::post, bulk, {{"records", mixed}});
    ASSERT_EQ(upserted.body.as_array().size(), 3U) << upserted.text;
    EXPECT_EQ(upserted.body.at(0).at("_id"), ids[0]);
    EXPECT_EQ(int_or(upserted.body.at(0), "size"), 0); // the other columns stayed
    EXPECT_EQ(text_or(upserted.body.at(2), "_id"), own);
    EXPECT_EQ(found(""), "first m m m m new mine of 7");
    const json::array again{{{"_id", own}, {"name", "again"}}};
    send(http::Method::post, bulk, {{"records", again}});
    EXPECT_EQ(found(""), "first m m m m new again of 7");
    const json::array wrong{{{"name", "fine"}}, {{"name", 7}}, {{"_id", "x"}}};
    const Reply none = send(http::Method::post, bulk, {{"records", wrong}});
    EXPECT_EQ(text_or(none.body.at("errors").at(0), "field"), "records.1.name") << none.text;
    EXPECT_EQ(text_or(none.body.at("errors").at(1), "field"), "records.2._id") << none.text;
    EXPECT_EQ(found(""), "first m m m m new again of 7");

    ids.push_back(json::value(own));
    ids.push_back(json::value(std::string(24, 'e')));
    const Reply deleted = send(http::Method::delete_, base_, {{"storage_ids", ids}});
    EXPECT_EQ(int_or(deleted.body, "deleted_count"), 6) << deleted.text;
    EXPECT_EQ(found(""), "new of 1");
    EXPECT_EQ(code_of(send(http::Method::delete_, base_)), "422 invalid");
}

TEST_F(ApiRecords, are_searched_filtered_and_paged) {
    const json::array all{{{"name", "Apple"}, {"size", 3}, {"due", "2026-01-01"}},
                          {{"name", "apricot"}, {"size", 1}, {"due", "2026-02-01T00:00:00Z"}},
                          {{"name", "Banana"}, {"size", 2}},
                          {{"name", "Cherry"}}};
    ASSERT_EQ(owner().post(base_, all).status, 200);
    struct Case {
        std::string query;
        std::string found;
    };
    const auto search = [](const char* json) {
        return "search_filters=" + http::percent_encode(json);
    };
    const auto filters = [](const char* json) { return "filters=" + http::percent_encode(json); };
    const Case cases[] = {
        {"query=AP", "Apple apricot of 2"},
        {"query=an%20ban", "Banana of 1"},
        {filters(R"({"size":2})"), "Banana of 1"},
        {filters(R"({"size":[1,3]})"), "Apple apricot of 2"},
        {filters(R"({"size":{"$gte":2}})") + "&sort_key=size", "Banana Apple of 2"},
        {search(R"([{"field":"size","operator":"exists","value":false}])"), "Cherry of 1"},
        {search(R"([{"field":"due","operator":"lt","value":"2026-01-15"}])"), "Apple of 1"},
        {search(R"([{"field":"name","operator":"contains","value":"AN"},
                    {"field":"size","operator":"gt","value":5}])"),
         "of 0"},
        {filters("{}") + "&search_filters=[]&query=", "Apple apricot Banana Cherry of 4"},
        {"query=a&page=2&page_size=2", "Banana of 3"},
        {"query=a&page=9&page_size=2", "of 3"},
        {"query=a&sort=-1&page_size=1", "Banana of 3"},
        {"query=a&sort_key=name&sort=-1", "apricot Banana Apple of 3"},
        {"query=a&sort_key=due", "Apple apricot Banana of 3"},
        {"query=a&sort_key=updated_at", "Apple apricot Banana of 3"},
        {filters("[]"), "422 invalid filters: Must be a JSON object."},
        {filters("{"), "422 invalid filters: Must be JSON."},
        {search("{}"), "422 invalid search_filters: Must be a JSON array."},
        {search(R"([{"field":"colour","value":1}])"),
         "422 invalid search_filters.0.field: is not a column of this table: colour"},
        {search(R"([{"field":"size","operator":"near","value":1}])"),
         "422 invalid search_filters.0.operator: must be one of"},
    };
    for (const Case& each : cases) {
        const std::string answer = found(each.query);
        EXPECT_TRUE(answer.starts_with(each.found)) << each.query << ": " << answer;
    }
}

TEST_F(ApiRecords, fields_are_counted_by_the_same_comparisons) {
    owner().post(
        base_,
        json::array{{{"name", "a"}, {"size", 1}}, {{"name", "b"}, {"size", 2}}, {{"name", "ab"}}});
    const std::string path = "/table/fieldcount/" + project_ + "/" + table_;
    const Reply counted = owner().post(
        path, json::array{{{"field", "name"}, {"op", "contains"}, {"value", "b"}},
                          {{"field", "size"}, {"op", "gt"}, {"value", 1}, {"label", "kept"}},
                          {{"field", "size"}, {"op", "exists"}, {"value", false}}});
    ASSERT_EQ(counted.status, 200) << counted.text;
    std::vector<std::int64_t> counts;
    for (const json::value& each : counted.body.as_array()) counts.push_back(int_or(each, "count"));
    EXPECT_EQ(counts, (std::vector<std::int64_t>{2, 1, 1}));
    EXPECT_EQ(text_or(counted.body.at(1), "label"), "kept");
    EXPECT_EQ(text_or(counted.body.at(1), "op"), "gt");
    const Reply wrong = owner().post(path, json::array{{{"field", "x"}}});
    EXPECT_EQ(text_or(wrong.body.at("errors").at(0), "field"), "0.field") << wrong.text;
}

TEST_F(ApiRecords, a_table_is_exported_whole) {
    json::array many;
    for (int i = 0; i < 1'000; ++i) many.push_back({{"name", fmt::format("n{}", i)}, {"size", i}});
    owner().post(base_, many);
    owner().post(base_, {{"name", "a,\"b\"\r\nc"}});
    const std::string path = "/table_data/storage/" + table_ + "/export";
    const Reply csv = owner().get(path);
    EXPECT_EQ(csv.header("content-type"), "text/csv");
    EXPECT_TRUE(csv.text.starts_with("_id,name,size,due,created_at,updated_at\r\n")) << csv.text;
    EXPECT_NE(csv.text.find(",n999,999,,"), std::string::npos);
    EXPECT_NE(csv.text.find(",\"a,\"\"b\"\"\r\nc\",,,"), std::string::npos);
    EXPECT_EQ(std::ranges::count(csv.text, '\n'), 1'003); // a line more inside the quotes
    const Reply json = owner().get(path + "?format=json");
    EXPECT_EQ(json.header("content-type"), "application/json");
    EXPECT_EQ(json.body.as_array().size(), 1'001U);
    EXPECT_EQ(code_of(owner().get(path + "?format=xml")), "422 invalid");
}

} // namespace weft
