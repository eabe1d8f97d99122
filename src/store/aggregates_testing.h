#pragma once

#include "domain/testing.h"
#include "store/bootstrap.h"
#include "store/projects.h"
#include "store/store.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::store {

/// Runs a task to its end on a loop of its own.
void drive(Task<> task);

template <class T> Task<> keep(Task<T> task, std::optional<T>& out) {
    out = co_await std::move(task);
}

template <class T> T await(Task<T> task) {
    std::optional<T> out;
    drive(keep(std::move(task), out));
    return std::move(*out);
}

/// What a catalogue could hold: two categories, one with two actions.
std::vector<ConnectorKind> kinds();

/// A real store in a temporary directory with three projects: `mine`, `sibling` of the same
/// organization and `foreign` of another.
class AggregateTest : public testing::Test {
protected:
    AggregateTest();
    ~AggregateTest() override;

    template <class F> auto write(F fn) { return await(store_->write(std::move(fn))); }
    template <class F> auto read(F fn) { return await(store_->read(std::move(fn))); }

    FakeClock clock_;
    IdMinter minter_{clock_};
    std::filesystem::path directory_;
    std::unique_ptr<Store> store_;
    Scope mine_;
    Scope sibling_;
    Scope foreign_;
};

/// "not_found: There is no such table.", or "ok".
template <class T> std::string outcome(const Result<T>& result) {
    if (result) return "ok";
    return std::to_string(static_cast<int>(result.error().code)) + " " + result.error().message;
}

template <class T> bool is_code(const Result<T>& result, Code code) {
    return !result && result.error().code == code;
}

} // namespace weft::store
