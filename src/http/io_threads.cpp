#include "base/log.h"
#include "http/server.h"

#include <boost/asio/executor_work_guard.hpp>

#include <atomic>
#include <thread>

#include <pthread.h>

namespace weft::http {

namespace {

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): a thread knows its number
thread_local int current_thread = -1;

/// Runs a context until it is stopped. What throws out of a plain handler (coroutines end in a
/// Gate) is logged and costs nothing but that handler.
void run_context(asio::io_context& context) {
    for (;;) {
        try {
            context.run();
            return;
        } catch (const std::exception& error) {
            log_error("A handler of an io thread failed.", {{"reason", error.what()}});
        }
    }
}

} // namespace

struct IoThreads::Impl {
    struct One {
        /// Concurrency hint 1: run by one thread.
        std::unique_ptr<asio::io_context> context = std::make_unique<asio::io_context>(1);
        std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work;
        std::thread thread;
    };
    explicit Impl(int count) : all(static_cast<std::size_t>(std::max(count, 1))) {}
    /// The first context goes first: a server's acceptor, which lives on it, holds sockets of the
    /// others.
    ~Impl() {
        for (One& one : all) one.context.reset();
    }

    std::vector<One> all;
    std::atomic<unsigned> turn{0};
    std::atomic<bool> running{false};
};

IoThreads::IoThreads(int count) : impl_(std::make_unique<Impl>(count)) {}

IoThreads::~IoThreads() { stop(); }

int IoThreads::count() const { return static_cast<int>(impl_->all.size()); }

asio::io_context& IoThreads::at(int thread) {
    return *impl_->all[static_cast<std::size_t>(thread)].context;
}

asio::io_context& IoThreads::next() {
    return *impl_->all[impl_->turn.fetch_add(1, std::memory_order_relaxed) % impl_->all.size()]
                .context;
}

void IoThreads::run() {
    if (impl_->running.exchange(true)) return;
    for (std::size_t i = 0; i < impl_->all.size(); ++i) {
        Impl::One& one = impl_->all[i];
        one.context->restart();
        one.work.emplace(one.context->get_executor());
        one.thread = std::thread([&one, i] {
            current_thread = static_cast<int>(i);
            pthread_setname_np(pthread_self(), ("weft-io-" + std::to_string(i)).c_str());
            run_context(*one.context);
        });
    }
}

void IoThreads::stop() {
    if (!impl_->running.exchange(false)) return;
    for (Impl::One& one : impl_->all) {
        one.work.reset();
        one.context->stop();
    }
    for (Impl::One& one : impl_->all) one.thread.join();
}

bool IoThreads::running() const { return impl_->running; }

int IoThreads::current() { return current_thread; }

} // namespace weft::http
