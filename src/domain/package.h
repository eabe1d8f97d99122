#pragma once

#include "domain/agentflow.h"
#include "domain/table.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weft {

/// One file of flows/: the agentflow's JSON, in which skills are named by the names of skills.json
/// and agents in next_agent, context, initialAgent and decisions may be named by title. Agents need
/// no `_id`.
struct PackageFlow {
    std::string path;
    std::string name;
    json::value body;
};

/// A packaged coworker (flows.md, Packages): data only. Nothing in it is run by reading it.
///
///     coworker.json   {name, version, category, role, description, permissions [text], entry_flow}
///     flows/*.json    an agentflow each; entry_flow is one's name
///     tables/*.json   {table_name, columns}
///     skills.json     [{name, description, category, actions [{sort, preset {}, input_schema,
///     output_schema}]}] forms/*.json    kept for the web app sample/         files to try it with
///     README.md
struct Package {
    std::string name;
    std::string version;
    std::string category;
    std::string role;
    std::string description;
    std::vector<std::string> permissions;
    std::string entry_flow;
    std::vector<PackageFlow> flows;
    std::vector<Table> tables; ///< without ids
    std::vector<Skill>
        skills; ///< without ids; each action's preset, and those schemas that the package gives
    std::vector<std::string> samples; ///< paths

    const PackageFlow& entry() const;
};

/// Whether a file may be in a package: a relative path of the layout above, no "..", no hidden
/// part. Callers that read a directory refuse it (and links) before they open the file.
bool is_package_path(std::string_view path);

/// Path → text of every file. Everything is checked: that each flow resolves, that the skills it
/// names are there, that names are unique. invalid: names the file and the member. malformed: a
/// file is not JSON. too_large.
Result<Package> package_from_files(const std::map<std::string, std::string>& files);

/// The flow as it is saved in a project: skill names replaced by the ids in `skills`, agents given
/// ids, titles resolved. invalid: a skill that is not in `skills`, or the flow's own faults.
Result<Agentflow> agentflow_from_package(const PackageFlow& flow,
                                         const std::map<std::string, SkillId>& skills,
                                         const std::function<AgentId()>& mint);

} // namespace weft
