// A project as the text of its export.
#include "domain/project_file.h"

#include "domain/members.h"
#include "domain/project_file_texts.h"

#include <set>

namespace weft {

namespace {

using project_file::change_texts;
using project_file::switch_off;
using project_file::without_ids;

/// The ids of the file that one kind of thing has.
class LocalIds {
public:
    /// The name, with a number behind when another has it already.
    std::string of(std::string_view name) {
        std::string base;
        for (const char c : without_ids(name)) {
            const bool plain = static_cast<unsigned char>(c) >= 0x20 && c != 0x7F && c != '}';
            base += plain ? c : ' ';
        }
        if (base.empty()) base = "unnamed";
        std::string id = base;
        for (int& n = last_[base]; !taken_.insert(id).second;)
            id = fmt::format("{} ({})", base, n = std::max(n, 1) + 1);
        return id;
    }

private:
    std::set<std::string> taken_{"end"}; ///< what a decision may say instead of an agent
    std::map<std::string, int> last_;    ///< number, by name
};

void drop(json::object& object, std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names)
        if (const auto at = object.find(name); at != object.end()) object.stable_erase(at);
}

/// What is empty says no more than what is absent.
void drop_empty(json::object& object, std::string_view kept = {}) {
    for (auto at = object.begin(); at != object.end();) {
        const json::value& value = at->value();
        const bool empty = value.is_null() || (at->key() != kept &&
                                               ((value.is_string() && value.get_string().empty()) ||
                                                (value.is_array() && value.get_array().empty()) ||
                                                (value.is_object() && value.get_object().empty())));
        at = empty ? object.stable_erase(at) : at + 1;
    }
}

json::object with_id(const std::string& id, const json::object& rest) {
    json::object object{{"id", id}};
    for (const auto& [name, value] : rest) object[name] = value;
    return object;
}

class Writing {
public:
    Writing(const ProjectFile& file, const ProjectId& project, std::span<const ConnectorKind> kinds)
        : file_(file) {
        texts_[project.hex()] = "project";
        LocalIds connectors;
        LocalIds skills;
        LocalIds flows;
        for (const ConnectorAccount& each : file.connectors)
            name(each.id.hex(), "connector:", connectors.of(each.name));
        for (const Table& each : file.tables) name(each.id.hex(), "table:", each.name);
        for (const Skill& each : file.skills) name(each.id.hex(), "skill:", skills.of(each.name));
        for (const Agentflow& each : file.flows) name_flow(each, flows.of(each.name));
        for (const CustomAction& each : file.actions)
            actions_[{each.connector, each.action.sort}] = &each.action;
        for (const ConnectorAccount& account : file.connectors)
            for (const ConnectorKind& kind : kinds)
                if (kind.category == account.category)
                    for (const Action& action : kind.actions)
                        actions_[{account.id, action.sort}] = &action;
    }

    json::object write() {
        json::object project{{"projectName", file_.name},
                             {"description", file_.description},
                             {"coworker_role", file_.coworker_role},
                             {"status", file_.status}};
        drop_empty(project);
        json::object all{{"weft_project", project_file_version}, {"project", std::move(project)}};
        all["connectors"] = each(file_.connectors, &Writing::connector);
        all["tables"] = each(file_.tables, &Writing::table);
        all["skills"] = each(file_.skills, &Writing::skill);
        all["agentflows"] = each(file_.flows, &Writing::flow);
        return all;
    }

private:
    void name(const std::string& hex, std::string_view kind, std::string local) {
        texts_[hex] = std::string(kind) + local;
        local_[hex] = std::move(local);
    }
    void name_flow(const Agentflow& flow, const std::string& local) {
        name(flow.id.hex(), "agentflow:", local);
        LocalIds agents;
        for (const Agent& agent : flow.agents) {
            const std::string own = agents.of(agent.title);
            texts_.try_emplace(agent.id.hex(), in_texts(local, own));
            agents_[flow.id.hex() + agent.id.hex()] = own;
        }
    }

    static std::string in_texts(const std::string& flow, const std::string& agent) {
        return "agent:" + flow + "/" + agent;
    }

    template <class T> json::array each(const std::vector<T>& things,
                                        json::object (Writing::*write)(const T&)) {
        json::array all;
        for (const T& thing : things) {
            json::value value = (this->*write)(thing);
            change_texts(value, [this](std::string_view text) { return with_names(text, texts_); });
            all.push_back(std::move(value));
        }
        return all;
    }

    json::object connector(const ConnectorAccount& account) {
        json::object object{{"category", account.category},
                            {"name", account.name},
                            {"description", account.description},
                            {"logo", account.logo},
                            {"config", account.config}};
        json::array actions;
        for (const CustomAction& custom : file_.actions)
            if (custom.connector == account.id) actions.push_back(custom_action(custom));
        object["actions"] = std::move(actions);
        drop_empty(object);
        return with_id(local_[account.id.hex()], object);
    }

