#include "api/retries.h"

#include "api/request.h"
#include "base/log.h"
#include "store/replays.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <charconv>

namespace weft::api {

namespace {

constexpr std::string_view stamp_name = "x-client-request-id";
constexpr std::string_view key_name = "idempotency-key";
constexpr std::string_view replayed_name = "idempotent-replayed";
constexpr std::size_t slice_bytes = 1024 * 1024; ///< hashed at once: about a millisecond

const std::string* header(const http::Request& request, std::string_view name) {
    const std::string* value = request.headers.find(name);
    return value && !value->empty() ? value : nullptr;
}

/// Hash of the hashes of its slices.
Task<store::Blob> hash_of_body(const store::Vault& vault, std::string_view body) {
    std::string hashes;
    for (std::size_t at = 0; at < body.size(); at += slice_bytes) {
        if (at > 0) co_await asio::post(asio::use_awaitable);
        const store::Blob hash = vault.sign("retried body", body.substr(at, slice_bytes));
        hashes.append(hash.bytes.begin(), hash.bytes.end());
    }
    co_return vault.sign("retried body", hashes);
}

/// As HTTP would: status, fields, an empty line, the body. Header values hold no line breaks.
std::string frame(const http::Response& answer) {
    std::string text = fmt::format("{}\n", answer.status);
    for (const auto& [name, value] : answer.headers.fields)
        text += fmt::format("{}: {}\n", name, value);
    text += '\n';
    return text + answer.body;
}

http::Response unframe(std::string_view text) {
    http::Response answer;
    const auto line = [&text] {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view one = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        return one;
    };
    const std::string_view status = line();
    std::from_chars(status.data(), status.data() + status.size(), answer.status);
    for (std::string_view field = line(); !field.empty(); field = line()) {
        const std::size_t colon = std::min(field.find(": "), field.size());
        answer.headers.set(field.substr(0, colon),
                           std::string(field.substr(std::min(colon + 2, field.size()))));
    }
    answer.body = text;
    answer.headers.set(replayed_name, "true");
    return answer;
}

Task<bool> is_lost(std::shared_ptr<http::Delivery> delivery) {
    co_return delivery&& co_await delivery->look() == http::Delivery::Fate::lost;
}

Error too_large_to_repeat() {
    return {Code::conflict, fmt::format("This request was carried out before. Its answer was "
                                        "larger than {} MiB and was not kept: read what it made.",
                                        Retries::answer_bytes_max >> 20)};
}

std::unexpected<Error> another_body() {
    return fail_field("Idempotency-Key", "Was used before with another body: take a new one.");
}

std::unexpected<Error> still_at_work() {
    Error error{Code::unavailable, "The first request of this id is still at work: ask again."};
    error.retry_after_s = 1;
    return std::unexpected(std::move(error));
}

} // namespace

Turn::~Turn() {
    if (retries_) retries_->attempts_.leave(name_.text(), attempt_, kept_);
}

Result<> Turn::keep(store::Tx& tx, const http::Response& answer) const {
    const bool by_key = name_.by == RetryName::By::key;
    const Instant until = tx.now() + (by_key ? Retries::kept_by_key : Retries::kept_by_stamp);
    std::string text = answer.body.size() <= Retries::answer_bytes_max
                           ? frame(answer)
                           : frame(error_response(too_large_to_repeat(), ""));
    return store::replays::keep(tx, retries_->store_.vault(), name_.organization, name_.request,
                                {attempt_->arrived_at, name_.body_hash, std::move(text)}, until);
}

std::string Turn::effect_key() const {
    return name_.by == RetryName::By::key ? to_hex(name_.request.bytes) : "";
}

Task<std::optional<RetryName>> Retries::name_of(const Request& rq) {
    const http::Request& request = rq.http;
    if (request.method == http::Method::get || request.method == http::Method::head)
        co_return std::nullopt;
    const std::string* key = header(request, key_name);
    const std::string* stamp = key ? nullptr : header(request, stamp_name);
    if ((!key && !stamp) || rq.holder.principal.id.empty()) co_return std::nullopt;

    const store::Vault& vault = store_.vault();
    RetryName name{.by = key ? RetryName::By::key : RetryName::By::stamp,
                   .organization = rq.holder.organization,
                   .body_hash = co_await hash_of_body(vault, request.body)};
    // Lengths before the parts, so that no two lists of parts read alike.
    std::string parts;
    const auto add = [&parts](std::string_view part) {
        parts += fmt::format("{} ", part.size());
        parts += part;
    };
    add(rq.holder.principal.id);
    add(http::to_text(request.method));
    add(request.path);
    add(request.query);
    add(key ? *key : *stamp);
    if (stamp) parts.append(name.body_hash.bytes.begin(), name.body_hash.bytes.end());
    name.request = vault.sign(key ? "idempotency key" : "client request id", parts);
    co_return name;
}

/// Which of the attempts that look like this request is its first, if any. By stamp alone, one that
/// has just arrived and whose client still listens belongs to somebody else; unless nobody listens
/// to this request: then it is the one that was given up, and has been overtaken by its retry.
Task<std::shared_ptr<Attempt>> Retries::first_of(RetryName::By by, const Seen& seen,
                                                 const http::Request& request) const {
    if (seen.empty()) co_return nullptr;
    if (by == RetryName::By::key) co_return seen.front();
    for (const auto& attempt : seen)
        if (co_await is_lost(attempt->delivery)) co_return attempt;
    for (const auto& attempt : seen)
        if (request.received_us - attempt->received_us >= Attempts::young.count())
            co_return attempt;
    co_return co_await is_lost(request.delivery) ? seen.front() : nullptr;
}

/// The kept answer of one attempt.
Task<Result<std::optional<http::Response>>> Retries::answer_of(const RetryName& name,
                                                               Instant arrived_at) {
    const auto rows = CO_TRY(store_.read_point([&](store::Rx& rx) {
        return store::replays::find(rx, store_.vault(), name.organization, name.request,
                                    clock_.now());
    }));
    for (const auto& row : rows)
        if (row.arrived_at == arrived_at) co_return unframe(row.answer);
    co_return std::nullopt;
}

/// The oldest kept answer that is none of the `seen` attempts', which are somebody else's. invalid:
/// it was given to another body.
Task<Result<std::optional<http::Response>>> Retries::kept_before(const RetryName& name,
                                                                 const Seen& seen) {
    const auto rows = CO_TRY(store_.read_point([&](store::Rx& rx) {
        return store::replays::find(rx, store_.vault(), name.organization, name.request,
                                    clock_.now());
    }));
    for (const auto& row : rows) {
        const auto is_its = [&](const auto& attempt) {
            return attempt->arrived_at == row.arrived_at;
        };
        if (std::ranges::any_of(seen, is_its)) continue;
        if (row.body_hash != name.body_hash) co_return another_body();
        co_return unframe(row.answer);
    }
    co_return std::nullopt;
}

Task<Result<std::variant<http::Response, Turn>>> Retries::take_turn(RetryName name,
                                                                    const http::Request& request) {
    const std::string text = name.text();
    const auto attempt = std::make_shared<Attempt>();
    attempt->arrived_at = clock_.now();
    attempt->received_us = request.received_us;
    attempt->body_hash = name.body_hash;
    attempt->delivery = request.delivery;
    for (;;) {
        const Seen seen = attempts_.of(text, request.received_us);
        if (const auto first = co_await first_of(name.by, seen, request)) {
            if (first->body_hash != name.body_hash) co_return another_body();
            if (!co_await first->done.wait(wait_max)) co_return still_at_work();
            if (!first->kept) continue; // somebody must do it again
            auto answer = CO_TRY(answer_of(name, first->arrived_at));
            if (!answer) co_return still_at_work(); // it expired at once: the clock has jumped
            co_return *std::move(answer);
        } else if (attempts_.enter(text, attempt, seen)) {
            Turn turn(*this, name, attempt);
            if (auto answer = CO_TRY(kept_before(name, seen))) co_return *std::move(answer);
            co_return std::move(turn);
        }
    }
}

Task<> Retries::keep_afterwards(Turn& turn, const http::Response& answer) {
    const auto written =
        co_await store_.write([&](store::Tx& tx) { return turn.keep(tx, answer); });
    if (written)
        turn.kept();
    else
        log_warning("an answer was not kept for retries", {{"why", written.error().message}});
}

bool Retries::is_keepable(const http::Response& answer) {
    if (answer.stream) return false;
    return (answer.status >= 200 && answer.status < 300) ||
           (answer.status >= 400 && answer.status < 500 && answer.status != 429);
}

} // namespace weft::api
