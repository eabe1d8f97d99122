#include "api/own_organization.h"
#include "api/routes.h"
#include "api/times.h"
#include "store/charges.h"

#include <boost/json/array.hpp>

namespace weft::api {

namespace {

using store::charges::Charged;
using store::charges::ChargeKind;
using store::charges::Filter;

constexpr double micro = 1e6;
constexpr std::int64_t csv_rows_max = 100'000;

struct ListCredits {
    OrganizationId organization;
    std::int64_t limit = 0;
    std::int64_t skip = 0;
    std::optional<store::ChargeId> after;
    std::optional<ProjectId> project;
    std::string model;
    std::optional<AgentflowId> agentflow;
    std::optional<AgentflowId> coworker;
    std::string operation;
    std::string from;
    std::string to;
    std::string format;
    static constexpr auto params() {
        using In = ListCredits;
        return std::tuple{
            query("organization_id", &In::organization,
                  "Your organization; no other can be asked for"),
            query("limit", &In::limit,
                  "How many, at most 500, 50 when absent; of CSV at most 100000, all when absent")
                .clamped(0, csv_rows_max),
            query("skip", &In::skip, "How many to pass over").clamped(0, 1'000'000),
            query("after", &In::after,
                  "The _id of the last row of the page before: what is charged meanwhile moves "
                  "nothing"),
            query("projectID", &In::project, "Only charges of this project"),
            query("model", &In::model, "Only of this model, as provider/name"),
            query("agentflow_id", &In::agentflow, "Only of runs of this flow"),
            query("coworker_id", &In::coworker, "The same"),
            query("operation", &In::operation, "agent_execution or llm_call"),
            query("from", &In::from, "Only since then: seconds since 1970, or a date"),
            query("to", &In::to, "Only before then: the same"),
            query("format", &In::format, "json (when absent) or csv"),
        };
    }
};

/// JSON, or CSV when it is asked for.
struct HistoryAnswer {
    Answer<"CreditHistory"> answer = {};
    std::optional<http::Response> csv = {};
    static constexpr const char* schema_name = "CreditHistory";
    static constexpr const char* media_type_name = "text/csv";
};
http::Response to_response(HistoryAnswer either) {
    if (either.csv) return *std::move(either.csv);
    return to_response(std::move(either.answer));
}

Result<Filter> filter_of(const ListCredits& in) {
    Filter filter{.project = in.project.value_or(ProjectId{}),
                  .model = in.model,
                  .agentflow = in.agentflow ? *in.agentflow : in.coworker.value_or(AgentflowId{}),
                  .below = in.after.value_or(store::ChargeId{}),
                  .skip = in.skip};
    if (in.operation == "agent_execution")
        filter.kind = ChargeKind::agent_execution;
    else if (in.operation == "llm_call")
        filter.kind = ChargeKind::llm_call;
    else if (!in.operation.empty())
        return fail_field("operation", "Must be agent_execution or llm_call.");
    if (const auto from = TRY(read_time(in.from, "from"))) filter.from = *from;
    if (const auto to = TRY(read_time(in.to, "to"))) filter.before = *to;
    return filter;
}

template <class Tag> json::value id_or_null(const Id<Tag>& id) {
    return id ? json::value(id.hex()) : json::value(nullptr);
}
json::value text_or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::object view_of(const Charged& charged, const OrganizationId& organization) {
    const store::charges::Entry& entry = charged.entry;
    const bool is_step = bool(entry.execution);
    return {
        {"_id", entry.id.hex()},
        {"operation", is_step ? "agent_execution" : "llm_call"},
        {"created_at", zoneless(entry.created_at)},
        {"credits_consumed", static_cast<double>(entry.credits_micro) / micro},
        {"model", entry.model},
        {"tokens_consumed", entry.input_tokens + entry.output_tokens},
        {"organization_id", organization.hex()},
        {"projectID", charged.project.hex()},
        {"project_name", charged.project_name},
        {"coworker_role", charged.coworker_role},
        {"coworker_id", id_or_null(entry.agentflow)},
        {"coworker_name", text_or_null(entry.agentflow_name)},
        {"coworker_image", text_or_null(charged.image)},
        {"execution_id",
         entry.execution_uuid ? json::value(entry.execution_uuid.text()) : json::value(nullptr)},
        {"agent_id", id_or_null(entry.agent)},
        {"agent_title", text_or_null(entry.agent_title)},
        {"executed_by", text_or_null(entry.executed_by_id)},
        {"executed_by_name", text_or_null(entry.executed_by_name)},
        {"connector_category", nullptr}, // what connectors do costs no credits
        {"connector_sort", nullptr},
        {"metadata",
         {{"input_tokens", entry.input_tokens},
          {"output_tokens", entry.output_tokens},
          {"cost_usd", static_cast<double>(entry.cost_micro_usd) / micro}}},
    };
}

/// RFC 4180. What a spreadsheet would take for a formula begins with an apostrophe.
std::string cell_of(const json::value& value) {
    if (value.is_null()) return "";
    if (!value.is_string()) return to_text(value);
    const std::string_view text = value.get_string();
    std::string cell;
    if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos)
        cell += '\'';
    for (const char c : text) cell += c == '"' ? std::string("\"\"") : std::string(1, c);
    if (cell.find_first_of(",\"\r\n") == cell.npos) return cell;
    return '"' + cell + '"';
}

constexpr const char* csv_columns[] = {
    "_id",           "created_at",      "operation",     "credits_consumed",
    "model",         "tokens_consumed", "projectID",     "project_name",
    "coworker_role", "coworker_id",     "coworker_name", "execution_id",
    "agent_id",      "agent_title",     "executed_by",   "executed_by_name",
};

std::string csv_line(const json::object& view) {
    std::string line;
    for (const char* column : csv_columns)
        line += (line.empty() ? "" : ",") + cell_of(view.at(column));
    return line + "\r\n";
}

Task<Result<HistoryAnswer>> as_csv(Request& rq, Filter filter, std::int64_t limit) {
    std::string text;
    for (const char* column : csv_columns) text += (text.empty() ? "" : ",") + std::string(column);
    text += "\r\n";
    const std::int64_t most = limit > 0 ? limit : csv_rows_max;
    std::int64_t rows = 0;
    while (rows < most) {
        filter.limit = std::min(most - rows, store::charges::page_max);
        const auto page = CO_TRY(rq.store.read(
            [&](store::Rx& rx) { return store::charges::page(rx, rq.scope, filter); }));
        for (const Charged& each : page) text += csv_line(view_of(each, rq.scope.organization));
        rows += std::ssize(page);
        if (std::ssize(page) < filter.limit) break;
        filter.below = page.back().entry.id;
        filter.skip = 0;
    }
    if (rows == csv_rows_max && limit == 0)
        co_return fail(Code::too_large,
                       fmt::format("There are {} charges or more: say from when to when, with "
                                   "from and to.",
                                   csv_rows_max));
    http::Response response;
    response.headers.set("content-type", "text/csv");
    response.headers.set("x-content-type-options", "nosniff");
    response.headers.set("content-disposition", "attachment; filename=credit_history.csv");
    response.body = std::move(text);
    co_return HistoryAnswer{.csv = std::move(response)};
}

Task<Result<HistoryAnswer>> history(Request& rq, ListCredits in) {
    CO_TRY(ready(check_organization(rq, in.organization)));
    Filter filter = CO_TRY(ready(filter_of(in)));
    if (in.format == "csv") co_return co_await as_csv(rq, filter, in.limit);
    if (!in.format.empty() && in.format != "json")
        co_return fail_field("format", "Must be json or csv.");
    if (in.limit > 0) filter.limit = in.limit;
    const auto page = CO_TRY(
        rq.store.read([&](store::Rx& rx) { return store::charges::list(rx, rq.scope, filter); }));
    json::array rows;
    for (const Charged& each : page.charges) rows.push_back(view_of(each, rq.scope.organization));
    co_return HistoryAnswer{
        .answer = {{{"total", page.total},
                    {"credits_consumed", static_cast<double>(page.credits_micro) / micro},
                    {"data", std::move(rows)}}}};
}

constexpr Route routes[] = {
    {http::Method::get, "/customer/credit_history", "customer.credit_history",
     in_whole_organization(Role::owner),
     "What was charged in all projects of your organization, newest first", handler<&history>},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> credit_history_routes() { return routes; }

} // namespace weft::api
