#include "api/credential.h"
#include "api/key_order.h"
#include "api/router.h"
#include "api/routes.h"
#include "base/check.h"
#include "domain/record_filter.h"
#include "fuzz/input.h"
#include "fuzz/targets.h"
#include "store/root_key.h"

#include <boost/json/object.hpp>

namespace weft::fuzz {

namespace {

const api::Router& router() {
    static const api::Router all(api::route_tables());
    return all;
}

const store::MasterKey master = *store::MasterKey::from_hex(std::string(64, 'a'));

store::Blob blob_of(std::string_view bytes) { return {{bytes.begin(), bytes.end()}}; }

/// What people are told when they sent something else is text that can be sent to them.
void check_sayable(const api::DecodeErrors& errors) {
    const auto result = errors.result();
    if (result) return;
    CHECK(!result.error().message.empty());
    for (const FieldError& each : result.error().fields) CHECK(!each.message.empty());
}

} // namespace

/// Lines: the method, path and query; the rest is the body.
void request_input(std::string_view bytes) {
    const std::string_view method = take_until(bytes, ' ');
    const std::string_view target = take_until(bytes, '\n');
    const std::size_t mark = std::min(target.find('?'), target.size());
    for (const http::Method each : {http::Method::get, http::Method::post, http::Method::put,
                                    http::Method::patch, http::Method::delete_}) {
        if (to_text(each) != method) continue;
        std::string allowed;
        auto match = router().match(each, target.substr(0, mark), allowed);
        if (!match || !match->route) return;
        api::RawInput raw;
        raw.path = std::move(match->params);
        auto query = http::parse_query(target.substr(std::min(mark + 1, target.size())));
        if (!query) return;
        raw.query = *std::move(query);
        if (auto body = parse_json(bytes)) raw.body = *std::move(body);
        check_sayable(match->route->operation.read(raw));
    }
}

/// Lines: cookie, authorization, x-api-key, the query; the rest is a session's token.
void credential(std::string_view bytes) {
    http::Request request;
    for (const char* name : {"cookie", "authorization", "x-api-key"})
        if (const auto value = take_until(bytes, '\n'); !value.empty())
            request.headers.set(name, std::string(value));
    request.query = take_until(bytes, '\n');
    request.method = http::Method::post;
    static const store::Vault vault = store::Vault::open(-1, std::string(64, 'a')).value();
    const auto shown = api::credential_of(request, true);
    if (shown) CHECK(!shown->secret.empty());
    for (const std::string_view name : {api::session_cookie, api::device_cookie}) {
        const std::string value = api::cookie_of(request, name);
        CHECK(!value.contains(';'));
    }
    const std::string token(bytes);
    CHECK(!api::check_csrf(request, vault, token));
    request.headers.set(std::string(api::csrf_header), api::csrf_token(vault, token));
    CHECK(api::check_csrf(request, vault, token).has_value());
}

/// Sealed bytes of every kind: none opens that we did not seal, and what we seal opens.
void sealed(std::string_view bytes) {
    static const store::Vault vault = store::Vault::open(-1, std::string(64, 'a')).value();
    const store::Blob blob = blob_of(bytes);
    CHECK(!vault.open_data_key(blob, "here"));
    CHECK(!vault.open(blob, "here"));
    CHECK(!vault.master_of(blob));
    CHECK(!vault.open_letter(bytes));
    std::ignore = store::root_key::sealed_root_of(bytes);
    CHECK(!api::key_order::read_replace(master, bytes, Instant{}));
    CHECK(!api::key_order::read_renew(master, bytes, Instant{}));
    CHECK(vault.open(vault.seal(bytes, "here"), "here") == std::string(bytes));
    CHECK(vault.open_letter(store::letter_to(vault.mailbox(), bytes)) == std::string(bytes));
    // One bit is enough for it not to open: of the nonce, of what was sealed, of the tag.
    store::Blob mine = vault.seal(bytes, "here");
    const std::size_t at = bytes.empty() ? 0 : static_cast<std::uint8_t>(bytes.front());
    mine.bytes[at % mine.bytes.size()] ^= 1;
    CHECK(!vault.open(mine, "here"));
}

/// Lines: a filter of a query as a client writes it, and one as the store keeps it.
void record_filter(std::string_view bytes) {
    static const Table table = [] {
        Table made;
        for (const char* name : {"name", "age", "when", "is_done"}) {
            Column column;
            column.id = name;
            column.name = name;
            made.columns.push_back(std::move(column));
        }
        return made;
    }();
    const std::string_view given = take_until(bytes, '\n');
    std::ignore = RecordMatcher::from_text(bytes);
    RecordFilter filter{.words = words_of(given)};
    if (const auto value = parse_json(given)) {
        if (const json::object* object = value->if_object())
            if (auto all = conditions_from_object(table, *object, "filter"))
                filter.conditions = *std::move(all);
        if (auto one = condition_from_json(table, *value, "filter"))
            filter.conditions.push_back(*std::move(one));
    }
    const std::string kept = to_text(filter);
    if (filter.empty()) return;
    const auto matcher = RecordMatcher::from_text(kept);
    CHECK(matcher);
    std::ignore = (*matcher)->matches({{"name", "Ada"}, {"age", 7}}, "0123456789ab", 1, 2);
}

} // namespace weft::fuzz
