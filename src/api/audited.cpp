#include "api/audited.h"

#include "api/openapi.h"
#include "store/audit.h"

#include <boost/json/parse.hpp>

namespace weft::api {

namespace {

bool names_project(std::string_view name) {
    return name == "P" || name == "projectID" || name == "projectId";
}

bool reads_as_id(const std::string& text) {
    return ProjectId::parse(text).has_value() || Uuid::parse(text).has_value();
}

/// The first id in the path that is not the project's, else that.
std::string id_in(const RawInput& raw) {
    std::string project;
    for (const auto& [name, text] : raw.path) {
        if (!reads_as_id(text)) continue;
        if (!names_project(name)) return text;
        project = text;
    }
    return project;
}

/// The members that the schema of a whole body documents; none: they are not known by name.
const json::object* documented(const json::value& schema) {
    constexpr std::string_view prefix = "#/components/schemas/";
    const std::string_view ref = text_or(schema, "$ref");
    const json::value* named =
        ref.starts_with(prefix) ? find(answer_schemas(), ref.substr(prefix.size())) : &schema;
    const json::value* properties = named ? find(*named, "properties") : nullptr;
    return properties ? properties->if_object() : nullptr;
}

/// Which documented members were sent.
json::array members_of(const Operation& operation, const json::value& body) {
    json::array members;
    const json::object* sent = body.if_object();
    if (!sent) return members;
    for (const ParamDoc& param : operation.params) {
        if (param.where == Where::whole_body) {
            const json::value schema = json::parse(param.schema);
            const json::object* known = documented(schema);
            for (const auto& [name, value] : *sent)
                if (known && known->contains(name) && !names_project(name))
                    members.emplace_back(name);
        } else if (param.where == Where::body && sent->contains(param.name)) {
            members.emplace_back(param.name);
        }
    }
    return members;
}

} // namespace

void prepare_audit(Request& rq, const Match& match, const RawInput& raw) {
    const Audit audit = match.route->audit;
    if (audit != Audit::change && audit != Audit::taking) return;
    rq.audited.what = match.route->operation_id;
    rq.audited.in_path = id_in(raw);
    if (auto members = members_of(match.route->operation, raw.body); !members.empty())
        rq.audited.details["members"] = std::move(members);
}

Result<> Request::audit(store::Tx& tx, std::string_view answered) {
    Scope of = scope;
    if (!of.project) of.project = holder.project;
    const std::string& object = audited.object.empty() ? audited.in_path : audited.object;
    const bool by_answer = audited.object.empty() && !answered.empty();
    TRY(store::audit::append(tx, store.vault(), of,
                             {.what = audited.what,
                              .object = by_answer ? std::string(answered) : object,
                              .details = audited.details,
                              .address = http.client,
                              .request_id = request_id}));
    audited.is_written = true;
    return {};
}

} // namespace weft::api
