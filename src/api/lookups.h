#pragma once

#include "api/convert.h"
#include "domain/file.h"
#include "store/store.h"

/// What requests name by its id.
namespace weft::api {

/// The id behind either of an execution's two. not_found: there is none with this UUID; an _id is
/// taken at its word.
Result<ExecutionId> id_of(store::Rx& rx, const Scope& scope, const ExecutionRef& ref);

inline constexpr std::size_t files_max = 1'000; ///< that one request names

/// Those files, in that order. invalid: they are too many, or one is not there: its place in
/// `files`.
Result<std::vector<File>> files_named(store::Rx& rx, const Scope& scope,
                                      const std::vector<FileId>& files);

} // namespace weft::api
