#include "expr/evaluate.h"

#include "expr/text.h"

#include <re2/re2.h>

namespace weft::expr {

namespace {

constexpr std::size_t pattern_steps = 20;              ///< for compiling a pattern at run time
constexpr std::size_t match_work_per_step = 32 * 1024; ///< bytes × instructions

Operand boolean_operand(bool value) { return Operand(json::value(value)); }

std::string_view symbol(Comparison how) {
    switch (how) {
    case Comparison::lt: return "<";
    case Comparison::le: return "<=";
    case Comparison::gt: return ">";
    default: return ">=";
    }
}

bool fits(Comparison how, std::partial_ordering order) {
    switch (how) {
    case Comparison::lt: return order < 0;
    case Comparison::le: return order <= 0;
    case Comparison::gt: return order > 0;
    default: return order >= 0;
    }
}

std::size_t elements(const json::value& value) {
    std::size_t count = 1;
    if (const auto* array = value.if_array())
        for (const json::value& each : *array) count += elements(each);
    if (const auto* object = value.if_object())
        for (const auto& member : *object) count += elements(member.value());
    return count;
}

} // namespace

std::unexpected<Error> Evaluation::fail_here(std::size_t at, std::string_view sentence) const {
    return fail_at(program_.source, at, sentence);
}

std::unexpected<Error> Evaluation::fail_here(const Node& node, const Error& error) const {
    if (error.message.starts_with("Line ")) return std::unexpected(error);
    return fail_at(program_.source, node.at, error.message);
}

Result<> Evaluation::print_to(std::string& out, const Node& node) {
    const Operand operand = TRY(present(node));
    auto printed = print(out, operand, fuel_);
    if (!printed) return fail_here(node, printed.error());
    return {};
}

Result<json::value> Evaluation::value(const Node& node) {
    const Operand operand = TRY(present(node));
    std::string text;
    if (auto fits = print(text, operand, fuel_); !fits) return fail_here(node, fits.error());
    return operand.to_value();
}

Result<bool> Evaluation::holds(const Node& node) { return boolean(node, "A condition"); }

Result<bool> Evaluation::boolean(const Node& node, std::string_view whose) {
    const Operand operand = TRY(present(node));
    const json::value* scalar = operand.if_scalar();
    if (scalar && scalar->is_bool()) return scalar->get_bool();
    return fail_here(node.at,
                     fmt::format("{} is true or false; this is {}.", whose, operand.type()));
}

Result<Operand> Evaluation::present(const Node& node) {
    Operand operand = TRY(maybe(node));
    if (const auto* gone = operand.if_missing()) return fail_here(node.at, gone->why);
    return operand;
}

Result<Operand> Evaluation::maybe(const Node& node) {
    if (auto left = fuel_.spend(1); !left) return fail_here(node, left.error());
    switch (node.kind) {
    case Node::Kind::any_of:
    case Node::Kind::all_of: return chain(node);
    case Node::Kind::negation: return negation(node);
    case Node::Kind::comparison: return comparison(node);
    case Node::Kind::pipe: return pipe(node);
    case Node::Kind::literal: return Operand(&node.literal);
    case Node::Kind::path: {
        auto found = look_up(node.path);
        if (!found) return fail_here(node, found.error());
        return found;
    }
    }
    return fail(Code::internal, "Unknown node.");
}

/// A missing value passes the filters untouched until a `default` replaces it.
Result<Operand> Evaluation::pipe(const Node& node) {
    Operand operand = TRY(maybe(node.parts[0]));
    for (const Filter& filter : node.filters) {
        if (operand.if_missing()) {
            if (filter.name == FilterName::default_) operand = Operand(&filter.arguments[0]);
            continue;
        }
        auto applied = apply(filter, operand, fuel_);
        if (!applied) return fail_here(filter.at, applied.error().message);
        operand = *std::move(applied);
    }
    return operand;
}

Result<Operand> Evaluation::chain(const Node& node) {
    const bool any = node.kind == Node::Kind::any_of;
    const std::string_view whose = any ? "Each side of \"or\"" : "Each side of \"and\"";
    for (const Node& part : node.parts)
        if (TRY(boolean(part, whose)) == any) return boolean_operand(any);
    return boolean_operand(!any);
}

Result<Operand> Evaluation::negation(const Node& node) {
    return boolean_operand(!TRY(boolean(node.parts[0], "What follows \"not\"")));
}

Result<Operand> Evaluation::comparison(const Node& node) {
    const Operand left = TRY(present(node.parts[0]));
    const Operand right = TRY(present(node.parts[1]));
    auto result = compare(node, left, right);
    if (!result) return fail_here(node, result.error());
    return boolean_operand(*result);
}

Result<bool> Evaluation::compare(const Node& node, const Operand& left, const Operand& right) {
    switch (node.comparison) {
    case Comparison::eq: return equal(left, right, fuel_);
    case Comparison::ne: return !TRY(equal(left, right, fuel_));
    case Comparison::in: return inside(left, right, "in");
    case Comparison::contains: return inside(right, left, "contains");
    case Comparison::matches: return matches(node, left, right);
    default: return order(node.comparison, left, right);
    }
}

Result<bool> Evaluation::order(Comparison how, const Operand& left, const Operand& right) {
    if (left.if_text() && right.if_text()) {
        TRY(fuel_.spend_text(std::min(left.if_text()->size(), right.if_text()->size())));
        return fits(how, *left.if_text() <=> *right.if_text());
    }
    const json::value* a = left.if_scalar();
    const json::value* b = right.if_scalar();
    if (a && b && a->is_number() && b->is_number()) return fits(how, compare_numbers(*a, *b));
    return fail(Code::invalid,
                fmt::format("{} compares two numbers or two strings; here are {} and {}.",
                            symbol(how), left.type(), right.type()));
}

Result<bool> Evaluation::inside(const Operand& element, const Operand& whole,
                                std::string_view word) {
    const auto text = element.if_text();
    if (const auto* array = whole.if_array()) {
        for (const json::value& each : *array) {
            TRY(fuel_.spend(1));
            if (TRY(equal(element, Operand(&each), fuel_))) return true;
        }
        return false;
    }
    if (text && whole.if_text()) {
        TRY(fuel_.spend_text(whole.if_text()->size() + text->size()));
        return whole.if_text()->find(*text) != std::string_view::npos;
    }
    if (text && whole.if_object()) return whole.if_object()->contains(*text);
    return fail(
        Code::invalid,
        fmt::format(
            "\"{}\" looks for anything in an array, or for a string in a string or among the "
            "names of an object; here it looks for {} in {}.",
            word, element.type(), whole.type()));
}

Result<bool> Evaluation::matches(const Node& node, const Operand& left, const Operand& right) {
    const auto text = left.if_text();
    const auto pattern = right.if_text();
    if (!text || !pattern)
        return fail(Code::invalid,
                    fmt::format("\"matches\" compares a string with a pattern; here are {} and {}.",
                                left.type(), right.type()));
    std::shared_ptr<const re2::RE2> compiled = node.pattern;
    if (!compiled) {
        TRY(fuel_.spend(pattern_steps));
        compiled = TRY(compile_pattern(*pattern));
    }
    TRY(fuel_.spend(text->size() * static_cast<std::size_t>(compiled->ProgramSize()) /
                    match_work_per_step));
    return re2::RE2::PartialMatch(re2::StringPiece(text->data(), text->size()), *compiled);
}

Operand Evaluation::missing(const Path& path, std::size_t keys, std::string_view because) const {
    Path part{path.root,
              {path.keys.begin(), path.keys.begin() + static_cast<std::ptrdiff_t>(keys)}};
    std::string why = to_text(part) + " is missing" + std::string(because) + ".";
    const auto* name = keys == 1 ? std::get_if<std::string>(path.keys.data()) : nullptr;
    if (path.root == Root::inputs && name && because.empty())
        why += " Give the run an input variable " + *name + ", or write a default for it here.";
    return Operand(Operand::Missing{std::move(why)});
}

Operand Evaluation::follow(Operand from, const Path& path, std::size_t first_key) const {
    for (std::size_t i = first_key; i < path.keys.size(); ++i) {
        const json::value* next = nullptr;
        if (const auto* index = std::get_if<std::int64_t>(&path.keys[i])) {
            const json::array* array = from.if_array();
            if (!array)
                return missing(
                    path, i + 1,
                    fmt::format(": what should hold it is {}, not an array", from.type()));
            const auto size = static_cast<std::int64_t>(array->size());
            const std::int64_t at = *index < 0 ? *index + size : *index;
            if (at >= 0 && at < size) next = &(*array)[static_cast<std::size_t>(at)];
        } else {
            const json::object* object = from.if_object();
            if (!object)
                return missing(
                    path, i + 1,
                    fmt::format(": what should hold it is {}, not an object", from.type()));
            next = object->if_contains(std::get<std::string>(path.keys[i]));
        }
        if (!next) return missing(path, i + 1);
        from = Operand(next);
    }
    return from;
}

Result<Operand> Evaluation::look_up(const Path& path) {
    static const json::object no_members;
    static const json::array no_elements;
    TRY(fuel_.spend(path.keys.size()));
    switch (path.root) {
    case Root::goal: return follow(Operand(roots_.goal), path, 0);
    case Root::inputs: return follow(Operand(roots_.inputs ? roots_.inputs : &no_members), path, 0);
    case Root::files: return follow(Operand(roots_.files ? roots_.files : &no_elements), path, 0);
    case Root::now:
        return follow(Operand(json::value(json::string(to_iso8601(roots_.now)))), path, 0);
    case Root::trigger:
        if (!roots_.trigger) return missing(path, 0, ": nothing triggered this run");
        return follow(Operand(roots_.trigger), path, 0);
    case Root::agents: return look_up_agent(path);
    }
    return fail(Code::internal, "Unknown root.");
}

Result<Operand> Evaluation::look_up_agent(const Path& path) {
    static const json::object no_members;
    if (path.keys.empty()) return all_agents();
    const auto* name = std::get_if<std::string>(&path.keys[0]);
    if (!name) return missing(path, 1, ": agents are found by _id or title");
    TRY(fuel_.spend(roots_.agents.size()));
    const auto& agents = roots_.agents;
    auto found = std::find_if(agents.rbegin(), agents.rend(),
                              [&](const auto& each) { return each.id == *name; });
    if (found == agents.rend())
        found = std::find_if(agents.rbegin(), agents.rend(),
                             [&](const auto& each) { return each.title == *name; });
    if (found == agents.rend()) return missing(path, 1, ": no such agent has finished");
    if (path.keys.size() == 1) return Operand(TRY(agent_object(*found)));

    const auto* member = std::get_if<std::string>(&path.keys[1]);
    if (member && *member == "text") return follow(Operand(found->text), path, 2);
    if (member && *member == "data")
        return follow(Operand(found->data ? found->data : &no_members), path, 2);
    return missing(path, 2, ": an agent has text and data");
}

Result<json::value> Evaluation::agent_object(const AgentResult& agent) {
    json::object out{{"text", json::string(agent.text)}, {"data", json::object()}};
    TRY(fuel_.spend_text(agent.text.size()));
    if (!agent.data) return out;
    for (const auto& member : *agent.data) TRY(fuel_.spend(elements(member.value())));
    out["data"] = *agent.data;
    return out;
}

Result<Operand> Evaluation::all_agents() {
    json::object out;
    for (const AgentResult& agent : roots_.agents) out[agent.title] = TRY(agent_object(agent));
    return Operand(json::value(std::move(out)));
}

} // namespace weft::expr
