#include "http/client.h"

#include "base/check.h"
#include "http/curl_driver.h"
#include "http/redirect.h"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <csignal>

namespace weft::http {

struct Client::Impl {
    std::vector<std::shared_ptr<CurlDriver>> drivers; ///< one per io thread
    std::shared_ptr<const AllowedAddresses> allowed;
    std::atomic<bool> stopping = false;
};

Client::Client(IoThreads& threads, AllowedAddresses allowed) : impl_(std::make_unique<Impl>()) {
    impl_->allowed = std::make_shared<const AllowedAddresses>(std::move(allowed));
    // OpenSSL writes with write(2): without this a peer that has gone ends the process.
    std::signal(SIGPIPE, SIG_IGN);
    CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    for (int thread = 0; thread < threads.count(); ++thread)
        impl_->drivers.push_back(std::make_shared<CurlDriver>(threads.at(thread)));
}

Client::~Client() {
    for (auto& driver : impl_->drivers) {
        if (driver->context().stopped())
            driver->close();
        else
            asio::post(driver->context(), [driver] { driver->close(); });
    }
}

void Client::stop() {
    impl_->stopping = true;
    for (auto& driver : impl_->drivers) asio::post(driver->context(), [driver] { driver->stop(); });
}

namespace {

/// Where a coroutine's cancellation arrives, on whichever thread it was emitted.
struct CancelTransfer {
    std::weak_ptr<CurlDriver> driver;
    std::weak_ptr<Transfer> transfer;
    int thread;

    void operator()(asio::cancellation_type type) const {
        if ((type & asio::cancellation_type::terminal) == asio::cancellation_type::none) return;
        const auto owner = driver.lock();
        const auto ended = transfer.lock();
        if (!owner || !ended) return;
        if (IoThreads::current() == thread) return owner->cancel(ended);
        asio::post(owner->context(), [owner, ended] { owner->cancel(ended); });
    }
};

struct StartTransfer {
    template <class Handler>
    void operator()(Handler&& handler, CurlDriver* driver, int thread, ClientRequest request,
                    ClientSink sink, Hop hop) const {
        auto slot = asio::get_associated_cancellation_slot(handler);
        auto executor =
            asio::prefer(asio::get_associated_executor(handler, driver->context().get_executor()),
                         asio::execution::outstanding_work.tracked);
        auto done = [executor, handler = std::forward<Handler>(handler)](Settled settled) mutable {
            asio::post(executor,
                       [handler = std::move(handler), settled = std::move(settled)]() mutable {
                           std::move(handler)(std::move(settled));
                       });
        };
        auto transfer =
            std::make_shared<Transfer>(driver->context(), std::move(request), std::move(sink),
                                       std::move(hop), std::move(done));
        if (slot.is_connected())
            slot.assign(CancelTransfer{driver->weak_from_this(), transfer, thread});
        driver->start(transfer);
    }
};

Task<Settled> exchange(CurlDriver* driver, int thread, ClientRequest request, ClientSink sink,
                       Hop hop) {
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Settled)>(
        StartTransfer{}, asio::use_awaitable, driver, thread, std::move(request), std::move(sink),
        std::move(hop));
}

/// What a followed redirect asks next; nullopt: `end.outcome` is that of the call.
std::optional<ClientRequest> next_request(Settled& end, int redirects) {
    const int redirects_max = end.request.redirects_max;
    if (redirects_max == 0 || !end.outcome ||
        !is_redirect(end.outcome->status, end.outcome->headers))
        return std::nullopt;
    if (redirects >= redirects_max) {
        end.outcome = std::unexpected(too_many_redirects(end.request, redirects_max));
        return std::nullopt;
    }
    auto next = redirected(std::move(end.request), *end.outcome);
    if (next) return std::move(*next);
    end.outcome = std::unexpected(std::move(next.error()));
    return std::nullopt;
}

} // namespace

Task<std::expected<ClientResponse, ClientError>> Client::fetch(ClientRequest request,
                                                               ClientSink sink) {
    const int thread = IoThreads::current();
    CHECK(thread >= 0 && thread < static_cast<int>(impl_->drivers.size()));
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    // A cancel between here and the start would be thrown; it comes back as a value like any other.
    co_await asio::this_coro::throw_if_cancelled(false);
    CurlDriver* driver = impl_->drivers[static_cast<std::size_t>(thread)].get();
    Hop hop{.call_started_us = monotonic_us(), .allowed = impl_->allowed};
    FetchOutcome outcome = Transfer::cancelled();
    for (int redirects = 0;; ++redirects) {
        const auto cancellation = co_await asio::this_coro::cancellation_state;
        if (impl_->stopping || cancellation.cancelled() != asio::cancellation_type::none) break;
        Settled hop_end =
            co_await exchange(driver, thread, std::move(request), std::move(sink), hop);
        if (hop_end.thrown) {
            co_await asio::this_coro::throw_if_cancelled(throws);
            std::rethrow_exception(hop_end.thrown);
        }
        hop.bytes_before = hop_end.bytes;
        sink = std::move(hop_end.sink);
        auto next = next_request(hop_end, redirects);
        if (!next) {
            outcome = std::move(hop_end.outcome);
            break;
        }
        request = std::move(*next);
    }
    co_await asio::this_coro::throw_if_cancelled(throws);
    co_return outcome;
}

} // namespace weft::http
