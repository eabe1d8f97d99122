#include "api/quotas.h"
#include "api/routes.h"
#include "connectors/catalogue.h"
#include "connectors/restful_request.h"
#include "domain/members.h"
#include "store/project_filling.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace weft::api {

namespace {

namespace filling = store::project_filling;

constexpr std::size_t records_in_a_row = 256; ///< that are checked before others get a turn

struct ImportProject {
    OrganizationId organization;
    std::string name;
    static constexpr auto params() {
        using In = ImportProject;
        return std::tuple{
            query("orgId", &In::organization, "Your organization; no other can be meant"),
            query("name", &In::name, "Instead of the name in the export"),
        };
    }
};

/// Secrets that headers and queries speak of: an export never has them.
std::vector<std::string> secrets_named_in(const json::object& config) {
    static constexpr std::string_view begin = "secrets.";
    std::vector<std::string> names;
    const std::string text = to_text(config);
    for (std::size_t at = 0; (at = text.find(begin, at)) != text.npos;) {
        at += begin.size();
        std::size_t end = at;
        while (end < text.size() &&
               (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_'))
            ++end;
        std::string name = "secrets." + text.substr(at, end - at);
        if (end > at && std::ranges::find(names, name) == names.end())
            names.push_back(std::move(name));
    }
    return names;
}

/// Like one that a person has just made, and that nobody has switched on. invalid: below `at`.
Result<> set_up(ConnectorAccount& account, const connectors::Connector& kind,
                const std::string& at) {
    if (kind.form().empty()) {
        if (!account.config.empty()) return fail_field(at + ".config", "must be empty");
        return {};
    }
    auto setup = kind.set_up(account.config, {});
    if (!setup) {
        Faults faults;
        for (const FieldError& each : setup.error().fields)
            faults.add(join_path(at, each.field), each.message);
        TRY(faults.result());
        return std::unexpected(std::move(setup).error());
    }
    if (!setup->secrets.empty())
        return fail_field(fmt::format("{}.config.{}", at, setup->secrets.begin()->first),
                          "is a secret: give it to the connector after the import");
    account.config = std::move(setup->config);
    account.reason = std::move(setup->lacking);
    for (const std::string& name : secrets_named_in(account.config))
        account.reason += (account.reason.empty() ? "give its " : ", ") + name;
    account.status = account.reason.empty() ? "inactive" : "pending";
    return {};
}

/// What only the connectors themselves can check.
Result<> check_connectors(ProjectFile& file, const connectors::Catalogue& catalogue) {
    Faults faults;
    std::map<ConnectorId, std::pair<std::string, std::size_t>> places; // and actions so far
    for (std::size_t i = 0; i < file.connectors.size(); ++i) {
        ConnectorAccount& account = file.connectors[i];
        const std::string at = join_path("connectors", i);
        places[account.id] = {at, 0};
        if (auto done = set_up(account, *catalogue.find(account.category), at); !done)
            faults.add(done.error());
    }
    for (const CustomAction& custom : file.actions) {
        auto& [connector, count] = places.at(custom.connector);
        const std::string at = join_path(join_path(connector, "actions"), count++);
        const auto account =
            std::ranges::find(file.connectors, custom.connector, &ConnectorAccount::id);
        if (!catalogue.find(account->category)->takes_custom_actions()) {
            faults.add(at, "cannot be: such a connector has no actions of its own");
            continue;
        }
        if (auto checked = connectors::check_custom_action(custom); !checked)
            for (const FieldError& each : checked.error().fields)
                faults.add(join_path(at, each.field), each.message);
    }
    return faults.result();
}

Result<ProjectFile> read_file(Request& rq, const ProjectId& project,
                              const std::function<IdBytes()>& mint) {
    const auto kinds = connectors::kinds(rq.services.catalogue);
    ProjectFile file = TRY(read_project_file(rq.http.body, project, kinds, mint));
    TRY(check_connectors(file, rq.services.catalogue));
    return file;
}

Task<Result<>> check_records(const ProjectFile& file) {
    std::size_t count = 0;
    for (const ProjectFile::Records& of : file.records)
        for (std::size_t i = 0; i < of.texts.size(); ++i) {
            CO_TRY(ready(read_record(file, of, i)));
            if (++count % records_in_a_row == 0)
                co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
        }
    co_return Result<>{};
}

/// Ids that stand for those of the project, which is not there yet.
std::function<IdBytes()> counting() {
    return [count = std::uint32_t{0}]() mutable {
        IdBytes bytes{};
        ++count;
        for (std::size_t i = 0; i < sizeof count; ++i)
            bytes[bytes.size() - 1 - i] = static_cast<std::uint8_t>(count >> (8 * i));
        return bytes;
    };
}

Task<Result<>> fill(Request& rq, const Scope& inside) {
    const auto mint = [&] {
        return rq.services.ids.mint<ProjectTag>(inside.project.ordinal()).bytes;
    };
    const ProjectFile file = CO_TRY(ready(read_file(rq, inside.project, mint)));
    co_return co_await filling::fill(rq.store, inside, file);
}

using ProjectAnswer = Answer<"Project">;

Task<Result<ProjectAnswer>> import_project(Request& rq, ImportProject in) {
    if (in.organization && in.organization != rq.scope.organization)
        co_return fail(Code::not_found, "There is no such organization.");
    // All of it is looked at before anything of it is made.
    const ProjectFile file = CO_TRY(ready(read_file(rq, {}, counting())));
    CO_TRY(check_records(file));
    const store::projects::Draft draft{.name = in.name.empty() ? file.name : in.name,
                                       .description = file.description,
                                       .coworker_role = file.coworker_role,
                                       .status = file.status};
    const Project begun = CO_TRY(filling::begin(rq.store, rq.scope, draft));
    const Scope inside{begun.organization, begun.id, rq.scope.principal};
    const auto filled = co_await fill(rq, inside);
    Result<ProjectAnswer> answer = std::unexpected(filled ? Error{} : filled.error());
    if (filled)
        answer = co_await rq.commit([&](store::Tx& tx) -> Result<ProjectAnswer> {
            const Project made = TRY(store::projects::publish(tx, inside, begun.name));
            TRY(check_quotas(
                rq, tx, {Quota::projects, Quota::agentflows, Quota::connectors, Quota::tables}));
            return ProjectAnswer{to_json(made)};
        });
    if (!answer) {
        (void)co_await filling::give_up(rq.store, inside); // else its time runs out
        rq.engine.wake_removal();
    }
    co_return answer;
}

constexpr Route routes[] = {
    {http::Method::post, "/v1/project/import", "projects.import",
     in_whole_organization(Role::owner),
     "Make a project of an export. Nothing in it runs: connectors have no secrets and are off, "
     "schedules and triggers too",
     handler<&import_project>, Audit::change, Media::bytes},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> project_import_routes() { return routes; }

} // namespace weft::api
