#pragma once

#include "base/task.h"

#include <atomic>
#include <string>

#include <boost/asio/thread_pool.hpp>

namespace weft::auth {

/// argon2id (RFC 9106) as libsodium's crypto_pwhash_str writes it: 64 MiB and two passes, a tenth
/// of a second. Blocks.
std::string hash_password(const std::string& password);
/// False also for an empty hash: who has no password is nobody by one. Takes as long in either
/// case.
bool is_password(const std::string& password, const std::string& hash);

/// The same for coroutines, one after the other on a thread of its own, so that guesses of
/// passwords take neither the io threads nor more memory than one. Any thread.
class Passwords {
public:
    static constexpr int waiting_max = 32;

    ~Passwords() { pool_.join(); }

    // rate_limited: `waiting_max` others wait.
    Task<Result<std::string>> hash(std::string password);
    Task<Result<bool>> is_password(std::string password, std::string hash);

private:
    template <class T, class F> Task<Result<T>> away(F work);

    std::atomic<int> waiting_ = 0;
    boost::asio::thread_pool pool_{1};
};

} // namespace weft::auth
