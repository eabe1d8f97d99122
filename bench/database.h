#pragma once

// Where a measured server keeps its rows: SQLite in its data directory or, with WEFT_BENCH_STORE
// (the URL of a superuser of a PostgreSQL cluster), a fresh database of that cluster.

#include "journal.h"
#include "tests/support/postgres_cluster.h"

#include <memory>

namespace weft::bench {

/// Gone, with the connections to it, when this object goes.
class Database {
public:
    explicit Database(std::filesystem::path data) : data_(std::move(data)) {
        if (!wanted()) return;
        cluster_ = std::make_unique<testing::PostgresCluster>(std::string(variable()));
        url_ = cluster_->url(cluster_->create_database());
    }
    ~Database() {
        if (cluster_) cluster_->drop_database(url_);
    }
    Database(const Database&) = delete;

    /// Whether there is a cluster on which to measure.
    static bool wanted() { return variable() && *variable(); }

    bool on_postgres() const { return cluster_ != nullptr; }
    const std::string& url() const { return url_; } ///< empty: SQLite
    /// What a server is started with.
    std::vector<std::string> environment() const {
        return on_postgres() ? std::vector{"WEFT_STORE=" + url_} : std::vector<std::string>{};
    }
    /// What the one or the other query answers: one number.
    std::int64_t number(const char* in_sqlite, const char* in_postgres) const {
        return on_postgres() ? std::stoll(psql(in_postgres)) : Journal(data_).number(in_sqlite);
    }
    /// Only on PostgreSQL: the last answer as psql -At would write it.
    std::string psql(const std::string& sql) const { return cluster_->psql(url_, sql); }
    /// The same, asked in another database, so that it is not among what is counted in this one.
    std::string psql_beside(const std::string& sql) const {
        return cluster_->psql("postgres", sql);
    }
    /// Its name, as a text in SQL.
    std::string literal() const { return "'" + url_.substr(url_.rfind('/') + 1) + "'"; }

private:
    static const char* variable() { return std::getenv("WEFT_BENCH_STORE"); }

    std::filesystem::path data_;
    std::unique_ptr<testing::PostgresCluster> cluster_;
    std::string url_;
};

} // namespace weft::bench
