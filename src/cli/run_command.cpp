#include "cli/run_command.h"

#include "base/gate.h"
#include "cli/api_client.h"
#include "cli/package_files.h"
#include "cli/run_report.h"
#include "domain/package.h"
#include "server/program.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <future>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

namespace weft::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t records_page = 500;
constexpr seconds reconnect_after{1};
constexpr int reconnects_max = 60; ///< in a row; then the server is taken for gone

/// One run against a server, on one io thread.
struct RunSession {
    RunOptions options;
    std::map<std::string, std::string> package_files;
    std::string document_name;
    std::string document;
    ApiClient api;
    std::unique_ptr<RunReport> report;
    std::string task_id = {};
    std::string execution_id = {};
    std::string last_event = {};
    bool ended = false;
    bool stopped_by_person = false;
};

std::string with_project(const RunSession& run, std::string path) {
    if (run.options.project.empty()) return path;
    return path + (path.find('?') == path.npos ? "?" : "&") + "projectID=" + run.options.project;
}

/// Puts the package into the project; answers what POST /package/install answers.
Task<Result<json::value>> install(RunSession& run) {
    json::object files;
    for (const auto& [path, text] : run.package_files)
        if (!path.starts_with("sample/")) files[path] = text;
    json::object body{{"files", std::move(files)}};
    if (!run.options.model.empty()) body["model"] = run.options.model;
    co_return co_await run.api.post(with_project(run, "/package/install"), std::move(body));
}

Task<Result<std::string>> upload(RunSession& run) {
    const json::value answer =
        CO_TRY(run.api.upload(with_project(run, "/files/upload"), run.document_name, run.document));
    const json::value* files = find(answer, "files");
    if (!files || !files->is_array() || files->as_array().empty())
        co_return fail(Code::unavailable, "The server did not take the file.");
    run.report->note(fmt::format("{} uploaded, {} bytes", run.document_name, run.document.size()));
    co_return std::string(text_or(files->as_array()[0], "_id"));
}

Task<Result<>> start(RunSession& run, std::string agentflow_id, std::string file_id) {
    json::object body{{"agentflow_id", agentflow_id}, {"executed_by", "weft run"}};
    body["files"] = json::array{file_id};
    if (!run.options.goal.empty()) body["goal"] = run.options.goal;
    const json::value answer =
        CO_TRY(run.api.post(with_project(run, "/execute_flow"), std::move(body)));
    run.execution_id = text_or(answer, "_id");
    run.task_id = text_or(answer, "task_id");
    co_return Result<>{};
}

void take_event(RunSession& run, const http::SseEvent& event) {
    if (!event.id.empty()) run.last_event = event.id;
    const auto data = parse_json(event.data);
    if (!data) return;
    run.report->event(event.event, *data);
    if (event.event == "execution.finished") run.ended = true;
    if (event.event == "status" && text_or(*data, "status") == "input_required") run.ended = true;
}

