#include "domain/flow_diff.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include <boost/json/array.hpp>

namespace weft {

namespace {

constexpr std::array of_the_server{"_id", "created_at", "updated_at", "last_used", "is_deleted"};

/// A list whose every element has an `_id`.
bool is_of_things(const json::value& list) {
    return list.is_array() && std::ranges::all_of(list.get_array(), [](const json::value& each) {
               return !text_or(each, "_id").empty();
           });
}

const json::value* find_thing(const json::array& list, std::string_view id) {
    for (const json::value& each : list)
        if (text_or(each, "_id") == id) return &each;
    return nullptr;
}

std::string name_of(const json::value& thing) {
    for (const char* member : {"title", "name", "_id"})
        if (const std::string_view name = text_or(thing, member); !name.empty())
            return std::string(name);
    return {};
}

std::vector<std::string_view> common_order(const json::array& list, const json::array& other) {
    std::vector<std::string_view> ids;
    for (const json::value& each : list)
        if (const auto id = text_or(each, "_id"); find_thing(other, id)) ids.push_back(id);
    return ids;
}

class Comparison {
public:
    std::vector<FlowChange> changes;

    void objects(const json::object& before, const json::object& after, const std::string& at) {
        for (const auto& member : before) {
            const std::string path = at + (at.empty() ? "" : ".") + std::string(member.key());
            if (const json::value* now = after.if_contains(member.key()))
                values(member.value(), *now, path);
            else
                changes.push_back({FlowChange::What::removed, path, member.value(), nullptr});
        }
        for (const auto& member : after)
            if (!before.contains(member.key()))
                changes.push_back({FlowChange::What::added,
                                   at + (at.empty() ? "" : ".") + std::string(member.key()),
                                   nullptr, member.value()});
    }

private:
    void values(const json::value& before, const json::value& after, const std::string& at) {
        if (before == after) return;
        if (before.is_object() && after.is_object())
            return objects(before.get_object(), after.get_object(), at);
        if (is_of_things(before) && is_of_things(after))
            return things(before.get_array(), after.get_array(), at);
        changes.push_back({FlowChange::What::changed, at, before, after});
    }
    void things(const json::array& before, const json::array& after, const std::string& at) {
        const auto path = [&](const json::value& thing) {
            return fmt::format("{}[{}]", at, name_of(thing));
        };
        for (const json::value& each : before)
            if (const json::value* now = find_thing(after, text_or(each, "_id")))
                values(each, *now, path(each));
            else
                changes.push_back({FlowChange::What::removed, path(each), each, nullptr});
        for (const json::value& each : after)
            if (!find_thing(before, text_or(each, "_id")))
                changes.push_back({FlowChange::What::added, path(each), nullptr, each});
        if (common_order(before, after) != common_order(after, before))
            changes.push_back({FlowChange::What::moved, at, nullptr, nullptr});
    }
};

json::object without_the_servers(json::object flow) {
    for (const char* name : of_the_server) flow.erase(name);
    return flow;
}

} // namespace

std::string_view to_text(FlowChange::What what) {
    switch (what) {
    case FlowChange::What::added: return "added";
    case FlowChange::What::removed: return "removed";
    case FlowChange::What::changed: return "changed";
    case FlowChange::What::moved: return "moved";
    }
    return {};
}

std::vector<FlowChange> changes_between(const json::object& before, const json::object& after) {
    Comparison comparison;
    comparison.objects(without_the_servers(before), without_the_servers(after), "");
    return std::move(comparison.changes);
}

} // namespace weft
