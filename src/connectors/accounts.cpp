#include "connectors/accounts.h"

#include "store/connectors.h"

namespace weft::connectors {

namespace {

Result<> check_active(const ConnectorAccount& account) {
    if (account.status == "active") return {};
    const std::string& name = account.name;
    if (account.status == "inactive")
        return fail(
            Code::conflict,
            fmt::format("The connector {} is switched off: set its status to active.", name));
    if (account.status == "pending")
        return fail(Code::conflict,
                    fmt::format("The connector {} is not set up yet: {}.", name, account.reason));
    return fail(Code::conflict, fmt::format("The connector {} has failed: {} Configure it again.",
                                            name, account.reason));
}

} // namespace

Task<Result<ConnectorAccount>> usable_account(store::Store& store, const Scope& scope,
                                              std::string_view category, ConnectorId id) {
    auto found = co_await store.read_point([&](store::Rx& rx) {
        return id ? store::connectors::find(rx, scope, id)
                  : store::connectors::find_by_category(rx, scope, std::string(category));
    });
    const bool absent = !found && found.error().code == Code::not_found;
    if (absent && !id)
        co_return fail(Code::conflict,
                       fmt::format("This project has no connector of the category {0}: "
                                   "POST /actions/{0}/config makes one.",
                                   category));
    if (absent || (found && found->category != category))
        co_return fail(Code::not_found,
                       fmt::format("There is no such connector of the category {}.", category));
    if (!found) co_return std::unexpected(std::move(found).error());
    if (auto active = check_active(*found); !active)
        co_return std::unexpected(std::move(active).error());
    co_return found;
}

json::object masked(json::object config, const std::vector<std::string>& secrets) {
    for (const std::string& name : secrets) {
        json::object* at = &config;
        std::string_view rest = name;
        for (auto dot = rest.find('.'); dot != rest.npos; dot = rest.find('.')) {
            json::value& inner = (*at)[rest.substr(0, dot)];
            at = inner.is_object() ? &inner.get_object() : &inner.emplace_object();
            rest.remove_prefix(dot + 1);
        }
        (*at)[rest] = secret_mask;
    }
    return config;
}

} // namespace weft::connectors
