#pragma once

#include "domain/organization.h"
#include "domain/project_file.h"
#include "store/projects.h"

/// Puts a project together from what an export holds, in writes of a few milliseconds each; nobody
/// sees it before projects::publish, and what became of one that was not finished is removed
/// (projects.h).
namespace weft::store::project_filling {

/// As projects::begin, in a write of its own.
Task<Result<Project>> begin(Store& store, const Scope& scope, projects::Draft draft);

/// Puts in all that the file holds, in its order; its ids are of the scope's project. What the file
/// refers to outlives the task. invalid, malformed: a record; a flow that with its skills is too
/// large.
Task<Result<>> fill(Store& store, const Scope& scope, const ProjectFile& file);

/// What was put in is removed by whoever is told next (Engine::wake_removal).
Task<Result<>> give_up(Store& store, const Scope& scope);

/// What a project is made of, for its export. not_found: no such project.
Result<ProjectFile> read(Rx& rx, const Scope& scope);

} // namespace weft::store::project_filling
