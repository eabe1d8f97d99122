#pragma once

#include "store/test_home.h"
#include "store/test_world.h"

/// Rows of store_info for tests that are about the store and not about what is in it.
namespace weft::store {

inline constexpr SystemQuery<void, std::int64_t, std::string_view> put_sql{"test.put", R"sql(
    INSERT INTO store_info (name, value) VALUES ('row ' || CAST($1 AS TEXT), $2))sql"};
inline constexpr SystemQuery<std::int64_t> count_sql{"test.count", R"sql(
    SELECT count(*) FROM store_info WHERE name LIKE 'row %')sql"};

inline Task<Result<Changes>> put(Store& store, std::int64_t number, std::string text = "x") {
    co_return co_await store.write([&](Tx& tx) { return tx.run(put_sql, number, text); });
}

/// How many were put.
inline std::int64_t rows(Home& home) {
    return must(home.wait(home.store->read([](Rx& rx) { return rx.maybe(count_sql); }))).value();
}

} // namespace weft::store
