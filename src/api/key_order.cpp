#include "api/key_order.h"

#include <boost/json/object.hpp>

namespace weft::api::key_order {

namespace {

constexpr std::int64_t valid_us = 300'000'000;
constexpr const char* purpose = "orders";
constexpr const char* replace_master = "replace the master key";
constexpr const char* renew_data = "renew data keys";
constexpr const char* change_plan = "change a plan";
constexpr const char* show_plans = "show plans";

std::string sealed(const store::MasterKey& current, const char* what, json::object order,
                   Instant now) {
    order["at_us"] = now.us;
    std::string plain = to_text(json::value(std::move(order)));
    const store::Blob all = current.seal(purpose, plain, what);
    store::wipe(plain);
    return to_hex(all.bytes);
}

Result<json::value> opened(const store::MasterKey& current, const char* what,
                           std::string_view order, Instant now) {
    const auto refused = [] {
        return fail(Code::forbidden,
                    "Only who has the master key may do this: `weft secrets` and `weft plan` make "
                    "such orders, with the settings of this server, and they are good for five "
                    "minutes.");
    };
    store::Blob bytes{std::vector<std::uint8_t>(order.size() / 2)};
    if (!from_hex(order, bytes.bytes)) return refused();
    auto plain = current.open(purpose, bytes, what);
    if (!plain) return refused();
    auto value = parse_json(*plain);
    store::wipe(*plain);
    if (!value || std::abs(int_or(*value, "at_us") - now.us) > valid_us) return refused();
    return value;
}

} // namespace

std::string to_replace(const store::MasterKey& current, const Replacement& asked, Instant now) {
    return sealed(current, replace_master,
                  {{"key", to_hex(asked.next.key.bytes)},
                   {"is_in_file", asked.place == store::KeyPlace::file}},
                  now);
}

std::string to_renew(const store::MasterKey& current, const ProjectId& project, Instant now) {
    return sealed(current, renew_data, {{"project", project ? project.hex() : ""}}, now);
}

std::string to_change_plan(const store::MasterKey& current, json::object order, Instant now) {
    return sealed(current, change_plan, std::move(order), now);
}

std::string to_show_plans(const store::MasterKey& current, json::object order, Instant now) {
    return sealed(current, show_plans, std::move(order), now);
}

Result<Replacement> read_replace(const store::MasterKey& current, std::string_view order,
                                 Instant now) {
    const json::value asked = TRY(opened(current, replace_master, order, now));
    const auto next = store::MasterKey::from_hex(text_or(asked, "key"));
    if (!next) return fail(Code::internal, "An order without a key.");
    return Replacement{*next, bool_or(asked, "is_in_file") ? store::KeyPlace::file
                                                           : store::KeyPlace::elsewhere};
}

Result<ProjectId> read_renew(const store::MasterKey& current, std::string_view order, Instant now) {
    const json::value asked = TRY(opened(current, renew_data, order, now));
    return ProjectId::parse(text_or(asked, "project")).value_or(ProjectId{});
}

Result<json::object> read_change_plan(const store::MasterKey& current, std::string_view order,
                                      Instant now) {
    return TRY(opened(current, change_plan, order, now))
    .as_object();
}

Result<json::object> read_show_plans(const store::MasterKey& current, std::string_view order,
                                     Instant now) {
    return TRY(opened(current, show_plans, order, now))
    .as_object();
}

} // namespace weft::api::key_order
