#pragma once

#include "tests/support/kept_program.h"
#include "tests/support/postgres_cluster.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::testing {

/// pgbouncer in front of a cluster, which must outlive it, on a free port of 127.0.0.1: each
/// transaction of a client may run in another backend. Run by an ordinary user, as the cluster is.
/// Ends when this object goes or this process dies.
class PgBouncer {
public:
    /// `settings` of pgbouncer.ini, as {"default_pool_size", "2"}.
    /// Throws InvariantBroken, which names `./dev setup`, when it does not start.
    explicit PgBouncer(const PostgresCluster& cluster,
                       const std::vector<std::pair<std::string, std::string>>& settings = {});

    int port() const { return port_; }
    std::string url(std::string_view database) const; ///< of a name, or of another URL's database

private:
    std::string folder_;
    KeptProgram program_;
    int port_ = 0;
};

} // namespace weft::testing
