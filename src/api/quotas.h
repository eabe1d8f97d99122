#pragma once

#include "api/request.h"
#include "store/plans.h"

#include <initializer_list>

/// What plans allow, asked where things are made and before credits are spent. Organizations
/// without a plan of their own are not asked about at all: `KeyHolder::has_plan` knows.
namespace weft::api {

/// Belongs at the end of the write that has made some of these. payment_required: more than the
/// plan allows; the write is undone.
Result<> check_quotas(const Request& rq, store::Tx& tx, std::initializer_list<Quota> grown);

/// Before the bytes of files are kept. payment_required: there is no room for so many.
Task<Result<>> check_storage(store::Store& store, OrganizationId organization, std::int64_t bytes,
                             Instant now);

/// What the caller's organization may still spend; unlimited where credits are switched off.
Task<Result<store::plans::Credits>> credits_left(Request& rq);
/// Before anything is begun that costs some. payment_required: none are left.
Task<Result<>> check_credits(Request& rq);

} // namespace weft::api
