#include "server/inbox_notifier.h"

#include "base/log.h"
#include "http/webhook.h"
#include "server/mailer.h"
#include "store/mails.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace weft::server {

namespace {

namespace notices = store::inbox_notices;

constexpr seconds tried_for{86'400};
constexpr seconds mail_lifetime{7 * 86'400};
constexpr milliseconds call_ms_max{20'000};
constexpr std::size_t answer_bytes_max = 64 * 1024;
constexpr int gone = 410;

Scope scope_of(const ProjectId& project, const OrganizationId& organization) {
    return {organization, project, {Principal::Kind::system, "", "Weft", Role::owner}};
}

/// Empty: this one decides nothing by a link.
Result<std::string> link_for(store::Tx& tx, const store::Vault& vault, const std::string& url,
                             const Scope& scope, const InboxItem& item, const std::string& name) {
    if (url.empty() || !TRY(notices::may_decide(tx, item, name))) return std::string();
    return api::decision_link(url, TRY(notices::add_link(tx, vault, item, scope, name)));
}

std::string call_body(const InboxItem& item, const ProjectId& project, const std::string& link,
                      Instant now) {
    json::object data{{"_id", item.id.hex()},
                      {"type", to_text(item.type)},
                      {"status", to_text(item.status)},
                      {"summary", item.summary},
                      {"agent_title", item.agent_title},
                      {"coworker_name", item.agentflow_name},
                      {"execution_id", item.execution_uuid ? item.execution_uuid.text() : ""},
                      {"projectID", project.hex()},
                      {"expires_at", nullptr},
                      {"decision_url", nullptr}};
    if (item.expires_at) data["expires_at"] = static_cast<double>(item.expires_at->us) / 1e3;
    if (!link.empty()) data["decision_url"] = link;
    return to_text(json::object{
        {"type", "inbox.created"}, {"timestamp", to_iso8601(now)}, {"data", std::move(data)}});
}

/// One item's mails and call, in place of its note.
Result<> tell(store::Tx& tx, const store::Vault& vault, const api::PublicFace& face,
              const notices::Note& note) {
    if (!TRY(notices::is_there(tx, note))) return {};
    TRY(notices::remove(tx, note));
    const Scope scope = scope_of(note.project, note.organization);
    const InboxItem item = TRY(store::inbox::find(tx, scope, note.item));
    if (!is_open(item.status)) return {};
    const notices::Wanted wanted = TRY(notices::wanted(tx, note.project));
    if (face.sends_mail)
        for (const std::string& address : wanted.mail) {
            const std::string link = TRY(link_for(tx, vault, face.url, scope, item, address));
            TRY(store::mails::put(tx, vault,
                                  {.kind = store::mails::MailKind::inbox,
                                   .about = item.id.hex() + " " + address,
                                   .letter = api::inbox_letter(face, address, item, link),
                                   .expires_at = tx.now() + microseconds(mail_lifetime)}));
        }
    if (wanted.webhook_url.empty()) return {};
    const std::string link = TRY(link_for(tx, vault, face.url, scope, item, "the webhook"));
    return notices::add_call(tx, vault, note.project, notices::new_call_id(),
                             call_body(item, note.project, link, tx.now()));
}

/// What a call needs that may have changed since it was noted.
struct Target {
    std::string url; ///< empty: nobody wants it any more
    std::string secret;
};
Result<Target> target_of(store::Rx& rx, const store::Vault& vault, const notices::Call& call) {
    const notices::Wanted wanted = TRY(notices::wanted(rx, call.project));
    const auto secret =
        TRY(notices::webhook_secret(rx, vault, scope_of(call.project, call.organization)));
    if (!secret || secret->empty()) return Target{}; // nothing goes out unsigned
    return Target{wanted.webhook_url, *secret};
}

http::ClientRequest request_of(const notices::Call& call, const Target& target, Instant now,
                               http::Reach reach) {
    http::ClientRequest request{
        .method = http::Method::post,
        .url = target.url,
        .headers = http::signed_fields(target.secret, call.id, now.us / 1'000'000, call.body),
        .body = call.body,
        .reach = reach,
        .total_ms_max = call_ms_max,
        .answer_bytes_max = answer_bytes_max};
    request.headers.set("content-type", "application/json");
    return request;
}

} // namespace

InboxNotifier::InboxNotifier(store::Store& store, http::Client& client, Clock& clock,
                             asio::any_io_executor executor, api::PublicFace face,
                             http::Reach reach)
    : store_(store), client_(client), clock_(clock), executor_(std::move(executor)),
      face_(std::move(face)), reach_(reach) {}

void InboxNotifier::start() { gate_.spawn(executor_, work()); }

void InboxNotifier::stop() { gate_.close(); }

Task<> InboxNotifier::tell_all(std::vector<notices::Note> notes) {
    for (const notices::Note& note : notes) {
        const auto told = co_await store_.write(
            [&](store::Tx& tx) { return tell(tx, store_.vault(), face_, note); });
        if (!told)
            log_warning("nobody was told of an item of the inbox",
                        {{"item", note.item.hex()}, {"why", told.error().message}});
    }
}

/// Whether there may be more.
Task<bool> InboxNotifier::call_one() {
    const auto claimed = co_await store_.write(
        [this](store::Tx& tx) { return notices::claim_call(tx, store_.vault()); });
    if (!claimed || !*claimed) co_return false;
    const notices::Call& call = **claimed;
    const auto target =
        co_await store_.read([&](store::Rx& rx) { return target_of(rx, store_.vault(), call); });
    if (!target) co_return false;
    std::string why;
    bool is_over = target->url.empty();
    if (!is_over) {
        const auto answer = co_await client_.fetch(request_of(call, *target, clock_.now(), reach_));
        is_over = answer && (answer->status / 100 == 2 || answer->status == gone);
        if (!is_over)
            why = answer ? fmt::format("It answered {}.", answer->status) : answer.error().message;
    }
    const Instant next_try_at = clock_.now() + mail_backoff(call.attempt);
    const bool again = !is_over && next_try_at < call.created_at + microseconds(tried_for);
    if (!why.empty())
        log_warning("a webhook was not taken",
                    {{"call", call.id}, {"attempt", call.attempt}, {"why", why}});
    const auto settled = co_await store_.write([&](store::Tx& tx) {
        return again ? notices::postpone_call(tx, call, next_try_at) : notices::end_call(tx, call);
    });
    co_return settled.has_value();
}

/// What could not be looked at is looked at again.
Task<> InboxNotifier::look(Pace& pace) {
    std::optional<Instant> next_call;
    auto notes = co_await store_.read([&](store::Rx& rx) -> Result<std::vector<notices::Note>> {
        next_call = TRY(notices::next_call(rx));
        return notices::notes(rx);
    });
    if (!notes) co_return pace.looked(Instant{});
    const bool found = !notes->empty() || (next_call && *next_call <= clock_.now());
    co_await tell_all(*std::move(notes));
    if (found)
        while (co_await call_one()) {}
    pace.looked(found ? Instant{} : next_call);
}

Task<> InboxNotifier::work() {
    asio::steady_timer timer(executor_);
    Pace pace(store_);
    for (;;) {
        if (pace.may_find(clock_.now())) co_await look(pace);
        timer.expires_after(Pace::rest);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

} // namespace weft::server
