#pragma once

#include "engine/engine.h"
#include "json/text_writer.h"

/// What a stop cut off, what had happened before it, and what was paid.
namespace weft::api {

/// The member `stop` of an execution: null when it was not cancelled. As far as is known: while it
/// settles, what was open is still being aborted.
void write_stop(TextWriter& to, const engine::Loaded& loaded);

/// The member `stop` of a task: null when nothing of it was stopped.
void write_task_stop(TextWriter& to, const std::vector<engine::Loaded>& executions);

/// The same in the answer to the stop itself, which does not wait for what was open.
json::value task_stop_view(const std::vector<store::executions::Stopped>& stops, const Usage& paid);

void write_usage(TextWriter& to, std::string_view name, const Usage& usage);

} // namespace weft::api
