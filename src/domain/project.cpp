#include "domain/organization.h"

#include "domain/members.h"

namespace weft {

json::object to_json(const Project& project) {
    json::object object{{"_id", project.id.hex()},
                        {"projectName", project.name},
                        {"description", project.description},
                        {"orgId", project.organization.hex()},
                        {"coworkerRole", project.coworker_role},
                        {"status", project.status},
                        {"createdAt", to_iso8601(project.created_at)},
                        {"updatedAt", to_iso8601(project.updated_at)}};
    if (project.trashed_at) object["trashedAt"] = to_iso8601(*project.trashed_at);
    return object;
}

Result<> patch_project(Project& project, const json::value& patch) {
    Faults faults;
    Project changed = project;
    Members members(patch, "", faults);
    members.name("projectName", changed.name);
    members.text("description", changed.description, limits::text_bytes_max);
    members.text("coworker_role", changed.coworker_role, limits::text_bytes_max);
    members.name("status", changed.status);
    TRY(faults.result());
    project = std::move(changed);
    return {};
}

} // namespace weft
