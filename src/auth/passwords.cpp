#include "auth/passwords.h"

#include "base/check.h"

#include <array>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sodium.h>

namespace weft::auth {

namespace {

constexpr auto passes = crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE;
constexpr auto memory_bytes = crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE;

template <class T, class F> Task<T> done_by(F work) { co_return work(); }

} // namespace

std::string hash_password(const std::string& password) {
    CHECK(sodium_init() >= 0);
    std::array<char, crypto_pwhash_STRBYTES> hash{};
    CHECK(crypto_pwhash_str_alg(hash.data(), password.data(), password.size(), passes, memory_bytes,
                                crypto_pwhash_ALG_ARGON2ID13) == 0);
    return hash.data();
}

bool is_password(const std::string& password, const std::string& hash) {
    static const std::string nobodys = hash_password("no password of anybody");
    const std::string& tried = hash.empty() ? nobodys : hash;
    const bool fits =
        crypto_pwhash_str_verify(tried.c_str(), password.data(), password.size()) == 0;
    return fits && !hash.empty();
}

template <class T, class F> Task<Result<T>> Passwords::away(F work) {
    if (waiting_.fetch_add(1) >= waiting_max) {
        --waiting_;
        Error error{Code::rate_limited, "Many people are signing in: try again in a second."};
        error.retry_after_s = 1;
        co_return std::unexpected(std::move(error));
    }
    T result = co_await asio::co_spawn(pool_, done_by<T>(std::move(work)), asio::use_awaitable);
    --waiting_;
    co_return result;
}

Task<Result<std::string>> Passwords::hash(std::string password) {
    return away<std::string>([text = std::move(password)] { return hash_password(text); });
}

Task<Result<bool>> Passwords::is_password(std::string password, std::string hash) {
    return away<bool>(
        [text = std::move(password), of = std::move(hash)] { return auth::is_password(text, of); });
}

} // namespace weft::auth
