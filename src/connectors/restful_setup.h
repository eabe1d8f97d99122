#pragma once

#include "connectors/connector.h"
#include "domain/members.h"

#include <boost/json/array.hpp>

namespace weft::connectors {

/// The settings of a restful account, as they are stored:
///
///     base_url         "https://api.example.com/v2": every request goes below it
///     headers, query   name → template over `secrets`, sent with every request
///     auth             {type: none}
///                      {type: api_key, in: header | query, name, value*}
///                      {type: bearer, token*}
///                      {type: basic, username, password*}
///     secrets*         name → value, for {{secrets.name}} in headers and query
///     timeout_s        of a whole call, 1 … 300
///     allowed_methods  [] = all
///     allowed_paths    [] = all below base_url; "/issues" allows /issues and /issues/…
///
/// What has a star is secret: stored apart, bound to the origin of base_url (another origin forgets
/// them), never shown.
struct RestfulConfig {
    std::string base_url; ///< without a slash at its end
    json::object headers;
    json::object query;
    std::string auth_type = "none";
    std::string auth_in = "header";
    std::string auth_name;
    std::string username;
    std::int64_t timeout_s = 30;
    std::vector<std::string> allowed_methods;
    std::vector<std::string> allowed_paths;
};

/// Of a config that set_up_restful made.
RestfulConfig restful_config(const json::object& config);

std::vector<FormField> restful_form();
Result<Setup> set_up_restful(const json::object& config, const Setup& before);

/// Headers that a client of ours sets itself, or that would change where a message ends or goes.
bool is_reserved_header(std::string_view name);

/// The faults of name → template maps. `below`: where they stand ("config.headers"). What may be
/// read: inputs (custom actions), and secrets.
enum class Reads { secrets_only, inputs_and_secrets };
void check_templates(const json::object& templates, const std::string& below, Reads reads,
                     Faults& faults);

} // namespace weft::connectors
