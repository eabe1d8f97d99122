#pragma once

#include "base/time.h"
#include "store/master_key.h"
#include "store/vault.h"
#include "json/json.h"

/// What `weft secrets` and `weft plan` ask of a server. It is sealed under the master key, so that
/// only who has that key can ask, and nobody on the way can read a new one: an owner's API key
/// alone does not do it, since keys belong to an organization and the master key to all.
namespace weft::api::key_order {

struct Replacement {
    store::MasterKey next;
    store::KeyPlace place = store::KeyPlace::file;
};

/// As hexadecimal digits.
std::string to_replace(const store::MasterKey& current, const Replacement& asked, Instant now);
/// An id of none means all projects.
std::string to_renew(const store::MasterKey& current, const ProjectId& project, Instant now);
/// About plans (api/plan_order.h).
std::string to_change_plan(const store::MasterKey& current, json::object order, Instant now);
std::string to_show_plans(const store::MasterKey& current, json::object order, Instant now);

/// forbidden: the order was not made with this master key, for something else, or not in the last
/// five minutes.
Result<Replacement> read_replace(const store::MasterKey& current, std::string_view order,
                                 Instant now);
Result<ProjectId> read_renew(const store::MasterKey& current, std::string_view order, Instant now);
Result<json::object> read_change_plan(const store::MasterKey& current, std::string_view order,
                                      Instant now);
Result<json::object> read_show_plans(const store::MasterKey& current, std::string_view order,
                                     Instant now);

} // namespace weft::api::key_order
