#include "store/database_testing.h"

#include "base/mutex.h"
#include "store/migrations.h"
#include "store/postgres.h"
#include "tests/support/postgres_cluster.h"

#include <algorithm>
#include <cstdlib>
#include <map>

namespace weft::store {

namespace {

using testing::PostgresCluster;

/// "DIRECTORY URL"
constexpr const char* inherited_variable = "WEFT_TEST_DATABASE";

/// The databases of this program. A new one is a copy of one that has the tables already, which
/// takes a tenth of the time.
class Databases {
public:
    static Databases& of_this_program() {
        static Databases all;
        return all;
    }

    std::string of(const std::filesystem::path& directory) {
        const Lock lock(mutex_);
        std::string& url = by_directory_[directory.lexically_normal()];
        if (url.empty()) url = make();
        return url;
    }
    void drop(const std::filesystem::path& directory) {
        const Lock lock(mutex_);
        const auto here = directory.lexically_normal();
        std::erase_if(by_directory_, [&](const auto& each) {
            const auto& path = each.first;
            if (std::ranges::mismatch(here, path).in1 != here.end()) return false;
            cluster_.drop_database(each.second);
            return true;
        });
    }
    std::string fresh() {
        const Lock lock(mutex_);
        return make();
    }
    std::string lend() {
        const Lock lock(mutex_);
        if (free_.empty()) return make();
        std::string url = std::move(free_.back());
        free_.pop_back();
        return url;
    }
    void take_back(std::string url) {
        const Lock lock(mutex_);
        free_.push_back(std::move(url));
    }

private:
    Databases() = default;
    ~Databases() {
        try {
            for (const auto& [directory, url] : by_directory_) cluster_.drop_database(url);
            for (const std::string& url : free_) cluster_.drop_database(url);
            if (!model_.empty()) cluster_.drop_database(model_);
        } catch (const std::exception& failed) {
            std::fprintf(stderr, "databases of the tests are left: %s\n", failed.what());
        }
    }

    std::string make() REQUIRES(mutex_) {
        if (model_.empty()) {
            model_ = cluster_.create_database();
            Reach reach(model_);
            PostgresConnection connection(reach);
            if (const auto migrated = migrate(connection, migrations(), Instant{}); !migrated)
                throw InvariantBroken(migrated.error().message + " | " + migrated.error().log_text);
        }
        return cluster_.create_database(model_);
    }

    PostgresCluster& cluster_ = PostgresCluster::shared(); // outlives this
    Mutex mutex_;
    std::string model_ GUARDED_BY(mutex_);
    std::map<std::filesystem::path, std::string> by_directory_ GUARDED_BY(mutex_);
    std::vector<std::string> free_ GUARDED_BY(mutex_);
};

} // namespace

bool on_postgres() {
    const char* store = std::getenv("WEFT_TEST_STORE");
    return store && std::string_view(store) == "postgres";
}

std::string store_url(const std::filesystem::path& directory) {
    if (!on_postgres()) return {};
    const char* inherited = std::getenv(inherited_variable);
    const std::string begin = directory.lexically_normal().string() + " ";
    if (inherited && std::string_view(inherited).starts_with(begin))
        return inherited + begin.size();
    return Databases::of_this_program().of(directory);
}

std::string store_environment(const std::filesystem::path& directory) {
    return std::string(inherited_variable) + "=" + directory.lexically_normal().string() + " " +
           store_url(directory);
}

std::string everything_in(const std::string& url) {
    return testing::PostgresCluster::shared().psql(url, R"(
        SELECT tablename, query_to_xml(format('SELECT t::text FROM %I t ORDER BY 1', tablename),
                                       true, false, '')
          FROM pg_tables WHERE schemaname = 'public'
           AND tablename NOT IN ('node', 'batch', 'budget_slice', 'budget_revision')
         ORDER BY tablename)");
}

void drop_databases_of(const std::filesystem::path& directory) {
    if (on_postgres()) Databases::of_this_program().drop(directory);
}

void remove_test_directory(const std::filesystem::path& directory) {
    std::error_code ignored;
    std::filesystem::remove_all(directory, ignored);
    drop_databases_of(directory);
}

OwnDatabase::OwnDatabase() : url(Databases::of_this_program().fresh()) {}

OwnDatabase::~OwnDatabase() { PostgresCluster::shared().drop_database(url); }

BorrowedDatabase::BorrowedDatabase() {
    if (on_postgres()) url = Databases::of_this_program().lend();
}

BorrowedDatabase::~BorrowedDatabase() {
    if (on_postgres()) Databases::of_this_program().take_back(std::move(url));
}

} // namespace weft::store
