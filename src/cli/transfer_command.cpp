#include "cli/transfer_command.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <boost/json/array.hpp>

namespace weft::cli {

namespace {

constexpr int wrong_usage = 2;
constexpr int unusable = 3;

int complain(const char* command, const Error& error) {
    std::fprintf(stderr, "weft %s: %s\n", command, error.message.c_str());
    return error.code == Code::invalid ? wrong_usage : unusable;
}

/// Not the directory itself: only a server moves projects.
Result<Place> server_for(const server::GatheredSettings& settings, const TransferOptions& options) {
    Place place = TRY(place_of(settings, options));
    if (place.is_local())
        return fail(Code::unavailable,
                    fmt::format("No server holds the data directory {}: start one with `weft "
                                "serve`, or name one by --server.",
                                settings.values.data));
    return place;
}

Task<Result<std::string>> only_project(ApiClient& api) {
    const json::value page = CO_TRY(api.get("/v1/project?limit=1"));
    const json::value* list = find(page, "projectList");
    if (int_or(page, "totalCount") == 1 && list && list->is_array() && !list->as_array().empty())
        co_return std::string(text_or(list->as_array()[0], "_id"));
    co_return fail(Code::invalid, "There is not just one project: name one by --project.");
}

Task<Result<>> fetch(ApiClient& api, TransferOptions options, std::FILE* out) {
    if (options.project.empty()) options.project = CO_TRY(only_project(api));
    bool written = true;
    const std::string path = fmt::format("/v1/project/{}/export?records={}", options.project,
                                         options.records ? "true" : "false");
    CO_TRY(api.download(path, [&](std::string_view piece) {
        written = written && std::fwrite(piece.data(), 1, piece.size(), out) == piece.size();
    }));
    if (!written || std::fflush(out) != 0)
        co_return fail(Code::unavailable, fmt::format("The export cannot be written: {}.",
                                                      std::generic_category().message(errno)));
    co_return Result<>{};
}

Result<> save(const Place& place, const TransferOptions& options, std::FILE* out) {
    return ask(place, [&](ApiClient& api) { return fetch(api, options, out); });
}

/// Under its name only when it is whole.
Result<> save_as(const Place& place, const TransferOptions& options) {
    const std::string part = options.output + ".part";
    std::FILE* out = std::fopen(part.c_str(), "wbe");
    if (!out)
        return fail(Code::unavailable, fmt::format("{} cannot be written: {}.", part,
                                                   std::generic_category().message(errno)));
    auto saved = save(place, options, out);
    std::fclose(out);
    std::error_code failed;
    if (saved) std::filesystem::rename(part, options.output, failed);
    if (saved && failed)
        saved = fail(Code::unavailable,
                     fmt::format("{} cannot be written: {}.", options.output, failed.message()));
    if (!saved) std::filesystem::remove(part, failed);
    return saved;
}

Result<std::string> text_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!in.is_open() || in.bad())
        return fail(Code::unavailable, fmt::format("{} cannot be read: {}.", path,
                                                   std::generic_category().message(errno)));
    return text;
}

Result<json::value> load(const server::GatheredSettings& settings, const TransferOptions& options) {
    std::string text = TRY(text_of(options.file));
    const Place place = TRY(server_for(settings, options));
    std::string path = "/v1/project/import";
    if (!options.name.empty()) path += "?name=" + http::percent_encode(options.name);
    return ask(place,
               [&](ApiClient& api) { return api.post_text(std::move(path), std::move(text)); });
}

} // namespace

int export_project(const server::GatheredSettings& settings, const TransferOptions& options) {
    const auto place = server_for(settings, options);
    if (!place) return complain("export", place.error());
    const auto saved =
        options.output.empty() ? save(*place, options, stdout) : save_as(*place, options);
    return saved ? 0 : complain("export", saved.error());
}

int import_project(const server::GatheredSettings& settings, const TransferOptions& options) {
    const auto made = load(settings, options);
    if (!made) return complain("import", made.error());
    if (options.json)
        std::fprintf(stdout, "%s\n", to_text(*made).c_str());
    else
        std::fprintf(stdout, "%s %s\n", std::string(text_or(*made, "_id")).c_str(),
                     std::string(text_or(*made, "projectName")).c_str());
    return 0;
}

} // namespace weft::cli
