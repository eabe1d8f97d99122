#pragma once

#include "json/json.h"

#include <memory>
#include <string>
#include <string_view>

namespace weft::cli {

/// How a run is shown. Called in the order in which things happen, from one thread.
class RunReport {
public:
    virtual ~RunReport() = default;
    /// Something about the run as a whole: "Uploaded …".
    virtual void note(std::string_view sentence) = 0;
    /// One public event of the execution (docs/run.md lists them): name and data.
    virtual void event(std::string_view name, const json::value& data) = 0;
    /// The end: {status, conclusion, error, outputs, records, usage, …}.
    virtual void result(const json::object& result) = 0;
};

/// Steps as lines on stderr, the conclusion on stdout.
std::unique_ptr<RunReport> terminal_report();
/// One JSON object a line on stdout: {"type":"step",…} for each finished agent, last
/// {"type":"result",…}.
std::unique_ptr<RunReport> json_report();

} // namespace weft::cli
