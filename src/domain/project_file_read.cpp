// The text of an export as a project.
#include "domain/project_file.h"

#include "base/check.h"
#include "domain/members.h"
#include "domain/project_file_texts.h"
#include "json/outline.h"

#include <set>

namespace weft {

namespace {

using project_file::change_texts;
using project_file::switch_off;
using Names = std::span<const std::string_view>;

constexpr std::string_view file_names[] = {"weft_project", "project",    "connectors", "tables",
                                           "skills",       "agentflows", "records"};
constexpr std::string_view project_names[] = {"projectName", "description", "coworker_role",
                                              "status"};
constexpr std::string_view connector_names[] = {"id",   "category", "name",   "description",
                                                "logo", "config",   "actions"};
constexpr std::string_view custom_names[] = {
    "name",     "sort", "input_schema", "output_schema", "effect", "description",
    "method",   "url",  "query",        "headers",       "body",   "idempotency_header",
    "check_url"};
constexpr std::string_view table_names[] = {"table_name", "columns", "triggers"};
constexpr std::string_view column_names[] = {"column_name",  "column_type",   "column_id",
                                             "array_type",   "default_value", "object_fields",
                                             "enum_options", "triggers"};
constexpr std::string_view skill_names[] = {"id",          "connector", "name",
                                            "description", "logo",      "actions"};
constexpr std::string_view action_names[] = {
    "sort", "name", "preset", "input_schema", "output_schema", "retry", "call_timeout_s"};
constexpr std::string_view flow_names[] = {"id",
                                           "name",
                                           "description",
                                           "role",
                                           "image",
                                           "default_goal",
                                           "agentflow_type",
                                           "parent_agentflow_id",
                                           "failover_goal",
                                           "isActive",
                                           "initialAgent",
                                           "agents",
                                           "execution_timeout_s",
                                           "cron_details",
                                           "marketplace_id",
                                           "anomaly_detection"};
constexpr std::string_view agent_names[] = {"id",
                                            "title",
                                            "role",
                                            "role_description",
                                            "llm",
                                            "context",
                                            "has_knowledge_base",
                                            "prompt",
                                            "is_preview_mode_enabled",
                                            "approval",
                                            "skills",
                                            "memory",
                                            "agent_type",
                                            "is_user_specific_task",
                                            "conditions",
                                            "next_agent",
                                            "turns_max",
                                            "retry",
                                            "call_timeout_s",
                                            "step_timeout_s",
                                            "triggers",
                                            "pre_and_post_execution_input"};

constexpr std::size_t flows_max = 10'000;

/// id in the file → 24 hex digits
using Locals = std::map<std::string, std::string>;

class Reading {
public:
    Reading(const ProjectId& project, std::span<const ConnectorKind> kinds,
            const std::function<IdBytes()>& mint)
        : kinds_(kinds), mint_(mint) {
        texts_["project"] = project.hex();
    }

    Result<ProjectFile> read(std::string_view text) {
        const std::vector<JsonMember> parts = TRY(members_in(text));
        TRY(check_version(parts));
        std::size_t head_bytes = 0;
        for (const JsonMember& part : parts)
            if (part.name != "records") head_bytes += part.value.size();
        if (head_bytes > project_file_head_bytes_max)
            return fail(Code::too_large,
                        fmt::format("Without its records an export holds at most {} bytes.",
                                    project_file_head_bytes_max));
        for (const JsonMember& part : parts)
            if (part.name != "records") head_[part.name] = TRY(parsed(part.value, part.name));
        known(head_, file_names, "");
        TRY(faults_.result());
        read_project();
        collect_ids();
        TRY(faults_.result());
        for (auto& [part, value] : head_)
            change_texts(value, [this](std::string_view text) { return with_ids(text, texts_); });
        each("connectors", limits::connectors_per_project_max, &Reading::read_connector);
        each("tables", limits::tables_per_project_max, &Reading::read_table);
        TRY(faults_.result());
        each("skills", limits::skills_per_project_max, &Reading::read_skill);
        each("agentflows", flows_max, &Reading::read_flow);
        check_parents();
        TRY(faults_.result());
        for (const JsonMember& part : parts)
            if (part.name == "records") TRY(read_records(part.value));
        return std::move(file_);
    }

private:
    static Result<json::value> parsed(std::string_view text, const std::string& at) {
        auto value = parse_unambiguous(text);
        if (!value) value.error().message = at + ": " + value.error().message;
        return value;
    }
    Result<> check_version(const std::vector<JsonMember>& parts) {
        const auto found = std::ranges::find(parts, "weft_project", &JsonMember::name);
        if (found == parts.end())
            return fail_field("weft_project", "is missing: this is no exported project");
        const json::value version = TRY(parsed(found->value, "weft_project"));
        if (version != json::value(project_file_version))
            return fail_field("weft_project",
                              fmt::format("must be {}, the version of exports that this server "
                                          "reads",
                                          project_file_version));
        return {};
    }

