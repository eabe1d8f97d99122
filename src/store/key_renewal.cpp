#include "store/key_renewal.h"

#include "store/data_keys.h"

namespace weft::store {

namespace {

constexpr std::int64_t secrets_at_once = 100; ///< a millisecond or two of the writer

} // namespace

Task<Result<>> finish_key_renewal(Store& store) {
    for (;;) {
        const auto project =
            CO_TRY(store.read([](Rx& rx) { return data_keys::next_renewing(rx); }));
        if (!project) co_return Result<>();
        std::string after;
        while (CO_TRY(store.write([&](Tx& tx) {
            return secrets::renew_some(tx, store.vault(), *project, after, secrets_at_once);
        }))) {}
    }
}

} // namespace weft::store
