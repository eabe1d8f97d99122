#pragma once

#include "store/store.h"

#include <functional>

/// Effects that carry a key happen once: their result is stored in the transaction in which they
/// happen.
namespace weft::store::effects {

inline constexpr std::size_t key_bytes_max = 200;

/// The result of `fn`, which changes the store through `tx`; for a key that was done before, the
/// result that it had then, and `fn` is not called. A failed `fn` leaves nothing, so that the key
/// may be tried again. Without a key `fn` just runs. `fn` must not call once() with the same key.
/// invalid: the key is too long.
Result<json::value> once(Tx& tx, const Scope& scope, const std::string& key,
                         const std::function<Result<json::value>()>& fn);

/// Forgets at most `count` effects that were done before `before`, of all projects; answers how
/// many.
Result<std::int64_t> forget_before(Tx& tx, Instant before, std::int64_t count);

} // namespace weft::store::effects