    /// A fault for each member that is not documented; false: it is no object.
    bool known(const json::value& value, Names names, const std::string& at) {
        const json::object* object = value.if_object();
        if (!object) {
            faults_.add(at, fmt::format("must be an object, not {}", type_name(value)));
            return false;
        }
        for (const auto& [name, member] : *object)
            if (std::ranges::find(names, std::string_view(name)) == names.end())
                faults_.add(join_path(at, shown(name)), "is no member of an export");
        return true;
    }
    static std::string_view shown(std::string_view name) {
        std::size_t end = std::min(name.size(), limits::name_bytes_max);
        while (end < name.size() && end > 0 && (name[end] & 0xC0) == 0x80) --end;
        return name.substr(0, end);
    }

    /// Calls `read(object, place)` for each item of a list.
    void each(std::string_view list, std::size_t count_max,
              void (Reading::*read)(json::object&, const std::string&)) {
        json::value* member = head_.if_contains(list);
        if (!member || member->is_null()) return;
        const std::string at(list);
        json::array* items = member->if_array();
        if (!items)
            return faults_.add(at, fmt::format("must be an array, not {}", type_name(*member)));
        if (items->size() > count_max)
            return faults_.add(at, fmt::format("has more than {} items", count_max));
        for (std::size_t i = 0; i < items->size(); ++i)
            if (json::object* object = (*items)[i].if_object())
                (this->*read)(*object, join_path(at, i));
            else
                faults_.add(join_path(at, i),
                            fmt::format("must be an object, not {}", type_name((*items)[i])));
    }

    void read_project() {
        const json::value* given = head_.if_contains("project");
        if (!given) return faults_.add("project", "is missing");
        if (!known(*given, project_names, "project")) return;
        Members members(*given, "project", faults_);
        members.name("projectName", file_.name);
        if (!members.has("projectName")) faults_.add("project.projectName", "is missing");
        members.text("description", file_.description, limits::text_bytes_max);
        members.text("coworker_role", file_.coworker_role, limits::text_bytes_max);
        file_.status = "published";
        members.name("status", file_.status);
    }

    // Ids first: anything may name what stands behind it.

    void collect_ids() {
        each("connectors", limits::connectors_per_project_max, &Reading::name_connector);
        each("tables", limits::tables_per_project_max, &Reading::name_table);
        each("skills", limits::skills_per_project_max, &Reading::name_skill);
        each("agentflows", flows_max, &Reading::name_flow);
    }
    void name_connector(json::object& object, const std::string& at) {
        name("connector:", object, "id", at, connectors_);
    }
    void name_table(json::object& object, const std::string& at) {
        name("table:", object, "table_name", at, tables_);
    }
    void name_skill(json::object& object, const std::string& at) {
        name("skill:", object, "id", at, skills_);
    }
    void name_flow(json::object& object, const std::string& at) {
        const std::string flow = name("agentflow:", object, "id", at, flows_);
        Locals& agents = agents_[at];
        json::value* list = object.if_contains("agents");
        if (!list || !list->is_array()) return;
        if (list->get_array().size() > limits::agents_per_flow_max) return; // said later
        for (std::size_t i = 0; i < list->get_array().size(); ++i)
            if (json::object* agent = list->get_array()[i].if_object())
                name("agent:" + flow + "/", *agent, "id", join_path(join_path(at, "agents"), i),
                     agents);
    }
    /// Gives the thing an id; what it is called in the file.
    std::string name(const std::string& kind, const json::object& object, std::string_view member,
                     const std::string& at, Locals& locals) {
        const json::value* value = object.if_contains(member);
        const json::string* text = value ? value->if_string() : nullptr;
        const std::string place = join_path(at, member);
        if (!text || text->empty() || text->size() > id_bytes_max ||
            text->find('}', text->find("@{")) != json::string::npos) {
            faults_.add(place, !value ? std::string("is missing")
                                      : fmt::format("must be text of 1 to {} bytes without @{{…}}",
                                                    id_bytes_max));
            return {};
        }
        const std::string local(*text);
        const std::string hex = to_hex(mint_());
        if (!locals.emplace(local, hex).second || (member == "id" && local == "end"))
            faults_.add(place, local == "end" ? "must not be \"end\"" : "is there twice: " + local);
        texts_[kind + local] = hex;
        return local;
    }

