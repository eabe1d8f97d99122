#include "api/routes.h"

namespace weft::api {

namespace {

struct Nothing {
    static constexpr auto params() { return std::tuple{}; }
};

void add(std::string& to, std::string_view name, std::string_view type, std::string_view help,
         double value) {
    to += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n{0} {3}\n", name, help, type, value);
}

/// As https://prometheus.io/docs/instrumenting/exposition_formats/ has it.
std::string measurements(const store::Store& store) {
    constexpr double us_per_s = 1e6;
    const store::WriterStats writer = store.stats();
    const auto count = [](std::int64_t of) { return static_cast<double>(of); };
    std::string text;
    add(text, "weft_store_statements_total", "counter",
        "Statements run on all connections of the store, BEGIN and COMMIT among them.",
        count(store.statements()));
    add(text, "weft_store_writes_total", "counter", "Writes acknowledged as durable.",
        count(writer.writes));
    add(text, "weft_store_commits_total", "counter",
        "Commits that changed something; one makes many writes durable.", count(writer.commits));
    add(text, "weft_store_checkpoints_total", "counter",
        "How often the write-ahead log was moved into the database.", count(writer.checkpoints));
    add(text, "weft_store_longest_hold_seconds", "gauge",
        "For how long the longest write kept others waiting, without its commit.",
        count(writer.longest_hold_us) / us_per_s);
    add(text, "weft_store_writer_age_seconds", "gauge",
        "For how long the oldest write that is not yet durable has waited.",
        count(store.writer_age().count()) / us_per_s);
    return text;
}

Task<Result<Bytes<"text/plain">>> metrics(Request& rq, Nothing) {
    http::Response response{200};
    response.headers.set("content-type", "text/plain; version=0.0.4; charset=utf-8");
    response.body = measurements(rq.store);
    co_return Bytes<"text/plain">{std::move(response)};
}

constexpr Route routes[] = {
    {http::Method::get, "/metrics", "metrics.get", in_whole_organization(Role::owner),
     "Measurements of the server, in Prometheus's text format", handler<&metrics>},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> metrics_routes() { return routes; }

} // namespace weft::api
