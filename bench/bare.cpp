// The yardsticks: bare Beast servers.
//   bench_bare THREADS FILE                   answers everything with the bytes recorded in FILE
//   bench_bare THREADS FILE after MS          the same after so many milliseconds, as a model would
//   bench_bare THREADS FILE record DATABASE   answers …/PROJECT/TABLE/RECORD with that row, read by
//                                             its primary key each time; FILE: such an answer
#include "bare.h"

#include "domain/ids.h"

#include <sqlite3.h>

namespace weft::bench {

/// The same bytes every time.
class SameBytes {
public:
    explicit SameBytes(const std::string& file) : recorded_(recorded_answer(file)) {}
    BareResponse first() const { return recorded_; }
    void answer(const BareRequest&, BareResponse&) {}

private:
    BareResponse recorded_;
};

/// The same bytes after a while.
class Slowly : public SameBytes {
public:
    Slowly(const std::string& file, std::chrono::milliseconds takes)
        : SameBytes(file), takes_(takes) {}
    std::chrono::milliseconds takes() const { return takes_; }

private:
    std::chrono::milliseconds takes_;
};

/// A record by its primary key, from one thread's own connection and one prepared statement.
class Records {
public:
    Records(const std::string& file, const std::string& database)
        : recorded_(recorded_answer(file)) {
        CHECK(sqlite3_open_v2(database.c_str(), &database_,
                              SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr) == SQLITE_OK);
        CHECK(sqlite3_exec(database_, "PRAGMA cache_size = -4096", nullptr, nullptr, nullptr) ==
              SQLITE_OK);
        CHECK(sqlite3_prepare_v3(database_,
                                 "SELECT body, created_at, updated_at FROM record "
                                 "WHERE project_id = ?1 AND table_id = ?2 AND id = ?3",
                                 -1, SQLITE_PREPARE_PERSISTENT, &find_, nullptr) == SQLITE_OK);
    }
    ~Records() {
        sqlite3_finalize(find_);
        sqlite3_close(database_);
    }
    Records(const Records&) = delete;

    BareResponse first() const { return recorded_; }

    void answer(const BareRequest& request, BareResponse& response) {
        std::string_view target(request.target().data(), request.target().size());
        const std::string_view record = take_last(target);
        bind(3, record);
        bind(2, take_last(target));
        bind(1, take_last(target));
        CHECK(sqlite3_step(find_) == SQLITE_ROW);
        std::string& body = response.body();
        body.clear();
        fmt::format_to(std::back_inserter(body), R"({{"_id":"{}","created_at":{},"updated_at":{},)",
                       record, seconds(1), seconds(2));
        // The values are stored as the members of an object.
        const auto* values = reinterpret_cast<const char*>(sqlite3_column_text(find_, 0));
        body.append(values + 1, static_cast<std::size_t>(sqlite3_column_bytes(find_, 0)) - 1);
        sqlite3_reset(find_);
        response.content_length(body.size());
    }

private:
    static std::string_view take_last(std::string_view& path) {
        const std::size_t slash = path.rfind('/');
        const std::string_view last = path.substr(slash + 1);
        path = path.substr(0, slash);
        return last;
    }
    void bind(int n, std::string_view hex) {
        const auto id = RecordId::parse(hex);
        CHECK(id.has_value());
        sqlite3_bind_blob(find_, n, id->bytes.data(), static_cast<int>(id->bytes.size()),
                          SQLITE_TRANSIENT);
    }
    double seconds(int column) {
        return static_cast<double>(sqlite3_column_int64(find_, column)) / 1e6;
    }

    BareResponse recorded_;
    sqlite3* database_ = nullptr;
    sqlite3_stmt* find_ = nullptr;
};

template <class Answer, class... Arguments> void run(int threads, const Arguments&... arguments) {
    std::vector<std::unique_ptr<Answer>> answers;
    for (int i = 0; i < threads; ++i) answers.push_back(std::make_unique<Answer>(arguments...));
    run_bare(std::move(answers));
}

} // namespace weft::bench

int main(int count, char** arguments) {
    using namespace weft::bench;
    CHECK(count == 3 || count == 5);
    const int threads = std::atoi(arguments[1]);
    const std::string file = arguments[2];
    const std::string_view how = count == 5 ? arguments[3] : "";
    if (how == "after")
        run<Slowly>(threads, file, std::chrono::milliseconds(std::atoi(arguments[4])));
    if (how == "record") run<Records>(threads, file, std::string(arguments[4]));
    run<SameBytes>(threads, file);
}
