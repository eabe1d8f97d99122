#pragma once

#include "connectors/restful_setup.h"
#include "domain/custom_action.h"
#include "http/client.h"
#include "store/connectors.h"

namespace weft::connectors {

inline constexpr std::size_t request_body_bytes_max = 1 << 20;

/// What a call needs of its account.
struct RestfulAccount {
    RestfulConfig config;
    store::connectors::Secrets secrets; ///< "auth.token", "secrets.name"
    Instant now;                        ///< `now` of templates
};

/// The account's own headers, query and credentials are in it, bound to the origin of base_url.
///
/// The built-in actions: {method, path, query, headers, body}, all of them data. invalid: names the
/// member. forbidden: the account does not allow the method or path.
Result<http::ClientRequest> request_for(const RestfulAccount& account, const json::object& input,
                                        std::string_view method);
/// An action of the account's own: templates over its inputs. `effect_key` goes into its
/// idempotency header. The same errors, and invalid for what a template reads that is missing.
Result<http::ClientRequest> request_for(const RestfulAccount& account, const CustomAction& custom,
                                        const json::object& inputs, const std::string& effect_key);

/// What is wrong with the templates of an action that a person wrote; the rest was looked at by
/// custom_action_from_json. invalid: names the members.
Result<> check_custom_action(const CustomAction& custom);

/// Without the query, which may hold a secret: for messages.
std::string shown_url(const http::ClientRequest& request);

} // namespace weft::connectors
