#pragma once

#include "connectors/catalogue.h"
#include "domain/testing.h"
#include "models/registry.h"
#include "store/bootstrap.h"
#include "store/database_testing.h"
#include "store/files.h"
#include "store/projects.h"
#include "store/records.h"
#include "store/tables.h"

#include <cstdlib>
#include <exception>
#include <filesystem>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::connectors {

template <class T> Task<> keep(Task<T> task, std::optional<T>& out) {
    out = co_await std::move(task);
}

/// Runs a task to its end on a loop of its own.
template <class T> T await(Task<T> task) {
    asio::io_context loop;
    std::exception_ptr broken;
    std::optional<T> out;
    asio::co_spawn(loop, keep(std::move(task), out), [&](std::exception_ptr why) { broken = why; });
    loop.run();
    if (broken) std::rethrow_exception(broken);
    return std::move(*out);
}

template <class T> T must(Result<T> result) {
    if (!result) throw std::runtime_error(faults_of(result) + " " + result.error().log_text);
    if constexpr (!std::is_void_v<T>) return *std::move(result);
}

template <class T> bool is_code(const Result<T>& result, Code code) {
    return !result && result.error().code == code;
}

/// A real store in a temporary directory, with a first project and the real catalogue.
class StoreTest : public testing::Test {
protected:
    template <class F> auto write(F fn) { return must(await(store_->write(std::move(fn)))); }
    template <class F> auto read(F fn) { return must(await(store_->read(std::move(fn)))); }

    StoreTest() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "weft-agents-XXXXXX").string();
        directory_ = ::mkdtemp(pattern.data());
        store_ = must(store::Store::open(
            {.directory = directory_, .url = store::store_url(directory_)}, clock_, minter_));
        catalogue_ = make_catalogue(*store_, client_, caller_, clock_, {true});
        const auto made = write([&](store::Tx& tx) {
            return store::bootstrap(tx, store_->vault(), {}, kinds(catalogue_));
        });
        scope_ = {made->organization.id, made->project.id, {}};
        other_ = write([&](store::Tx& tx) -> Result<Scope> {
            Scope scope{scope_.organization, {}, {}};
            scope.project = TRY(store::projects::create(tx, scope, {.name = "Other"}))
            .id;
            return scope;
        });
    }
    ~StoreTest() override {
        store_->drain();
        store_.reset();
        store::remove_test_directory(directory_);
    }

    Table make_table(const Scope& scope, std::string_view text) {
        return write([&](store::Tx& tx) {
            return store::tables::create(tx, scope, table_from_json(js(text), "").value());
        });
    }
    FileId make_file(const Scope& scope, std::string name, std::string bytes) {
        const File file = write([&](store::Tx& tx) {
            return store::files::create(tx, scope,
                                        {.name = std::move(name), .media_type = "text/plain"});
        });
        return must(await(store::files::put_bytes(*store_, scope, file.id, std::move(bytes), "")))
            .id;
    }
    Result<json::value> run(std::string_view category, ActionCall call) {
        return await(catalogue_.find(category)->run(std::move(call)));
    }
    std::int64_t records_in(const Table& table) {
        return read([&](store::Rx& rx) { return store::records::list(rx, scope_, table.id, {}); })
            .total;
    }

    FakeClock clock_;
    IdMinter minter_{clock_};
    std::filesystem::path directory_;
    std::unique_ptr<store::Store> store_;
    http::IoThreads threads_{1};
    http::Client client_{threads_};
    models::Registry registry_ = models::make_registry({}, client_, clock_);
    models::Caller caller_{registry_, clock_};
    Catalogue catalogue_;
    Scope scope_;
    Scope other_;
};

} // namespace weft::connectors
