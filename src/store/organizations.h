#pragma once

#include "domain/organization.h"
#include "store/store.h"

namespace weft::store::organizations {

/// `id` none: minted. invalid: the name. conflict: the id is taken.
Result<Organization> create(Tx& tx, std::string_view name, OrganizationId id = {});

/// The scope's own. not_found: it is gone.
Result<Organization> find(Rx& rx, const Scope& scope);

/// Whether there is any: none on the first start.
Result<bool> any(Rx& rx);

/// The one that the first start made: whom a process started on the data directory itself acts for.
/// not_found: there is none yet.
Result<Organization> first(Rx& rx);

} // namespace weft::store::organizations
