#include "store/inbox_notices.h"

#include "agents/effects.h"
#include "api/inbox_view.h"
#include "api/routes.h"
#include "store/inbox_people.h"

namespace weft::api {

namespace {

namespace notices = store::inbox_notices;

/// Nothing but this page itself, and its form, which goes back to us. The browser tells us that it
/// comes from our page, and no other server where that was.
constexpr const char* decision_page_policy =
    "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; sandbox "
    "allow-forms allow-same-origin";
constexpr std::size_t seen_bytes = 16;

struct ByLink {
    std::string token;
    static constexpr auto params() {
        return std::tuple{path("token", &ByLink::token, "Of the link")};
    }
};

struct Decide {
    std::string token;
    std::string decision;
    std::string seen;
    static constexpr auto params() {
        using In = Decide;
        return std::tuple{
            path("token", &In::token, "Of the link"),
            body("decision", &In::decision, "approve or reject"),
            body("seen", &In::seen, "Of the page: which input was seen"),
        };
    }
};

using Page = Bytes<"text/html">;
using ItemAnswer = Answer<"InboxItem">;

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '"')
            out += "&quot;";
        else if (c == '\'')
            out += "&#39;";
        else
            out += c;
    }
    return out;
}

Page page_of(int status, std::string_view inside) {
    Page page{.response = {.status = status}};
    page.response.headers.set("content-type", "text/html; charset=utf-8");
    page.response.headers.set("content-security-policy", decision_page_policy);
    page.response.headers.set("referrer-policy", "same-origin");
    page.response.body = fmt::format("<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">"
                                     "<meta name=\"viewport\" content=\"width=device-width\">"
                                     "<title>Weft</title>\n<body>\n{}</body></html>\n",
                                     inside);
    return page;
}

Page said(int status, std::string_view sentence) {
    return page_of(status, fmt::format("<p>{}</p>\n", escaped(sentence)));
}

/// The input as it would be performed: the draft's, if somebody keeps one.
const json::object& input_now(const InboxItem& item) {
    const json::value* draft = item.answer.if_contains("input");
    return draft && draft->is_object() ? draft->get_object() : asked_input(item);
}

/// Somebody keeps a draft with another input, which has to be checked before it is approved.
bool is_changed(const InboxItem& item) { return item.answer.contains("input"); }

/// Stands for exactly this input of this item.
std::string seen_of(const store::Vault& vault, const InboxItem& item) {
    const store::Blob sign =
        vault.sign("inbox input", item.id.hex() + to_text(json::value(input_now(item))));
    return to_hex(std::span(sign.bytes).first(seen_bytes));
}

std::string shown(const store::Vault& vault, const InboxItem& item) {
    std::string inside = fmt::format("<h1>{}</h1>\n<dl>\n", escaped(item.summary));
    const auto row = [&](std::string_view name, std::string_view value) {
        if (!value.empty()) inside += fmt::format("<dt>{}</dt><dd>{}</dd>\n", name, escaped(value));
    };
    row("Coworker", item.agentflow_name);
    row("Agent", item.agent_title);
    row("Started by", item.executed_by_name);
    if (item.expires_at) row("Waits until", to_iso8601(*item.expires_at));
    inside += fmt::format("</dl>\n<h2>Exactly this would be done</h2>\n<pre>{}</pre>\n",
                          escaped(to_text(json::value(input_now(item)))));
    inside += fmt::format("<form method=\"post\" enctype=\"multipart/form-data\">"
                          "<input type=\"hidden\" name=\"seen\" value=\"{}\">\n",
                          seen_of(vault, item));
    if (!is_changed(item))
        inside += "<button name=\"decision\" value=\"approve\">Approve</button>\n";
    inside += "<button name=\"decision\" value=\"reject\">Reject</button></form>\n";
    return inside;
}

Task<Result<Page>> show(Request& rq, ByLink in) {
    const auto link = CO_TRY(rq.store.read([&](store::Rx& rx) {
        return notices::find_link(rx, rq.store.vault(), in.token, rq.services.clock.now());
    }));
    if (!is_open(link.item.status)) co_return said(200, what_happened(link.item));
    co_return page_of(200, shown(rq.store.vault(), link.item));
}

std::string field_of(const Request& rq, std::string_view name, const std::string& in_json) {
    for (const http::Part& part : rq.form)
        if (part.name == name) return part.body;
    return in_json;
}

/// The decision, in the commit of the run's answer.
Result<ItemAnswer> decide_in(Request& rq, store::Tx& tx, const std::string& token,
                             const std::string& seen, bool approves) {
    const notices::Link link = TRY(notices::find_link(tx, rq.store.vault(), token, tx.now()));
    rq.scope = link.scope;
    if (!is_open(link.item.status)) return fail(Code::conflict, what_happened(link.item));
    if (seen != seen_of(rq.store.vault(), link.item))
        return fail(Code::conflict,
                    "What is asked about was changed meanwhile: open the link again, "
                    "and see what would be done now.");
    if (approves && is_changed(link.item))
        return fail(Code::conflict, "Somebody has changed the input without approving it: sign in "
                                    "to see and approve what he has made of it.");
    const InboxItem now = TRY(store::inbox::answer(
        tx, link.scope, link.item, approves ? InboxStatus::approved : InboxStatus::rejected, {}));
    TRY(store::inbox::tell_run(tx, link.scope, now,
                               approves ? agents::approved(std::nullopt) : agents::rejected("")));
    rq.audited.object = now.id.hex();
    rq.audited.details["status"] = to_text(now.status);
    if (now.execution) rq.audited.details["execution"] = now.execution.hex();
    return ItemAnswer{inbox_item_view(now, link.scope.project)};
}

Task<Result<Page>> decide(Request& rq, Decide in) {
    const std::string decision = field_of(rq, "decision", in.decision);
    if (decision != "approve" && decision != "reject")
        co_return fail_field("decision", "Must be approve or reject.");
    const std::string seen = field_of(rq, "seen", in.seen);
    InboxItem item;
    const auto answered = co_await rq.commit([&](store::Tx& tx) -> Result<ItemAnswer> {
        auto answer = decide_in(rq, tx, in.token, seen, decision == "approve");
        if (answer)
            item = TRY(store::inbox::find(
                tx, rq.scope, *InboxId::parse(std::string_view(in.token).substr(0, 24))));
        return answer;
    });
    if (!answered) co_return std::unexpected(answered.error());
    rq.engine.wake();
    if (item.execution) rq.services.events.changed(item.execution);
    co_return said(200, what_happened(item));
}

constexpr Route routes[] = {
    {http::Method::get, "/inbox/decide/{token}", "inbox.show_by_link", everybody(),
     "A page that shows what a link decides, and changes nothing", handler<&show>},
    {http::Method::post, "/inbox/decide/{token}", "inbox.decide_by_link", everybody(),
     "Approve or reject the one item of this link, as the page's form sends it", handler<&decide>,
     Audit::change, Media::json_or_form},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> inbox_link_routes() { return routes; }

} // namespace weft::api