    static json::object custom_action(const CustomAction& custom) {
        json::object object = to_json(custom);
        drop(object, {"_id", "endpoint", "category", "connector_id"});
        drop_empty(object, "body");
        return object;
    }

    json::object table(const Table& table) {
        json::object object = to_json(table);
        drop(object, {"_id", "created_at", "updated_at"});
        for (json::value& column : object["columns"].as_array()) {
            switch_off(column.as_object());
            drop_empty(column.as_object());
        }
        switch_off(object);
        drop_empty(object);
        return object;
    }

    json::object skill(const Skill& skill) {
        json::object object{{"connector", nullptr},
                            {"name", skill.name},
                            {"description", skill.description},
                            {"logo", skill.logo}};
        if (skill.connector) object["connector"] = local_[skill.connector.hex()];
        json::array actions;
        const json::object shown = to_json(skill);
        for (const json::value& action : shown.at("actions").as_array())
            actions.push_back(action_of_skill(skill, action.as_object()));
        object["actions"] = std::move(actions);
        drop_empty(object);
        return with_id(local_[skill.id.hex()], object);
    }

    /// What it has besides what its connector says of it.
    json::object action_of_skill(const Skill& skill, json::object action) {
        const std::string sort(text_or(action, "sort"));
        drop(action, {"_id", "endpoint", "category", "previous_action_id", "next_action_id",
                      "is_terminal", "effect"});
        if (const auto known = actions_.find({skill.connector, sort}); known != actions_.end()) {
            const json::object same = to_json(Skill{.actions = {*known->second}});
            const json::object& of_connector = same.at("actions").at(0).as_object();
            for (const char* name : {"name", "input_schema", "output_schema"})
                if (action.at(name) == of_connector.at(name)) drop(action, {name});
        }
        drop_empty(action);
        json::object object{{"sort", sort}};
        for (const auto& [name, value] : action) object[name] = value;
        return object;
    }

    json::object flow(const Agentflow& flow) {
        json::object object = to_json(flow);
        drop(object,
             {"_id", "created_at", "updated_at", "last_used", "is_deleted", "is_cron_scheduled"});
        if (!flow.extra.contains("anomaly_detection")) drop(object, {"anomaly_detection"});
        if (json::object* cron = object["cron_details"].if_object()) drop(*cron, {"executed_by"});
        const std::string hex = flow.id.hex();
        object["parent_agentflow_id"] = local_[flow.parent.hex()];
        object["initialAgent"] = agents_[hex + flow.initial_agent.hex()];
        json::array& agents = object["agents"].as_array();
        for (std::size_t i = 0; i < agents.size(); ++i)
            agents[i] = agent(hex, flow.agents[i], agents[i].as_object());
        drop_empty(object);
        json::value value = with_id(local_[hex], object);
        IdNames own; // agents' ids are unique in their flow alone
        for (const Agent& each : flow.agents)
            own[each.id.hex()] = in_texts(local_[hex], agents_[hex + each.id.hex()]);
        change_texts(value, [&own](std::string_view text) { return with_names(text, own); });
        return std::move(value.as_object());
    }

    json::object agent(const std::string& flow, const Agent& agent, json::object object) {
        const auto local = [&](const AgentId& id) { return agents_[flow + id.hex()]; };
        drop(object, {"_id"});
        json::array context;
        for (const AgentId& each : agent.context) context.emplace_back(local(each));
        object["context"] = std::move(context);
        json::array skills;
        for (const SkillId& each : agent.skill_ids) // one that was deleted cannot be had again
            if (local_.contains(each.hex())) skills.emplace_back(local_[each.hex()]);
        object["skills"] = std::move(skills);
        object["next_agent"] = agent.next ? json::value(local(agent.next)) : json::value(nullptr);
        json::array& conditions = object["conditions"].as_array();
        for (std::size_t i = 0; i < conditions.size(); ++i)
            if (const auto id = AgentId::parse(agent.conditions[i].decision))
                conditions[i].as_object()["decision"] = local(*id);
        drop_empty(object["prompt"].as_object());
        switch_off(object);
        drop_empty(object);
        return with_id(local(agent.id), object);
    }

    const ProjectFile& file_;
    std::map<std::pair<ConnectorId, std::string>, const Action*> actions_; ///< of connectors
    IdNames texts_;                             ///< hex → what texts say instead
    std::map<std::string, std::string> local_;  ///< hex → id in the file
    std::map<std::string, std::string> agents_; ///< hex of flow and agent → id in the file
};

} // namespace

json::object project_file_json(const ProjectFile& file, const ProjectId& project,
                               std::span<const ConnectorKind> kinds) {
    return Writing(file, project, kinds).write();
}

json::object record_json(const Table& table, const Record& record) {
    json::object object;
    for (const Column& column : table.columns) {
        const json::value* value = record.values.if_contains(column.id);
        if (value)
            object[column.id] = *value;
        else if (!column.default_value.is_null())
            object[column.id] = nullptr;
    }
    return object;
}

} // namespace weft
