#include "tests/support/pgbouncer.h"

#include "base/check.h"

#include <cstdlib>

namespace weft::testing {

namespace {

std::vector<std::string>
command_for(const std::string& folder, const PostgresCluster& cluster,
            const std::vector<std::pair<std::string, std::string>>& settings) {
    std::vector<std::string> command{WEFT_SOURCE_DIR "/tools/postgres.sh", "bouncer", folder,
                                     "host=" + cluster.socket_folder() +
                                         " port=" + std::to_string(cluster.port())};
    for (const auto& [name, value] : settings) {
        command.push_back(name);
        command.back() += '=';
        command.back() += value;
    }
    return command;
}

} // namespace

PgBouncer::PgBouncer(const PostgresCluster& cluster,
                     const std::vector<std::pair<std::string, std::string>>& settings)
    : folder_(fresh_folder("pgbouncer")), program_(command_for(folder_, cluster, settings)) {
    const std::string answer = program_.answer();
    if (!answer.starts_with("ready "))
        check_failed("pgbouncer does not start: run ./dev setup", std::source_location::current());
    port_ = std::atoi(answer.c_str() + 6);
}

std::string PgBouncer::url(std::string_view database) const {
    if (const auto slash = database.rfind('/'); slash != std::string_view::npos)
        database.remove_prefix(slash + 1);
    return "postgres://postgres@127.0.0.1:" + std::to_string(port_) + "/" + std::string(database);
}

} // namespace weft::testing