/// Follows the run to its end, connecting again from the last event when the stream breaks.
/// unavailable: the server did not come back. Others: it refused.
Task<Result<>> follow(RunSession& run) {
    int failures = 0;
    while (!run.ended) {
        const auto followed =
            co_await run.api.follow("/execute_flow/" + run.execution_id + "/events", run.last_event,
                                    [&](const http::SseEvent& event) {
                                        failures = 0;
                                        take_event(run, event);
                                    });
        if (followed || run.ended) break; // the server ends the stream of a run that is over
        if (followed.error().code != Code::unavailable || ++failures > reconnects_max)
            co_return followed;
        if (failures == 1)
            run.report->note("The connection broke; trying again: " + followed.error().message);
        asio::steady_timer pause(co_await asio::this_coro::executor, reconnect_after);
        co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    co_return Result<>{};
}

/// The records that the run's tables got since it began, oldest first.
Task<Result<json::value>> records_of(RunSession& run, const json::value& table, double since,
                                     std::string project) {
    json::array found;
    for (std::int64_t page = 1;; ++page) {
        const json::value answer = CO_TRY(run.api.get(
            fmt::format("/storage/{}/{}?page={}&page_size={}&sort=1&sort_key=created_at", project,
                        text_or(table, "_id"), page, records_page)));
        const json::value* rows = find(answer, "records");
        if (!rows || !rows->is_array() || rows->as_array().empty()) break;
        for (const json::value& row : rows->as_array())
            if (double_or(row, "created_at") >= since) found.push_back(row);
        if (std::int64_t(rows->as_array().size()) < records_page) break;
    }
    co_return json::value(std::move(found));
}

Task<Result<json::object>> collect(RunSession& run, const json::value& installed) {
    const json::value execution = CO_TRY(run.api.get("/execute_flow/" + run.execution_id));
    const json::value* conclusion = find(execution, "conclusion");
    json::object result{{"status", text_or(execution, "status")},
                        {"conclusion", conclusion ? text_or(*conclusion, "conclusion") : ""},
                        {"error", find(execution, "error") ? *find(execution, "error") : nullptr},
                        {"execution_id", text_or(execution, "execution_id")},
                        {"task_id", run.task_id}};
    const double began = double_or(execution, "created_at");
    const double ended = double_or(execution, "end_time", began);
    result["duration_ms"] = static_cast<std::int64_t>((ended - began) * 1000);
    for (const char* name : {"usage", "agents_output"})
        if (const json::value* member = find(execution, name))
            result[name == std::string_view("usage") ? "usage" : "outputs"] = *member;
    json::object records;
    if (const json::value* tables = find(installed, "tables"); tables && tables->is_array())
        for (const json::value& table : tables->as_array())
            records[text_or(table, "table_name")] =
                CO_TRY(records_of(run, table, began, std::string(text_or(execution, "projectID"))));
    result["records"] = std::move(records);
    co_return result;
}

Exit exit_of(const RunSession& run, const json::object& result) {
    const std::string_view status = text_or(result, "status");
    if (status == "completed") return Exit::completed;
    return run.stopped_by_person ? Exit::cancelled : Exit::failed;
}

Task<Result<Exit>> whole_run(RunSession& run) {
    const json::value installed = CO_TRY(install(run));
    const std::string file_id = CO_TRY(upload(run));
    CO_TRY(start(run, std::string(text_or(installed, "agentflow_id")), file_id));
    CO_TRY(follow(run));
    const json::object result = CO_TRY(collect(run, installed));
    run.report->result(result);
    co_return exit_of(run, result);
}

/// The first Ctrl-C stops the task and lets the run be seen to its end; the second leaves at once.
Task<> watch_signals(RunSession& run) {
    asio::signal_set signals(co_await asio::this_coro::executor, SIGINT, SIGTERM);
    for (int count = 1;; ++count) {
        const auto [error, signal] =
            co_await signals.async_wait(asio::as_tuple(asio::use_awaitable));
        if (error) co_return;
        if (count > 1 || run.task_id.empty()) std::_Exit(static_cast<int>(Exit::cancelled));
        run.stopped_by_person = true;
        run.report->note("Stopping the task; Ctrl-C again leaves at once.");
        const auto stopped = co_await run.api.post("/task/" + run.task_id + "/stop", nullptr);
        if (!stopped) run.report->note(stopped.error().message);
    }
}

Exit complain(Exit exit, const Error& error) {
    std::fprintf(stderr, "weft run: %s\n", error.message.c_str());
    return exit;
}

/// Reads the package and the document into `run`.
Result<> read_inputs(RunSession& run) {
    run.package_files = TRY(read_package_files(run.options.package_directory));
    const Package package = TRY(package_from_files(run.package_files));
    if (!run.options.file.empty()) {
        run.document = TRY(read_file(run.options.file));
        run.document_name = fs::path(run.options.file).filename();
        return {};
    }
    if (package.samples.empty())
        return fail_field("--file", "is required: this package has no sample.");
    run.document_name = fs::path(package.samples.front()).filename();
    run.document = run.package_files[package.samples.front()];
    return {};
}

/// Runs the session's coroutine on an io thread of its own and waits for it.
Exit run_against(RunOptions options, std::string url, std::string key) {
    http::IoThreads threads(1);
    http::Client client(threads);
    RunSession run{options,
                   {},
                   {},
                   {},
                   ApiClient(client, url, key),
                   options.json ? json_report() : terminal_report()};
    if (auto read = read_inputs(run); !read) return complain(Exit::usage, read.error());
    threads.run();
    Gate gate;
    gate.spawn(threads.at(0).get_executor(), watch_signals(run));
    auto done = asio::co_spawn(threads.at(0), whole_run(run), asio::use_future).get();
    gate.close();
    client.stop();
    threads.stop();
    if (!done) return complain(Exit::unreachable, done.error());
    return *done;
}

/// A directory that goes when the run succeeded, and is kept and named when it failed.
fs::path make_temporary_directory() {
    std::string name = (fs::temp_directory_path() / "weft-run-XXXXXX").string();
    return mkdtemp(name.data()) ? fs::path(name) : fs::path();
}

} // namespace

Exit run_package(const RunOptions& options, server::Settings settings, bool data_was_given) {
    if (!options.server.empty()) return run_against(options, options.server, options.api_key);

    fs::path temporary;
    if (!data_was_given) {
        temporary = make_temporary_directory();
        if (temporary.empty())
            return complain(Exit::unreachable,
                            Error{Code::unavailable, "Cannot make a temporary directory."});
        settings.data = temporary;
    }
    settings.listen = "127.0.0.1:0"; // for this process alone
    settings.tls_certificate = settings.tls_key = settings.trusted_proxies = "";
    settings.log_level = "error";
    auto program = server::Program::start(settings);
    if (!program) return complain(Exit::unreachable, program.error());
    auto key = (*program)->local_key();
    if (!key) return complain(Exit::unreachable, key.error());
    const Exit exit = run_against(options, (*program)->url(), *key);
    (*program)->stop();
    program->reset();
    if (temporary.empty()) return exit;
    std::error_code ignored;
    if (exit == Exit::completed)
        fs::remove_all(temporary, ignored);
    else
        std::fprintf(stderr, "weft run: the data of this run is kept in %s\n", temporary.c_str());
    return exit;
}

} // namespace weft::cli
