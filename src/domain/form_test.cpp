#include "domain/form.h"

#include "domain/agentflow.h"
#include "domain/anomaly.h"
#include "domain/testing.h"

#include <gtest/gtest.h>

namespace weft {

namespace {

Form form_of(std::string_view fields) {
    auto form = form_from_json(js(fmt::format(R"({{"title": "T", "fields": {}}})", fields)), "");
    EXPECT_TRUE(form) << form.error().message;
    return form.value_or(Form{});
}

/// The field of each fault, in order.
std::vector<std::string> fields_of(const Result<>& checked) {
    std::vector<std::string> fields;
    if (!checked)
        for (const FieldError& each : checked.error().fields) fields.push_back(each.field);
    return fields;
}
std::vector<std::string> wrong_in(const Form& form, std::string_view values) {
    return fields_of(check_values(form, js(values).as_object(), "values"));
}

using Names = std::vector<std::string>;

} // namespace

TEST(Form, reads_each_kind_by_any_of_its_names) {
    const Form form = form_of(R"([
        {"field_id": "a", "type": "Short text", "label": "A", "required": true},
        {"field_id": "b", "type": "long-text"}, {"field_id": "c", "type": "Date and time"},
        {"field_id": "d", "type": "One Option", "options": ["x", "y"]},
        {"field_id": "e", "type": "LIST"}, {"field_id": "f", "type": "file"},
        {"field_id": "g", "type": "table", "items": [{"field_id": "n", "type": "Number"}]},
        {"field_id": "h", "type": "Integer"}, {"field_id": "i"}])");
    std::string types;
    std::string checked;
    for (const FormField& each : form.fields) {
        types += each.type + " ";
        checked += each.field.type + " ";
    }
    EXPECT_EQ(types, "short_text long_text date_time one_option list file table number text ");
    EXPECT_EQ(checked, "text text date text array file array number text ");
    const json::object shown = to_json(form);
    EXPECT_EQ(shown.at("fields").at(3).at("options"), js(R"(["x", "y"])"));
    const auto again = form_from_json(shown, "");
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(to_json(*again), shown);
}

TEST(Form, what_is_wrong_with_a_form_is_named) {
    const auto wrong = [](std::string_view form) {
        const auto read = form_from_json(js(form), "pre");
        return read ? Names{} : fields_of(std::unexpected(read.error()));
    };
    EXPECT_EQ(wrong("7"), Names{"pre"});
    EXPECT_EQ(wrong(R"({"fields": 7})"), Names{"pre.fields"});
    EXPECT_EQ(wrong(R"({"fields": [{"type": "text"}]})"), Names{"pre.fields.0.field_id"});
    EXPECT_EQ(wrong(R"({"fields": [{"field_id": "a", "type": "song"}]})"),
              Names{"pre.fields.0.type"});
    EXPECT_EQ(wrong(R"({"fields": [{"field_id": "a", "type": "one option"}]})"),
              Names{"pre.fields.0.options"});
    EXPECT_EQ(wrong(R"({"fields": [{"field_id": "a", "type": "one option",
                                    "options": ["x", "x"]}]})"),
              Names{"pre.fields.0.options"});
    EXPECT_EQ(wrong(R"({"fields": [{"field_id": "a", "type": "table"}]})"),
              Names{"pre.fields.0.items"});
    EXPECT_EQ(wrong(R"({"fields": [{"field_id": "a"}, {"field_id": "a"}]})"),
              Names{"pre.fields.1.field_id"});
    EXPECT_FALSE(form_from_json(js("{}"), "").value()) << "without fields it asks nothing";
}

