#include "store/database_testing.h"

#include "tests/support/postgres_cluster.h"

#include <cstdlib>
#include <map>

namespace weft::store {

bool on_postgres() {
    const char* store = std::getenv("WEFT_TEST_STORE");
    return store && std::string_view(store) == "postgres";
}

std::string fresh_database() { return testing::PostgresCluster::shared().create_database(); }

std::string store_url(const std::filesystem::path& directory) {
    static std::map<std::string, std::string> urls;
    if (!on_postgres()) return {};
    std::string& url = urls[directory.string()];
    if (url.empty()) url = fresh_database();
    return url;
}

} // namespace weft::store
