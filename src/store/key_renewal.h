#pragma once

#include "store/store.h"

namespace weft::store {

/// Seals what projects with a former data key have with their new one, a little at a time, until
/// there is no former key left (store/data_keys.h). May be begun by several at once, and anew after
/// a crash: it goes on from what is in the database.
Task<Result<>> finish_key_renewal(Store& store);

} // namespace weft::store
