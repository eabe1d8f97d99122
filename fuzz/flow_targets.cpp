#include "base/check.h"
#include "domain/agentflow.h"
#include "domain/package.h"
#include "domain/project_file.h"
#include "domain/table.h"
#include "fuzz/input.h"
#include "fuzz/targets.h"
#include "json/outline.h"

#include <fmt/format.h>

namespace weft::fuzz {

namespace {

/// 24 hex digits that count up.
template <class Id> std::function<Id()> counting() {
    return [number = 0]() mutable { return Id::parse(fmt::format("{:024x}", ++number)).value(); };
}

/// What is stored is read back as it was.
void check_round_trip(const Agentflow& flow) {
    const json::value stored = to_json(flow);
    const auto again = agentflow_from_json(stored);
    CHECK(again && json::value(to_json(*again)) == stored);
}

} // namespace

void agentflow(std::string_view bytes) {
    const auto value = parse_json(bytes);
    if (!value) return;
    const auto flow = agentflow_from_json(*value, counting<AgentId>());
    if (!flow) return;
    check_round_trip(*flow);
    Agentflow patched = *flow;
    if (patch_agentflow(patched, *value, counting<AgentId>())) check_round_trip(patched);
}

void skill(std::string_view bytes) {
    const auto value = parse_json(bytes);
    if (!value) return;
    const auto skill = skill_from_json(*value, "");
    if (!skill) return;
    const json::value stored = to_json(*skill);
    const auto again = skill_from_json(stored, "");
    CHECK(again && json::value(to_json(*again)) == stored);
}

/// {"table": {…}, "record": {…}}
void table(std::string_view bytes) {
    const auto value = parse_json(bytes);
    const json::value* definition = value ? find(*value, "table") : nullptr;
    if (!definition) return;
    const auto table = table_from_json(*definition, "");
    if (!table) return;
    const json::value stored = to_json(*table);
    const auto again = table_from_json(stored, "");
    CHECK(again && json::value(to_json(*again)) == stored);
    const json::value* given = find(*value, "record");
    if (!given) return;
    const auto record = check_record(*table, *given, "");
    if (!record) return;
    const auto same = check_record(*table, json::value(*record), "");
    CHECK(same && *same == *record);
}

/// Files, each after a line "=== path".
void package(std::string_view bytes) {
    std::map<std::string, std::string> files;
    std::string* file = nullptr;
    while (!bytes.empty()) {
        const std::string_view line = take_until(bytes, '\n');
        if (line.starts_with("=== "))
            file = &files[std::string(line.substr(4))];
        else if (file)
            *file += std::string(line) + "\n";
    }
    const auto package = package_from_files(files);
    if (!package) return;
    std::map<std::string, SkillId> skills;
    const auto mint_skill = counting<SkillId>();
    for (const Skill& each : package->skills) skills.emplace(each.name, mint_skill());
    std::ignore = package->entry();
    for (const PackageFlow& flow : package->flows) {
        const auto saved = agentflow_from_package(flow, skills, counting<AgentId>());
        CHECK(saved);
        check_round_trip(*saved);
    }
}

/// What is imported is exported as what would be imported as the same.
void project_file(std::string_view bytes) {
    static const std::vector<ConnectorKind> kinds{
        {.category = "restful", .display_name = "Web", .actions = {}, .is_default = false},
        {.category = "tables",
         .display_name = "Tables",
         .actions = {{.name = "Insert records",
                      .category = "tables",
                      .sort = "insert_records",
                      .input = {{.field_id = "table", .required = true},
                                {.field_id = "records", .type = "array"}}}}}};
    const ProjectId project = counting<ProjectId>()();
    const auto read = [&](std::string_view text) {
        return read_project_file(text, project, kinds, [number = 1'000]() mutable {
            return AgentId::parse(fmt::format("{:024x}", ++number)).value().bytes;
        });
    };
    const auto file = read(bytes);
    if (!file) return;
    for (const ProjectFile::Records& of : file->records)
        for (std::size_t i = 0; i < of.texts.size(); ++i) {
            CHECK(of.texts[i].data() >= bytes.data() &&
                  of.texts[i].data() + of.texts[i].size() <= bytes.data() + bytes.size());
            (void)read_record(*file, of, i);
        }
    const std::string text = to_pretty_text(project_file_json(*file, project, kinds));
    const auto again = read(text);
    CHECK(again && to_pretty_text(project_file_json(*again, project, kinds)) == text);
}

} // namespace weft::fuzz
