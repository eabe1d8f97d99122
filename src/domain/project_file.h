#pragma once

#include "domain/connector.h"
#include "domain/custom_action.h"
#include "domain/table.h"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weft {

/// What a project is made of, without its people, keys, secrets, files and runs: what an export
/// holds. As one JSON text (docs/how-to/move-a-project.md):
///
///     weft_project  1: the version of the format
///     project       {projectName, description, coworker_role, status}
///     connectors    [{id, category, name, description, logo, config, actions}]
///     tables        [{table_name, columns, triggers}]
///     skills        [{id, connector, name, description, logo, actions}]
///     agentflows    [{id, …}] in the API's shape
///     records       {table_name: [record]}
///
/// Things are named by ids of the file: their names, with a number behind where two have one name.
/// In texts that nothing reads closer (prompts, presets, triggers, …) the id of something in the
/// project is written @{agentflow:its id}, likewise for table, skill, connector, agent (as
/// flow/agent) and project.
struct ProjectFile {
    std::string name;
    std::string description;
    std::string coworker_role;
    std::string status;
    std::vector<ConnectorAccount> connectors;
    std::vector<CustomAction> actions; ///< of the connectors
    std::vector<Table> tables;
    std::vector<Skill> skills;
    std::vector<Agentflow> flows;

    /// Texts of records, inside the text that was read.
    struct Records {
        std::size_t table = 0; ///< in `tables`
        std::vector<std::string_view> texts;
    };
    std::vector<Records> records = {};
};

inline constexpr std::int64_t project_file_version = 1;
inline constexpr std::size_t project_file_head_bytes_max = 16 << 20; ///< all but records

/// The export of a project, all but its records. `kinds`: what this program can connect to; what an
/// action has from there is not repeated.
json::object project_file_json(const ProjectFile& file, const ProjectId& project,
                               std::span<const ConnectorKind> kinds);
/// A record as the export has it: by column, null where one with a default has no value.
json::object record_json(const Table& table, const Record& record);

/// Reads an export; everything in it gets an id of `mint`, and the project's own id is `project`.
/// Everything but the records is checked. Triggers come switched off, schedules not at all. What is
/// not documented is refused. malformed: no JSON, or members of one name. invalid: names each wrong
/// member. too_large. Statuses of connectors are the caller's to set, and their configs to check.
Result<ProjectFile> read_project_file(std::string_view text, const ProjectId& project,
                                      std::span<const ConnectorKind> kinds,
                                      const std::function<IdBytes()>& mint);
/// One of `of`'s records, checked. malformed, invalid: below records.<table>.<index>.
Result<json::value> read_record(const ProjectFile& file, const ProjectFile::Records& of,
                                std::size_t index);

/// Whether something in a project has an id of this kind in texts; "" for what has none.
using IdNames = std::map<std::string, std::string>; ///< 24 hex digits → "table:Leads", and back
/// Writes @{…} where the text has one of these ids, …
std::string with_names(std::string_view text, const IdNames& names);
/// … and the id where it has @{…}; others stay as they are.
std::string with_ids(std::string_view text, const IdNames& ids);

} // namespace weft
