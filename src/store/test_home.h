#pragma once

#include "store/database_testing.h"
#include "store/store.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include <sys/mount.h>

namespace weft::store {

/// A directory of its own for one test, gone afterwards.
struct TemporaryDirectory {
    std::filesystem::path path;

    TemporaryDirectory() {
        std::string name = testing::TempDir() + "weft_store_XXXXXX";
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
        path = name;
    }
    ~TemporaryDirectory() { remove_test_directory(path); }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
};

/// A small file system of its own; `mounted` is false where this process may not mount.
struct SmallDisk {
    TemporaryDirectory directory;
    bool mounted = false;

    explicit SmallDisk(const char* options, unsigned long flags = 0) {
        mounted = mount("none", directory.path.c_str(), "tmpfs", flags, options) == 0;
    }
    ~SmallDisk() {
        if (mounted) umount2(directory.path.c_str(), MNT_DETACH);
    }
    bool grow(const char* options) const {
        return mount("none", directory.path.c_str(), "tmpfs", MS_REMOUNT, options) == 0;
    }
};

/// An open store and an event loop that runs on the test's own thread while it waits.
struct Home {
    SystemClock system_clock;
    Clock& clock;
    IdMinter minter{clock};
    asio::io_context io{1};
    std::unique_ptr<Store> store;

    explicit Home(const std::filesystem::path& path)
        : Home(Options{.directory = path, .url = store_url(path)}) {}
    /// `time`: another clock than the system's, which outlives this.
    explicit Home(Options options, Clock* time = nullptr) : clock(time ? *time : system_clock) {
        auto opened = Store::open(std::move(options), clock, minter);
        if (!opened)
            throw std::runtime_error(opened.error().message + " | " + opened.error().log_text);
        store = *std::move(opened);
    }
    ~Home() {
        if (store) store->drain();
        io.restart();
        io.poll();
    }
    Home(const Home&) = delete;

    /// Begins a coroutine; its result is in `out` once it has ended.
    template <class T> void begin(Task<T> task, std::optional<T>& out) {
        asio::co_spawn(io, std::move(task), [&out](const std::exception_ptr& failed, T result) {
            if (failed) std::rethrow_exception(failed);
            out.emplace(std::move(result));
        });
    }
    /// Runs until all that was begun has ended.
    void run() {
        io.restart();
        io.run();
    }
    /// Runs what can be run without waiting: afterwards each begun coroutine waits for the store.
    void poll() {
        io.restart();
        io.poll();
    }
    template <class T> T wait(Task<T> task) {
        std::optional<T> out;
        begin(std::move(task), out);
        run();
        return *std::move(out);
    }
};

} // namespace weft::store
