#include "api/pages.h"
#include "api/routes.h"

namespace weft::api {

namespace {

struct Nothing {
    static constexpr auto params() { return std::tuple{}; }
};

Task<Result<Bytes<"text/html">>> page(Request&, Nothing) {
    co_return Bytes<"text/html">{page_part("text/html; charset=utf-8", account_page_html)};
}
Task<Result<Bytes<"text/css">>> style(Request&, Nothing) {
    co_return Bytes<"text/css">{page_part("text/css; charset=utf-8", account_page_css)};
}
Task<Result<Bytes<"text/javascript">>> script(Request&, Nothing) {
    co_return Bytes<"text/javascript">{
        page_part("text/javascript; charset=utf-8", account_page_js)};
}

constexpr Route routes[] = {
    {http::Method::get, "/account", "account.get", everybody(),
     "A page for people: signing in, and where links in mails lead", handler<&page>},
    {http::Method::get, "/account/page.css", "account.style", everybody(), "The looks of that page",
     handler<&style>},
    {http::Method::get, "/account/page.js", "account.script", everybody(),
     "The program of that page", handler<&script>},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> account_page_routes() { return routes; }

} // namespace weft::api
