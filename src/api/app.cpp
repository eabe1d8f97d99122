#include "api/app_files.h"
#include "api/pages.h"
#include "api/routes.h"
#include "api/security_fields.h"

#include <algorithm>

namespace weft::api {

namespace {

/// What the app's own router has in its paths: the same page answers all of them.
constexpr std::string_view page_path = "index.html";

struct Nothing {
    static constexpr auto params() { return std::tuple{}; }
};

struct AppPath {
    std::string path;
    static constexpr auto params() {
        return std::tuple{
            weft::api::path("path...", &AppPath::path, "A file of the app, or a place in it")};
    }
};

const AppFile* find(std::string_view path) {
    const auto files = app_files();
    const auto found = std::ranges::lower_bound(files, path, {}, &AppFile::path);
    return found != files.end() && found->path == path ? &*found : nullptr;
}

/// Whether the client takes a body packed so (RFC 9110, 12.5.3), by name and without `q=0`.
bool takes(const http::Request& request, std::string_view coding) {
    const std::string* accepted = request.headers.find("accept-encoding");
    std::string_view rest = accepted ? std::string_view(*accepted) : std::string_view{};
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(','), rest.size());
        std::string_view each = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        each.remove_prefix(std::min(each.find_first_not_of(' '), each.size()));
        if (!each.starts_with(coding)) continue;
        const std::string_view weight = each.substr(coding.size());
        return !weight.contains("q=0") || weight.contains("q=0.");
    }
    return false;
}

using AppAnswer = Bytes<"text/html">;

/// Names of assets have a hash of what is in them: a browser that has one never asks again.
AppAnswer answer(const Request& rq, const AppFile& file) {
    http::Response response{200};
    response.headers.set("etag", std::string(file.etag));
    response.headers.set("cache-control", file.path.starts_with("assets/")
                                              ? "public, max-age=31536000, immutable"
                                              : "no-cache");
    response.headers.set("vary", "accept-encoding");
    // On a 304 as well: what it says of itself takes the place of what the browser has kept.
    response.headers.set("content-security-policy", app_policy);
    const std::string* known = rq.http.headers.find("if-none-match");
    if (known && known->contains(file.etag)) {
        response.status = 304;
        return {std::move(response)};
    }
    response.headers.set("content-type", std::string(file.media_type));
    std::string_view body = file.plain;
    if (!file.brotli.empty() && takes(rq.http, "br")) {
        response.headers.set("content-encoding", "br");
        body = file.brotli;
    } else if (!file.gzip.empty() && takes(rq.http, "gzip")) {
        response.headers.set("content-encoding", "gzip");
        body = file.gzip;
    }
    response.body = std::string(body);
    return {std::move(response)};
}

Task<Result<AppAnswer>> page(Request& rq, Nothing) { co_return answer(rq, *find(page_path)); }

Task<Result<AppAnswer>> file(Request& rq, AppPath in) {
    if (const AppFile* found = find(in.path)) co_return answer(rq, *found);
    if (in.path.starts_with("assets/")) // of another version: no page is a script
        co_return fail(Code::not_found, "The app has no such file; it may have been replaced by a "
                                        "newer one: load the page again.");
    co_return answer(rq, *find(page_path));
}

Task<Result<Redirect>> root(Request&, Nothing) { co_return Redirect{"/app/"}; }

constexpr Route routes[] = {
    {http::Method::get, "/", "app.root", everybody(), "Leads to the web app", handler<&root>},
    {http::Method::get, "/app", "app.page", everybody(), "The web app", handler<&page>},
    {http::Method::get, "/app/{path...}", "app.file", everybody(),
     "A file of the web app; any other path below /app/ answers its page", handler<&file>},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> app_routes() { return routes; }

} // namespace weft::api
