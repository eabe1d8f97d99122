#include "store/database_testing.h"

#include "store/migrations.h"
#include "store/postgres.h"
#include "tests/support/postgres_cluster.h"

#include <cstdlib>
#include <map>

namespace weft::store {

bool on_postgres() {
    const char* store = std::getenv("WEFT_TEST_STORE");
    return store && std::string_view(store) == "postgres";
}

/// A copy of one that has the tables already, which takes a tenth of the time.
std::string fresh_database() {
    auto& cluster = testing::PostgresCluster::shared();
    static const std::string made = [&cluster] {
        std::string url = cluster.create_database();
        Reach reach(url);
        PostgresConnection connection(reach);
        if (const auto migrated = migrate(connection, migrations(), Instant{}); !migrated)
            throw InvariantBroken(migrated.error().message + " | " + migrated.error().log_text);
        return url;
    }();
    cluster.use_template(made);
    return cluster.create_database();
}

std::string store_url(const std::filesystem::path& directory) {
    static std::map<std::string, std::string> urls;
    if (!on_postgres()) return {};
    std::string& url = urls[directory.string()];
    if (url.empty()) url = fresh_database();
    return url;
}

} // namespace weft::store
