#include "store/effects.h"

namespace weft::store::effects {

namespace {

constexpr Query<json::value, ProjectId, std::string> find_sql{"effects.find", R"sql(
    SELECT result FROM effect_done WHERE project_id = $1 AND key = $2)sql"};

constexpr Query<void, ProjectId, std::string, json::value, Instant> insert_sql{"effects.insert",
                                                                               R"sql(
    INSERT INTO effect_done (project_id, key, result, created_at) VALUES ($1, $2, $3, $4))sql"};

constexpr SystemQuery<void, Instant, std::int64_t> forget_sql{"effects.forget", R"sql(
    DELETE FROM effect_done WHERE (project_id, key) IN
        (SELECT project_id, key FROM effect_done
          WHERE created_at < $1 ORDER BY created_at LIMIT $2))sql"};

} // namespace

Result<json::value> once(Tx& tx, const Scope& scope, const std::string& key,
                         const std::function<Result<json::value>()>& fn) {
    if (key.empty()) return fn();
    if (key.size() > key_bytes_max)
        return fail_field("effect_key", fmt::format("is longer than {} bytes", key_bytes_max));
    if (auto done = TRY(tx.maybe(find_sql, scope.project, key))) return *std::move(done);
    json::value result = TRY(fn());
    TRY(tx.run(insert_sql, scope.project, key, result, tx.now()));
    return result;
}

Result<std::int64_t> forget_before(Tx& tx, Instant before, std::int64_t count) {
    return TRY(tx.run(forget_sql, before, count))
    .count;
}

} // namespace weft::store::effects