TEST(Form, values_are_checked_field_by_field) {
    const Form form = form_of(R"([
        {"field_id": "name", "type": "short text", "required": true},
        {"field_id": "kind", "type": "one option", "options": ["x", "y"]},
        {"field_id": "due", "type": "date and time"},
        {"field_id": "tags", "type": "list"},
        {"field_id": "rows", "type": "table", "items": [
            {"field_id": "n", "type": "number", "required": true}]}])");
    EXPECT_EQ(wrong_in(form, R"({"name": "a", "kind": "y", "due": "2026-01-31T12:00:00Z",
                                 "tags": ["t"], "rows": [{"n": 1}]})"),
              Names{});
    EXPECT_EQ(wrong_in(form, R"({"name": "a", "kind": null})"), Names{});
    EXPECT_EQ(wrong_in(form, "{}"), Names{"values.name"});
    EXPECT_EQ(wrong_in(form, R"({"name": "  "})"), Names{"values.name"});
    EXPECT_EQ(wrong_in(form, R"({"name": "a", "kind": "z"})"), Names{"values.kind"});
    EXPECT_EQ(wrong_in(form, R"({"name": "a", "due": "soon"})"), Names{"values.due"});
    EXPECT_EQ(wrong_in(form, R"({"name": "a", "tags": "t"})"), Names{"values.tags"});
    EXPECT_EQ(wrong_in(form, R"({"name": "a", "rows": [{"n": 1}, {"n": "2"}, {}]})"),
              (Names{"values.rows.1.n", "values.rows.2.n"}));
    EXPECT_EQ(wrong_in(form, R"({"name": "a", "goal": "x"})"), Names{"values.goal"})
        << "what nobody asked for would stand over the run's inputs";
}

TEST(Form, files_are_found_by_their_type) {
    const Form form =
        form_of(R"([{"field_id": "a", "type": "file"}, {"field_id": "b", "type": "text"}])");
    EXPECT_EQ(files_in(form, js(R"({"a": "1", "b": "2"})").as_object()), Names{"1"});
    EXPECT_EQ(files_in(form, js(R"({"b": "2"})").as_object()), Names{});
}

namespace {

/// What saving a flow of one agent says of these members.
Names saved(std::string_view agent, std::string_view flow = "{}") {
    json::object given = js(flow).as_object();
    json::object one = js(agent).as_object();
    one["_id"] = "a00000000000000000000001";
    given["name"] = "F";
    given["agents"] = json::array{one};
    auto read = agentflow_from_json(given);
    EXPECT_TRUE(read) << read.error().message;
    return fields_of(resolve(*read));
}

} // namespace

TEST(Form, a_flow_is_saved_only_with_forms_that_can_be_asked) {
    const std::string in = "agents.0.pre_and_post_execution_input";
    EXPECT_EQ(saved("{}"), Names{});
    EXPECT_EQ(saved(R"({"pre_and_post_execution_input": null})"), Names{});
    EXPECT_EQ(saved(R"({"pre_and_post_execution_input": {"other": 1, "post": null}})"), Names{});
    EXPECT_EQ(saved(R"({"pre_and_post_execution_input": {"pre": {"fields": []}}})"), Names{});
    EXPECT_EQ(saved(R"({"pre_and_post_execution_input": "x"})"), Names{in});
    EXPECT_EQ(saved(R"({"pre_and_post_execution_input": {"pre": 1, "post": {"fields": [7]}}})"),
              (Names{in + ".pre", in + ".post.fields.0"}));
}

TEST(Anomaly, a_flow_is_saved_only_with_rules_that_can_be_read) {
    EXPECT_EQ(saved("{}", R"({"anomaly_detection": {"is_enabled": true, "instructions": "Odd?",
        "rules": ["{{ true }}", {"condition": "{{ false }}", "finding": "f"}]}})"),
              Names{});
    EXPECT_EQ(saved("{}", R"({"anomaly_detection": {"is_enabled": "yes"}})"),
              Names{"anomaly_detection.is_enabled"});
    EXPECT_EQ(saved("{}", R"({"anomaly_detection": {"rules": "x"}})"),
              Names{"anomaly_detection.rules"});
    EXPECT_EQ(saved("{}", R"({"anomaly_detection": {"rules": ["", 7, {"finding": "f"}]}})"),
              (Names{"anomaly_detection.rules.0", "anomaly_detection.rules.1",
                     "anomaly_detection.rules.2.condition"}));
}

} // namespace weft
