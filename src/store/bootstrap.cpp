#include "store/bootstrap.h"

#include "store/audit.h"
#include "store/connectors.h"
#include "store/organizations.h"
#include "store/projects.h"

namespace weft::store {

namespace {

/// Nodes may start on an empty database at the same moment: the second waits here for the first.
constexpr SystemQuery<void, std::string> claim_sql{"bootstrap.claim", R"sql(
    INSERT INTO store_info (name, value) VALUES ('first_start', $1)
    ON CONFLICT (name) DO NOTHING)sql"};

} // namespace

Result<std::optional<Bootstrapped>>
bootstrap(Tx& tx, const Vault& vault, const BootstrapPresets& presets,
          const std::vector<ConnectorKind>& default_connectors) {
    if (TRY(organizations::any(tx))) return std::nullopt;
    if (TRY(tx.run(claim_sql, std::to_string(tx.now().us))).count == 0) return std::nullopt;
    Bootstrapped made;
    made.organization = TRY(organizations::create(tx, "My organization", presets.organization));
    Scope scope{.organization = made.organization.id,
                .project = {},
                .principal = {Principal::Kind::system, "", "first start", Role::owner}};
    made.project =
        TRY(projects::create(tx, scope, {.name = "My first project", .id = presets.project}));
    scope.project = made.project.id;
    TRY(connectors::create_defaults(tx, scope, default_connectors));
    made.key = TRY(api_keys::create(
        tx, vault, scope, {.name = "First key", .role = Role::owner, .secret = presets.api_key}));
    scope.project = {};
    TRY(audit::append(
        tx, vault, scope,
        {.what = std::string(audit::made_organization),
         .object = made.organization.id.hex(),
         .details = {{"project", made.project.id.hex()}, {"api_key", made.key.key.id.hex()}}}));
    return made;
}

} // namespace weft::store
