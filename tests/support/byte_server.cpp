#include "tests/support/byte_server.h"

#include "base/task.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <atomic>
#include <thread>

namespace weft::testing {

using asio::ip::tcp;
constexpr auto quietly = asio::as_tuple(asio::use_awaitable);
constexpr int small_buffer_bytes = 4096;

struct ByteServer::Impl {
    ByteScript script;
    asio::io_context context{1};
    tcp::acceptor acceptor{context};
    std::atomic<int> connections = 0;
    std::atomic<std::int64_t> sent = 0;
    std::thread thread;

    Task<> play(tcp::socket socket) {
        ++connections;
        std::string request;
        if (script.reads) {
            auto [error, size] = co_await asio::async_read_until(
                socket, asio::dynamic_buffer(request), "\r\n\r\n", quietly);
            if (error) co_return;
        }
        asio::steady_timer timer(context);
        for (std::size_t at = 0; at < script.pieces.size();) {
            auto [error, size] =
                co_await asio::async_write(socket, asio::buffer(script.pieces[at]), quietly);
            sent += static_cast<std::int64_t>(size);
            if (error) co_return;
            if (script.pause.count() > 0) {
                timer.expires_after(script.pause);
                co_await timer.async_wait(quietly);
            }
            if (at + 1 < script.pieces.size() || !script.repeats_last) ++at;
        }
        co_await socket.async_wait(tcp::socket::wait_error, quietly); // until the client goes
    }

    Task<> accept_all() {
        for (;;) {
            auto [error, socket] = co_await acceptor.async_accept(quietly);
            if (error) co_return;
            asio::co_spawn(context, play(std::move(socket)), [](const std::exception_ptr&) {});
        }
    }
};

ByteServer::ByteServer(ByteScript script, const char* address, int port)
    : impl_(std::make_unique<Impl>()) {
    impl_->script = std::move(script);
    const tcp::endpoint endpoint(asio::ip::make_address(address),
                                 static_cast<asio::ip::port_type>(port));
    impl_->acceptor.open(endpoint.protocol());
    if (!impl_->script.reads) // accepted sockets inherit it: what is not read soon stands still
        impl_->acceptor.set_option(asio::socket_base::receive_buffer_size(small_buffer_bytes));
    impl_->acceptor.bind(endpoint);
    impl_->acceptor.listen();
    asio::co_spawn(impl_->context, impl_->accept_all(), [](const std::exception_ptr&) {});
    impl_->thread = std::thread([impl = impl_.get()] { impl->context.run(); });
}

ByteServer::~ByteServer() {
    impl_->context.stop();
    impl_->thread.join();
}

int ByteServer::port() const { return impl_->acceptor.local_endpoint().port(); }
std::string ByteServer::url() const {
    return "http://" + impl_->acceptor.local_endpoint().address().to_string() + ":" +
           std::to_string(port()) + "/";
}
int ByteServer::connections() const { return impl_->connections; }
std::int64_t ByteServer::sent() const { return impl_->sent; }

} // namespace weft::testing
