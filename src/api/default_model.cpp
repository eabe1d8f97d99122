#include "api/default_model.h"

#include "store/project_settings.h"

#include <boost/json/array.hpp>

namespace weft::api {

namespace {

bool names_none(const json::value& agent) {
    const json::value* llm = find(agent, "llm");
    return agent.is_object() &&
           (!llm || llm->is_null() || (llm->is_object() && text_or(*llm, "model").empty()));
}

void set_model(json::value& agent, const std::string& model) {
    json::value& llm = agent.as_object()["llm"];
    if (!llm.is_object()) llm.emplace_object();
    llm.as_object()["model"] = model;
}

Task<Result<std::string>> default_model(Request& rq) {
    return rq.store.read_point([&rq](store::Rx& rx) {
        return store::project_settings::default_model(rx, rq.scope.project);
    });
}

} // namespace

Task<Result<>> name_model(Request& rq, json::object& agent) {
    json::value named(std::move(agent));
    if (names_none(named))
        if (const auto model = CO_TRY(default_model(rq)); !model.empty()) set_model(named, model);
    agent = std::move(named.as_object());
    co_return Result<>{};
}

Task<Result<>> name_models(Request& rq, json::object& flow) {
    json::value* given = flow.if_contains("agents");
    json::array* agents = given ? given->if_array() : nullptr;
    if (!agents || std::ranges::none_of(*agents, names_none)) co_return Result<>{};
    const auto model = CO_TRY(default_model(rq));
    if (model.empty()) co_return Result<>{};
    for (json::value& agent : *agents)
        if (names_none(agent)) set_model(agent, model);
    co_return Result<>{};
}

} // namespace weft::api
