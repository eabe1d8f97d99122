#include "store/identities.h"

namespace weft::store::identities {

namespace {

constexpr SystemQuery<UserId, std::string, std::string> find_sql{"identities.find", R"sql(
    SELECT user_id FROM user_identity WHERE issuer = $1 AND subject = $2)sql"};
constexpr SystemQuery<void, std::string, std::string, UserId, Instant> link_sql{"identities.link",
                                                                                R"sql(
    INSERT INTO user_identity (issuer, subject, user_id, linked_at) VALUES ($1, $2, $3, $4))sql"};
constexpr SystemQuery<std::int64_t, UserId, std::string> count_sql{"identities.count", R"sql(
    SELECT count(*) FROM user_identity WHERE user_id = $1 AND issuer = $2)sql"};

} // namespace

Result<std::optional<UserId>> find(Rx& rx, const std::string& issuer, const std::string& subject) {
    return rx.maybe(find_sql, issuer, subject);
}

Result<> link(Tx& tx, const std::string& issuer, const std::string& subject, const UserId& user) {
    TRY(tx.run(link_sql, issuer, subject, user, tx.now()));
    return {};
}

Result<bool> is_linked(Rx& rx, const std::string& issuer, const UserId& user) {
    return TRY(rx.maybe(count_sql, user, issuer))
    .value_or(0) > 0;
}

} // namespace weft::store::identities