    /// The id of what is named, none with a fault.
    template <class Tag> Id<Tag> meant(const json::value& value, const Locals& locals,
                                       const std::string& at, std::string_view what) {
        const json::string* text = value.if_string();
        const auto found = text ? locals.find(std::string(*text)) : locals.end();
        if (found != locals.end()) return Id<Tag>::parse(found->second).value();
        faults_.add(at, fmt::format("names no {} of this file", what));
        return {};
    }
    template <class Tag> static Id<Tag> id_at(const Locals& locals, const json::object& object,
                                              std::string_view member) {
        const auto found = locals.find(std::string(text_or(object, member)));
        CHECK(found != locals.end());
        return Id<Tag>::parse(found->second).value();
    }
    void take(const Error& error, const std::string& at) {
        if (error.fields.empty()) return faults_.add(at, error.message);
        for (const FieldError& each : error.fields)
            faults_.add(each.field.starts_with(at) ? each.field : join_path(at, each.field),
                        each.message);
    }

    void read_connector(json::object& object, const std::string& at) {
        known(object, connector_names, at);
        const json::value value = object;
        Members members(value, at, faults_);
        ConnectorAccount account{.id = id_at<ConnectorTag>(connectors_, object, "id")};
        members.text("category", account.category, limits::name_bytes_max);
        const auto kind = std::ranges::find(kinds_, account.category, &ConnectorKind::category);
        if (kind == kinds_.end())
            return faults_.add(members.path("category"),
                               "is no category of connectors that this server has");
        members.name("name", account.name);
        if (account.name.empty()) account.name = kind->display_name;
        for (const ConnectorAccount& other : file_.connectors)
            if (other.category == account.category && other.name == account.name)
                faults_.add(members.path("name"), "is there twice: " + account.name);
        members.text("description", account.description, limits::text_bytes_max);
        members.text("logo", account.logo, limits::url_bytes_max);
        members.object("config", account.config, config_bytes_max);
        ConnectorKind& own = own_kinds_[account.id] = *kind;
        members.each("actions", limits::custom_actions_per_connector_max,
                     [&](const json::value& given, const std::string& where) {
                         read_custom(given, where, account, own);
                     });
        file_.connectors.push_back(std::move(account));
    }

    void read_custom(const json::value& given, const std::string& at,
                     const ConnectorAccount& account, ConnectorKind& kind) {
        if (!known(given, custom_names, at)) return;
        auto custom = custom_action_from_json(given);
        if (!custom) return take(custom.error(), at);
        custom->action.id = to_hex(mint_());
        custom->connector = account.id;
        const std::string& sort = custom->action.sort;
        if (std::ranges::find(kind.actions, sort, &Action::sort) != kind.actions.end())
            faults_.add(join_path(at, "sort"), "is an action that the connector has already");
        kind.actions.push_back(custom->action);
        file_.actions.push_back(*std::move(custom));
    }

