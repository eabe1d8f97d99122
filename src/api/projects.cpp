#include "store/projects.h"

#include "api/own_organization.h"
#include "api/quotas.h"
#include "api/routes.h"
#include "connectors/catalogue.h"
#include "domain/limits.h"
#include "store/connectors.h"

#include <boost/json/array.hpp>

namespace weft::api {

namespace {

using store::projects::Trash;

constexpr std::int64_t page_max = 200;

struct CreateProject {
    OrganizationId organization;
    std::string name;
    std::string description;
    std::string coworker_role;
    std::string status;
    static constexpr auto params() {
        using In = CreateProject;
        return std::tuple{
            body("orgId", &In::organization, "Your organization").required(),
            body("projectName", &In::name, "Unique in the organization").required(),
            body("description", &In::description, "What it is for"),
            body("coworker_role", &In::coworker_role, "What the AI coworker is"),
            body("status", &In::status, "Any word; published when absent"),
        };
    }
};

struct ListProjects {
    OrganizationId organization;
    std::string user;
    std::string status;
    bool in_trash = false;
    std::int64_t page = 1;
    std::int64_t limit = 50;
    static constexpr auto params() {
        using In = ListProjects;
        return std::tuple{
            query("orgId", &In::organization, "Your organization; no other can be asked for"),
            query("userId", &In::user,
                  "Selects nothing: a key of the organization and an admin see all its projects, "
                  "others those that they were added to, a key of one project that one"),
            query("status", &In::status, "Only those with this status"),
            query("trash", &In::in_trash, "true: those in the trash, which are not shown else"),
            query("page", &In::page, "From 1").clamped(1, 1'000'000),
            query("limit", &In::limit, "Projects per page, at most 200").clamped(1, page_max),
        };
    }
};

struct AllProjects {
    OrganizationId organization;
    std::string user;
    static constexpr auto params() {
        using In = AllProjects;
        return std::tuple{
            query("orgId", &In::organization, "Your organization; no other can be asked for"),
            query("userId", &In::user, "Selects nothing, as in GET /v1/project"),
        };
    }
};

struct OneProject {
    ProjectId id;
    static constexpr auto params() { return std::tuple{path("P", &OneProject::id, "The project")}; }
};

struct RemoveProject {
    ProjectId id;
    bool soft = false;
    static constexpr auto params() {
        using In = RemoveProject;
        return std::tuple{
            path("P", &In::id, "The project"),
            query("soft", &In::soft,
                  "true: into the trash, with all that it holds, from where POST "
                  "/v1/project/{P}/restore brings it back"),
        };
    }
};

struct ProjectByName {
    std::string name;
    static constexpr auto params() {
        return std::tuple{
            path("name", &ProjectByName::name, "Percent-encoded, a slash in it as %2F")};
    }
};

struct ChangeProject {
    ProjectId id;
    json::object changes;
    static constexpr auto params() {
        using In = ChangeProject;
        return std::tuple{
            query("projectId", &In::id, "The project").required(),
            whole_body(&In::changes, "The members to change; the others stay")
                .required()
                .shaped(R"({"$ref":"#/components/schemas/ProjectInput"})"),
        };
    }
};

using ProjectAnswer = Answer<"Project">;
using ProjectListAnswer = Answer<"ProjectList">;

/// With what whoever asks may do in it.
Task<Result<json::object>> view_for(Request& rq, Project project) {
    const Role role = CO_TRY(rq.services.authenticator.role_in(project.id, rq.holder));
    json::object view = to_json(project);
    view["my_role"] = to_text(role);
    co_return view;
}

Task<Result<ProjectListAnswer>> list_view(Request& rq, store::projects::Page page) {
    json::array list;
    for (Project& project : page.projects) list.push_back(CO_TRY(view_for(rq, std::move(project))));
    co_return ProjectListAnswer{{{"projectList", std::move(list)}, {"totalCount", page.total}}};
}

Task<Result<ProjectAnswer>> create(Request& rq, CreateProject in) {
    CO_TRY(ready(check_organization(rq, in.organization)));
    json::object given{{"projectName", in.name},
                       {"description", in.description},
                       {"coworker_role", in.coworker_role}};
    if (!in.status.empty()) given["status"] = in.status;
    Project draft;
    CO_TRY(ready(patch_project(draft, given)));
    const auto kinds = connectors::kinds(rq.services.catalogue);
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<ProjectAnswer> {
        const Project made = TRY(store::projects::create(tx, rq.scope,
                                                         {.name = draft.name,
                                                          .description = draft.description,
                                                          .coworker_role = draft.coworker_role,
                                                          .status = draft.status}));
        const Scope inside{made.organization, made.id, rq.scope.principal};
        TRY(store::connectors::create_defaults(tx, inside, kinds));
        TRY(check_quotas(rq, tx, {Quota::projects}));
        return ProjectAnswer{to_json(made)};
    });
}

/// The only project that the key can see, as a page.
Result<store::projects::Page> own_page(store::Rx& rx, const Request& rq,
                                       const store::projects::Filter& filter) {
    const Project own = TRY(store::projects::find(rx, rq.scope, rq.holder.project));
    store::projects::Page page;
    if (!filter.status.empty() && own.status != filter.status) return page;
    if (own.trashed_at.has_value() != (filter.trash == Trash::inside)) return page;
    page.total = 1;
    if (filter.skip == 0) page.projects.push_back(own);
    return page;
}

Task<Result<ProjectListAnswer>> list_filtered(Request& rq, store::projects::Filter filter) {
    auto page = CO_TRY(rq.store.read([&](store::Rx& rx) {
        return rq.holder.project ? own_page(rx, rq, filter)
                                 : store::projects::list(rx, rq.scope, filter);
    }));
    co_return co_await list_view(rq, std::move(page));
}

Task<Result<ProjectListAnswer>> list(Request& rq, ListProjects in) {
    CO_TRY(ready(check_organization(rq, in.organization)));
    co_return co_await list_filtered(rq, {.status = std::move(in.status),
                                          .limit = in.limit,
                                          .skip = (in.page - 1) * in.limit,
                                          .member = rq.holder.confined_to(),
                                          .trash = in.in_trash ? Trash::inside : Trash::outside});
}

Task<Result<ProjectListAnswer>> list_all(Request& rq, AllProjects in) {
    CO_TRY(ready(check_organization(rq, in.organization)));
    co_return co_await list_filtered(
        rq, {.limit = static_cast<std::int64_t>(limits::projects_per_organization_max),
             .member = rq.holder.confined_to()});
}

Task<Result<ProjectAnswer>> get_project(Request& rq, OneProject in) {
    const Project project = CO_TRY(rq.store.read_point(
        [&](store::Rx& rx) { return store::projects::find(rx, rq.scope, in.id); }));
    co_return ProjectAnswer { CO_TRY(view_for(rq, project)) };
}

Task<Result<ProjectAnswer>> get_by_name(Request& rq, ProjectByName in) {
    const Project project = CO_TRY(rq.store.read_point(
        [&](store::Rx& rx) { return store::projects::find_by_name(rx, rq.scope, in.name); }));
    if (rq.holder.project && rq.holder.project != project.id)
        co_return fail(Code::not_found, "There is no such project.");
    CO_TRY(rq.services.authenticator.role_in(project.id, rq.holder));
    CO_TRY(ready(store::projects::check_in_use(project)));
    co_return ProjectAnswer{to_json(project)};
}

/// A project stays in its organization: `orgId` may be named, but not changed.
Result<> check_stays(const Request& rq, const json::object& changes) {
    const json::value* named = find(changes, "orgId");
    if (!named || named->is_null()) return {};
    OrganizationId organization;
    if (!from_json(*named, organization))
        return fail_field("orgId", fmt::format("Must be {}.", type_of<OrganizationId>::words));
    return check_organization(rq, organization);
}

Task<Result<ProjectAnswer>> change(Request& rq, ChangeProject in) {
    CO_TRY(ready(check_stays(rq, in.changes)));
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<ProjectAnswer> {
        Project project = TRY(store::projects::find(tx, rq.scope, in.id));
        TRY(patch_project(project, in.changes));
        return ProjectAnswer {
            to_json(TRY(store::projects::update(tx, rq.scope, std::move(project))))
        };
    });
}

Task<Result<ProjectAnswer>> put_in_trash(Request& rq, ProjectId id) {
    Project trashed;
    rq.audited.details["soft"] = true;
    auto answer = CO_TRY(rq.commit([&](store::Tx& tx) -> Result<ProjectAnswer> {
        trashed = TRY(store::projects::put_in_trash(tx, rq.scope, id));
        return ProjectAnswer{to_json(trashed)};
    }));
    rq.services.authenticator.forget_projects();
    // From that commit on nothing begins in it, and the engine stops what still runs if this fails.
    if (trashed.id) (void)co_await rq.engine.stop_all(trashed);
    co_return answer;
}

Task<Result<ProjectAnswer>> restore(Request& rq, OneProject in) {
    auto answer = CO_TRY(rq.commit([&](store::Tx& tx) -> Result<ProjectAnswer> {
        return ProjectAnswer { to_json(TRY(store::projects::restore(tx, rq.scope, in.id))) };
    }));
    rq.services.authenticator.forget_projects();
    co_return answer;
}

Task<Result<ProjectAnswer>> remove(Request& rq, RemoveProject in) {
    if (in.soft) co_return co_await put_in_trash(rq, in.id);
    Project deleted;
    auto answer = CO_TRY(rq.commit([&](store::Tx& tx) -> Result<ProjectAnswer> {
        deleted = TRY(store::projects::mark_deleted(tx, rq.scope, in.id));
        return ProjectAnswer{to_json(deleted)};
    }));
    rq.services.authenticator.forget_projects();
    // It is deleted whatever comes of this: the engine goes on with it until nothing is left.
    if (deleted.id) (void)co_await rq.engine.remove(deleted);
    co_return answer;
}

constexpr Route routes[] = {
    {http::Method::post, "/v1/project", "projects.create", in_whole_organization(Role::editor),
     "Make a project with its default connectors; 409 when the name is taken", handler<&create>,
     Audit::change},
    {http::Method::get, "/v1/project", "projects.list", in_organization(Role::viewer),
     "A page of the organization's projects, oldest first", handler<&list>},
    {http::Method::get, "/v1/project/all", "projects.list_all", in_organization(Role::viewer),
     "All projects of the organization, oldest first", handler<&list_all>},
    {http::Method::put, "/v1/project", "projects.update", needs(Role::editor),
     "Change members of a project; 409 when another one has the name", handler<&change>,
     Audit::change},
    {http::Method::get, "/v1/project/{P}", "projects.get", needs(Role::viewer).also_in_trash(),
     "A project", handler<&get_project>},
    {http::Method::delete_, "/v1/project/{P}", "projects.delete",
     needs(Role::owner).also_in_trash(),
     "Delete a project for ever: stops its runs, forgets it at once, then removes all that it "
     "holds; answers it as it was. With soft=true it only goes into the trash",
     handler<&remove>, Audit::change},
    {http::Method::post, "/v1/project/{P}/restore", "projects.restore",
     needs(Role::owner).also_in_trash(),
     "Bring a project back from the trash; what ran in it stays stopped", handler<&restore>,
     Audit::change},
    {http::Method::get, "/project/projectName/{name}", "projects.by_name",
     in_organization(Role::viewer), "The project of this name; names are unique and exact",
     handler<&get_by_name>},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> project_routes() { return routes; }

} // namespace weft::api
