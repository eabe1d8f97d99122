#include "fuzz/targets.h"

#include <algorithm>

namespace weft::fuzz {

namespace {

constexpr Target all[] = {
    {"http_request", http_request},
    {"multipart", multipart},
    {"query", query},
    {"sse", sse},
    {"retry_after", retry_after},
    {"url", url},
    {"json", json_text},
    {"template", expr_template},
    {"condition", expr_condition},
    {"date", date},
    {"agentflow", agentflow},
    {"skill", skill},
    {"table", table},
    {"package", package},
    {"project_file", project_file},
    {"journal", journal},
    {"model_answer", model_answer},
    {"request_input", request_input},
    {"credential", credential},
    {"sealed", sealed},
    {"record_filter", record_filter},
};

} // namespace

std::span<const Target> targets() { return all; }

const Target* find_target(std::string_view name) {
    const auto* found = std::ranges::find(all, name, &Target::name);
    return found == std::end(all) ? nullptr : found;
}

} // namespace weft::fuzz