    void read_table(json::object& object, const std::string& at) {
        known(object, table_names, at);
        switch_off(object);
        if (json::value* columns = object.if_contains("columns"); columns && columns->is_array())
            for (std::size_t i = 0; i < columns->get_array().size(); ++i)
                if (json::object* column = columns->get_array()[i].if_object()) {
                    known(*column, column_names, join_path(join_path(at, "columns"), i));
                    switch_off(*column);
                }
        auto table = table_from_json(object, at);
        if (!table) return take(table.error(), at);
        table->id = id_at<TableTag>(tables_, object, "table_name");
        for (const Table& other : file_.tables)
            if (other.name == table->name) // but for blanks around it
                faults_.add(join_path(at, "table_name"), "is there twice: " + table->name);
        file_.tables.push_back(*std::move(table));
    }

    void read_skill(json::object& object, const std::string& at) {
        known(object, skill_names, at);
        ConnectorId id;
        if (const json::value* named = object.if_contains("connector"))
            id = meant<ConnectorTag>(*named, connectors_, join_path(at, "connector"), "connector");
        const auto account = std::ranges::find(file_.connectors, id, &ConnectorAccount::id);
        json::value given = object;
        give_category(given, at, account == file_.connectors.end() ? "" : account->category);
        auto skill = skill_from_json(given, at);
        if (!skill) return take(skill.error(), at);
        skill->id = id_at<SkillTag>(skills_, object, "id");
        skill->connector = id;
        if (account != file_.connectors.end()) {
            skill->connector_name = account->name;
            const ConnectorKind& kind = own_kinds_.at(id);
            for (std::size_t i = 0; i < skill->actions.size(); ++i)
                read_action(skill->actions[i], kind, join_path(join_path(at, "actions"), i));
        } else if (!skill->actions.empty()) {
            faults_.add(join_path(at, "connector"), "is missing: actions are a connector's");
        }
        file_.skills.push_back(*std::move(skill));
    }
    void give_category(json::value& skill, const std::string& at, std::string_view category) {
        skill.get_object().erase("id");
        json::value* member = skill.get_object().if_contains("actions");
        if (!member || !member->is_array()) return;
        for (std::size_t i = 0; i < member->get_array().size(); ++i)
            if (json::object* action = member->get_array()[i].if_object()) {
                known(*action, action_names, join_path(join_path(at, "actions"), i));
                (*action)["category"] = category.empty() ? "none" : category;
            }
    }
    void read_action(Action& action, const ConnectorKind& kind, const std::string& at) {
        action.id = to_hex(mint_());
        if (auto whole = action_of({&kind, 1}, action, at))
            action = *std::move(whole);
        else
            take(whole.error(), at);
    }

    void read_flow(json::object& object, const std::string& at) {
        known(object, flow_names, at);
        const Locals& agents = agents_[at];
        json::object given = object;
        given.erase("id");
        if (json::value* cron = given.if_contains("cron_details"); cron && cron->is_object())
            if (const auto by = cron->get_object().find("executed_by");
                by != cron->get_object().end())
                cron->get_object().stable_erase(by);
        replace<AgentTag>(given, "initialAgent", agents, at, "agent");
        replace<AgentflowTag>(given, "parent_agentflow_id", flows_, at, "agentflow");
        if (json::value* list = given.if_contains("agents"); list && list->is_array())
            for (std::size_t i = 0; i < list->get_array().size(); ++i)
                if (json::object* agent = list->get_array()[i].if_object())
                    read_agent(*agent, agents, join_path(join_path(at, "agents"), i));
        if (!faults_.empty()) return; // ids that are none would be told a second time
        auto flow = agentflow_from_json(given);
        if (!flow) return take(flow.error(), at);
        if (auto resolved = resolve(*flow); !resolved) return take(resolved.error(), at);
        flow->id = id_at<AgentflowTag>(flows_, object, "id");
        file_.flows.push_back(*std::move(flow));
    }
    void read_agent(json::object& agent, const Locals& agents, const std::string& at) {
        known(agent, agent_names, at);
        switch_off(agent);
        const std::string own(text_or(agent, "id"));
        agent.erase("id");
        if (const auto found = agents.find(own); found != agents.end())
            agent["_id"] = found->second;
        replace<AgentTag>(agent, "next_agent", agents, at, "agent");
        replace<AgentTag>(agent, "context", agents, at, "agent");
        replace<SkillTag>(agent, "skills", skills_, at, "skill");
        json::value* conditions = agent.if_contains("conditions");
        if (!conditions || !conditions->is_array()) return;
        for (std::size_t i = 0; i < conditions->get_array().size(); ++i)
            if (json::object* branch = conditions->get_array()[i].if_object();
                branch && text_or(*branch, "decision") != "end")
                replace<AgentTag>(*branch, "decision", agents,
                                  join_path(join_path(at, "conditions"), i), "agent");
    }
    /// What names something, or each item of it, becomes its id.
    template <class Tag> void replace(json::object& object, std::string_view member,
                                      const Locals& locals, const std::string& at,
                                      std::string_view what) {
        json::value* value = object.if_contains(member);
        if (!value || value->is_null()) return;
        const std::string place = join_path(at, member);
        if (json::array* items = value->if_array())
            for (std::size_t i = 0; i < items->size(); ++i)
                (*items)[i] = meant<Tag>((*items)[i], locals, join_path(place, i), what).hex();
        else
            *value = meant<Tag>(*value, locals, place, what).hex();
    }

