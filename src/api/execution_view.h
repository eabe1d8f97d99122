#pragma once

#include "engine/engine.h"
#include "store/tasks.h"
#include "json/text_writer.h"

#include <boost/json/object.hpp>

namespace weft::api {

/// An execution as the contract shows it: the snapshot of its flow, what its agents brought, what
/// it cost. Written straight into text, since it is large and asked for again and again.
void write_execution(TextWriter& to, const engine::Loaded& loaded);
std::string execution_text(const engine::Loaded& loaded);

/// {execution_id, status} and, while an owner has not let go after a stop, settling.
json::object execution_status_view(const Execution& row);

/// A task with the tree of its executions; GET adds `executions`. `in`: where its JSON lies.
json::object task_view(const store::tasks::TaskView& view, const ProjectId& project,
                       const json::storage_ptr& in = {});

/// An id as text, none as null.
template <class Tag> json::value id_or_null(const Id<Tag>& id, const json::storage_ptr& in = {}) {
    return id ? json::value(id.hex(), in) : json::value(nullptr, in);
}

} // namespace weft::api
