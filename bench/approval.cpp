// From the moment at which a person's approval is sent to that at which the intent of what was
// approved is on the disk: executions that wait for a person, approved one after another.
//   bench_approval [APPROVALS]
#include "journal.h"
#include "load.h"

namespace weft::bench {

constexpr useconds_t between_looks_us = 100;
constexpr std::int64_t patience_us = 60'000'000;

/// A skill that changes something: agents in preview mode ask before they use it.
std::string inserting_skill(Connections& to, const std::string& project) {
    const json::value page = to.ask("GET", "/skills?limit=500&projectID=" + project);
    for (const json::value& each : page.as_array())
        if (text_or(each, "name").find("nsert") != std::string_view::npos)
            return std::string(text_or(each, "_id"));
    CHECK(!"a skill that inserts");
    return {};
}

/// A flow of one agent that asks before it inserts a record.
std::string careful_flow(Connections& to, const std::string& project) {
    to.ask("POST", "/create/table?projectID=" + project,
           R"({"table_name": "Parcels",
               "columns": [{"column_name": "code", "column_type": "String"}]})");
    const json::value made =
        to.ask("POST", "/agentflow/?projectID=" + project,
               fmt::format(R"({{"name": "Careful", "agents": [{{"title": "Work",
                         "llm": {{"model": "weft/rehearsal"}}, "is_preview_mode_enabled": true,
                         "prompt": {{"template": "Insert a parcel."}}, "skills": ["{}"]}}]}})",
                           inserting_skill(to, project)));
    return std::string(text_or(made, "_id"));
}

bool asks(Connections& to, const std::string& execution) {
    const json::value now = to.ask("GET", "/execute_flow/" + execution);
    return text_or(now, "status") == "input_required";
}

std::vector<std::string> started(Connections& to, const std::string& project, int count) {
    const std::string flow = careful_flow(to, project);
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) {
        const json::value made = to.ask("POST", "/execute_flow?projectID=" + project,
                                        fmt::format(R"({{"agentflow_id": "{}"}})", flow));
        ids.emplace_back(text_or(made, "_id"));
    }
    const std::int64_t deadline_us = monotonic_us() + patience_us;
    for (const std::string& id : ids)
        while (!asks(to, id)) {
            CHECK(monotonic_us() < deadline_us);
            ::usleep(1'000);
        }
    return ids;
}

/// How long after its approval was sent the execution's next intent was seen in the journal.
double approve_ms(Connections& to, const Journal& journal, const std::string& execution) {
    const std::int64_t last = journal.number("SELECT max(rowid) FROM journal");
    const std::int64_t sent_us = monotonic_us();
    to.ask("POST", "/inbox/update/preview/" + execution,
           R"({"is_approved": true, "preview_input": {}})");
    bool found = false;
    while (!found) {
        journal.rows("SELECT hex(execution_id) FROM journal WHERE rowid > ?1 AND kind = 1", last,
                     [&](sqlite3_stmt* row) {
                         const auto* id =
                             reinterpret_cast<const char*>(sqlite3_column_text(row, 0));
                         found = found || ::strcasecmp(id, execution.c_str()) == 0;
                     });
        CHECK(monotonic_us() < sent_us + patience_us);
        if (!found) ::usleep(between_looks_us);
    }
    return static_cast<double>(monotonic_us() - sent_us) / 1e3;
}

void measure(int approvals) {
    const ScratchDirectory scratch;
    const std::filesystem::path data = scratch.path() / "data";
    const ServerProcess server = serve(data);
    Connections to(server.port(), 1);
    const std::string project = Flow(to, 0).project;
    const Journal journal(data);
    std::vector<double> took_ms;
    for (const std::string& each : started(to, project, approvals))
        took_ms.push_back(approve_ms(to, journal, each));
    sample("approval.p50_ms", percentile(took_ms, 0.5));
    sample("approval.p99_ms", percentile(took_ms, 0.99));
}

} // namespace weft::bench

int main(int count, char** arguments) {
    weft::bench::measure(count > 1 ? std::atoi(arguments[1]) : 200);
}