    /// No flow takes over from itself, however many stand between.
    void check_parents() {
        std::map<AgentflowId, AgentflowId> parents;
        std::set<AgentflowId> ends; // from there the way has an end
        for (const Agentflow& flow : file_.flows) parents[flow.id] = flow.parent;
        for (std::size_t i = 0; i < file_.flows.size() && faults_.empty(); ++i) {
            std::set<AgentflowId> way;
            AgentflowId at = file_.flows[i].id;
            for (; at && !ends.contains(at) && way.insert(at).second; at = parents[at]) {}
            if (way.contains(at))
                faults_.add(join_path(join_path("agentflows", i), "parent_agentflow_id"),
                            "leads in a circle");
            ends.merge(way);
        }
    }

    Result<> read_records(std::string_view text) {
        const auto located = [](Error error, const std::string& at) {
            error.message = at + ": " + error.message;
            return std::unexpected(std::move(error));
        };
        auto of_tables = members_in(text);
        if (!of_tables) return located(std::move(of_tables).error(), "records");
        for (const JsonMember& each : *of_tables) {
            const std::string at = join_path("records", shown(each.name));
            const auto table = std::ranges::find(file_.tables, each.name, &Table::name);
            if (table == file_.tables.end()) return fail_field(at, "names no table of this file");
            auto texts = items_in(each.value);
            if (!texts) return located(std::move(texts).error(), at);
            file_.records.push_back(
                {static_cast<std::size_t>(table - file_.tables.begin()), *std::move(texts)});
        }
        return {};
    }

    static constexpr std::size_t config_bytes_max = 128 << 10;
    static constexpr std::size_t id_bytes_max = 2 * limits::name_bytes_max;

    std::span<const ConnectorKind> kinds_;
    const std::function<IdBytes()>& mint_;
    Faults faults_;
    ProjectFile file_;
    json::object head_;
    IdNames texts_;
    std::map<ConnectorId, ConnectorKind> own_kinds_; ///< with each connector's own actions
    Locals connectors_;
    Locals tables_;
    Locals skills_;
    Locals flows_;
    std::map<std::string, Locals> agents_; ///< by the place of their flow
};

} // namespace

Result<ProjectFile> read_project_file(std::string_view text, const ProjectId& project,
                                      std::span<const ConnectorKind> kinds,
                                      const std::function<IdBytes()>& mint) {
    return Reading(project, kinds, mint).read(text);
}

Result<json::value> read_record(const ProjectFile& file, const ProjectFile::Records& of,
                                std::size_t index) {
    const Table& table = file.tables[of.table];
    const std::string at = join_path(join_path("records", table.name), index);
    auto value = parse_unambiguous(of.texts[index]);
    if (!value) {
        value.error().message = at + ": " + value.error().message;
        return value;
    }
    if (const json::object* object = value->if_object())
        for (const auto& [name, member] : *object)
            if (std::ranges::find(table.columns, std::string_view(name), &Column::id) ==
                table.columns.end())
                return fail_field(join_path(at, std::string_view(name)),
                                  "is not a column of this table");
    TRY(check_record(table, *value, at));
    return value;
}

} // namespace weft
