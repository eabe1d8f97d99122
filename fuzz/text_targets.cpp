#include "base/check.h"
#include "expr/date.h"
#include "expr/expr.h"
#include "fuzz/input.h"
#include "fuzz/targets.h"
#include "json/json.h"

#include <boost/json/serialize.hpp>

namespace weft::fuzz {

namespace {

/// Roots as JSON: {goal, inputs, agents: [{id, title, text, data}], trigger, files}; members of
/// another shape are left out. Borrows from `value`.
expr::Roots roots_of(const json::value& value) {
    expr::Roots out{.goal = text_or(value, "goal"), .trigger = find(value, "trigger")};
    out.now = {1'785'000'000'000'000};
    if (const auto* inputs = find(value, "inputs")) out.inputs = inputs->if_object();
    if (const auto* files = find(value, "files")) out.files = files->if_array();
    const auto* agents = find(value, "agents");
    if (!agents || !agents->is_array()) return out;
    for (const json::value& agent : agents->get_array()) {
        const auto* data = find(agent, "data");
        out.agents.push_back({text_or(agent, "id"), text_or(agent, "title"), text_or(agent, "text"),
                              data ? data->if_object() : nullptr});
    }
    return out;
}

/// Two inputs of one template target: the source, a line "---", the roots.
struct Sourced {
    std::string_view source;
    json::value roots;

    explicit Sourced(std::string_view bytes) {
        constexpr std::string_view mark = "\n---\n";
        const std::size_t at = bytes.find(mark);
        source = bytes.substr(0, at);
        if (at == std::string_view::npos) return;
        roots = parse_json(bytes.substr(at + mark.size())).value_or(nullptr);
    }
};

} // namespace

void json_text(std::string_view bytes) {
    const auto value = parse_json(bytes);
    if (!value) return;
    const std::string written = to_text(*value);
    const auto again = parse_json(written);
    CHECK(again && *again == *value);
    CHECK(to_text(*again) == written);
    const auto by_library = parse_json(json::serialize(*value));
    CHECK(by_library && *by_library == *value);
}

void expr_template(std::string_view bytes) {
    const Sourced input(bytes);
    const auto compiled = expr::Template::compile(input.source);
    if (!compiled) return;
    const expr::Roots roots = roots_of(input.roots);
    const auto text = compiled->render(roots);
    const auto again = compiled->render(roots);
    CHECK(text.has_value() == again.has_value());
    if (text) CHECK(*text == *again && text->size() <= expr::text_bytes_max);
}

void expr_condition(std::string_view bytes) {
    const Sourced input(bytes);
    std::ignore = expr::is_expression(input.source);
    const auto compiled = expr::Expression::compile(input.source);
    if (!compiled) return;
    const expr::Roots roots = roots_of(input.roots);
    const auto value = compiled->evaluate(roots);
    const auto holds = compiled->holds(roots);
    CHECK(holds.has_value() == (value && value->is_bool()));
    if (holds) CHECK(*holds == value->get_bool());
}

void date(std::string_view bytes) {
    const std::string_view format = take_until(bytes, '\n');
    const auto at = expr::read_date(bytes);
    if (!at) return;
    CHECK(*at >= expr::date_first_s && *at <= expr::date_last_s);
    CHECK(expr::read_date(expr::format_date(*at, "%Y-%m-%dT%H:%M:%SZ")) == at);
    if (expr::is_date_format(format)) std::ignore = expr::format_date(*at, format);
}

} // namespace weft::fuzz
