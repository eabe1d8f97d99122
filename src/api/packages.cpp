#include "domain/package.h"

#include "api/agentflow_view.h"
#include "api/quotas.h"
#include "api/routes.h"
#include "api/table_view.h"
#include "connectors/catalogue.h"
#include "store/agentflows.h"
#include "store/skills.h"
#include "store/tables.h"

#include <boost/json/array.hpp>

namespace weft::api {

namespace {

struct InstallPackage {
    ProjectId project;
    json::object files;
    std::string model;
    static constexpr auto params() {
        using In = InstallPackage;
        return std::tuple{
            query_or_body("projectID", &In::project, "The project that the coworker works in"),
            body("files", &In::files, "The package: path inside it → text of the file").required(),
            body("model", &In::model,
                 "provider/name for every agent, instead of the package's own"),
        };
    }
};

using Files = std::map<std::string, std::string>;

Result<Files> files_of(const json::object& given) {
    Files files;
    for (const auto& [path, text] : given) {
        if (!text.is_string()) return fail_field("files." + std::string(path), "Must be text.");
        files.emplace(path, text.as_string());
    }
    return files;
}

/// Tables that are there already are used as they are, if they have the package's columns.
Result<std::vector<Table>> install_tables(store::Tx& tx, const Scope& scope,
                                          const Package& package) {
    std::vector<Table> tables;
    for (const Table& wanted : package.tables) {
        auto found = store::tables::find_by_name(tx, scope, wanted.name);
        if (!found && found.error().code != Code::not_found) return std::unexpected(found.error());
        Table table = found ? std::move(*found) : TRY(store::tables::create(tx, scope, wanted));
        for (const Column& column : wanted.columns) {
            const auto same = [&](const Column& each) {
                return each.id == column.id && each.type == column.type;
            };
            if (std::none_of(table.columns.begin(), table.columns.end(), same))
                return fail(Code::conflict,
                            fmt::format("The project has a table {} without the package's column "
                                        "{}: rename or remove that table.",
                                        wanted.name, column.id));
        }
        tables.push_back(std::move(table));
    }
    return tables;
}

/// The project's flow that this package installed before, or an empty one.
Result<Agentflow> installed_before(store::Tx& tx, const Scope& scope,
                                   const std::string& marketplace_id) {
    for (std::int64_t skip = 0;; skip += store::agentflows::page_max) {
        auto page = TRY(store::agentflows::list(tx, scope, skip, store::agentflows::page_max));
        for (Agentflow& flow : page.flows)
            if (text_or(flow.extra, "marketplace_id") == marketplace_id) return std::move(flow);
        if (std::int64_t(page.flows.size()) < store::agentflows::page_max) return Agentflow{};
    }
}

/// What is the same in two flows saved from one package, whatever ids their agents were given.
std::string shape(const Agentflow& flow) {
    json::array agents;
    for (const Agent& agent : flow.agents) {
        json::object one = to_json(agent);
        for (const char* id : {"_id", "next_agent", "context", "skills", "conditions"})
            one.erase(id);
        for (const Branch& branch : agent.conditions) one[branch.condition] = 1;
        agents.push_back(std::move(one));
    }
    return to_text(agents) + flow.name + flow.description + flow.default_goal;
}

Result<Agentflow> install_flow(store::Tx& tx, const Scope& scope, const Package& package,
                               const std::map<std::string, SkillId>& skills,
                               const std::string& model) {
    const auto mint = [&] { return tx.minter().mint<AgentTag>(scope.project.ordinal()); };
    Agentflow flow = TRY(agentflow_from_package(package.entry(), skills, mint));
    if (!model.empty())
        for (Agent& agent : flow.agents) agent.llm.model = model;
    const std::string marketplace_id = package.name + "@" + package.version;
    flow.extra["marketplace_id"] = marketplace_id;
    const Agentflow before = TRY(installed_before(tx, scope, marketplace_id));
    if (before.id && shape(before) == shape(flow)) return before;
    flow.id = before.id;
    return store::agentflows::save(tx, scope, std::move(flow));
}

Task<Result<Answer<"InstalledPackage">>> install(Request& rq, InstallPackage in) {
    const Files files = CO_TRY(ready(files_of(in.files)));
    const Package package = CO_TRY(ready(package_from_files(files)));
    const auto kinds = connectors::kinds(rq.services.catalogue);
    using Installed = Answer<"InstalledPackage">;
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<Installed> {
        json::array tables;
        for (const Table& table : TRY(install_tables(tx, rq.scope, package)))
            tables.push_back(table_view(table, rq.scope.project));
        std::map<std::string, SkillId> skills;
        for (const Skill& skill : TRY(store::skills::install(tx, rq.scope, package.skills, kinds)))
            skills.emplace(skill.name, skill.id);
        const Agentflow flow = TRY(install_flow(tx, rq.scope, package, skills, in.model));
        rq.audited.object = flow.id.hex();
        TRY(check_quotas(rq, tx, {Quota::agentflows, Quota::tables}));
        return Installed{{{"agentflow_id", flow.id.hex()},
                          {"agentflow", agentflow_view(flow, rq.scope)},
                          {"tables", std::move(tables)}}};
    });
}

constexpr Route routes[] = {
    {http::Method::post, "/package/install", "packages.install", needs(Role::editor),
     "Put a packaged coworker into a project: tables, skills, main flow; again changes nothing",
     handler<&install>, Audit::change},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> package_routes() { return routes; }

} // namespace weft::api
