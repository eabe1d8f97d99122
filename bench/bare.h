#pragma once

// A bare Boost.Beast server: what the same bytes cost when nothing but HTTP happens. Idiomatic
// Beast (http::async_read, http::async_write, one coroutine a connection) with nothing that slows
// it: one io_context a thread, executors without type erasure, buffers and answers that are kept.

#include "base/check.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <csignal>
#include <fstream>
#include <iterator>
#include <memory>
#include <thread>
#include <vector>

#include <fmt/format.h>

namespace weft::bench {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using asio::ip::tcp;

using Executor = asio::io_context::executor_type;
using BareSocket = asio::basic_stream_socket<tcp, Executor>;
template <class T = void> using BareTask = asio::awaitable<T, Executor>;
using BareRequest = beast_http::request<beast_http::string_body>;
using BareResponse = beast_http::response<beast_http::string_body>;

/// A whole answer as it stood on the wire, read back: the same fields in the same order.
inline BareResponse recorded_answer(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    beast_http::response_parser<beast_http::string_body> parser;
    parser.body_limit(boost::none);
    parser.eager(true);
    boost::beast::error_code error;
    parser.put(asio::buffer(bytes), error);
    CHECK(!error && parser.is_done());
    return parser.release();
}

/// One connection: `answer(request, response)` changes what it must in the response that is kept.
template <class Answer> BareTask<> serve_bare(BareSocket socket, Answer& answer) {
    constexpr auto as_result = asio::as_tuple(asio::deferred);
    boost::beast::flat_buffer buffer;
    BareResponse response = answer.first();
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, Executor>
        timer(socket.get_executor());
    for (;;) {
        beast_http::request_parser<beast_http::string_body> parser;
        const auto [unread, read] =
            co_await beast_http::async_read(socket, buffer, parser, as_result);
        if (unread) co_return;
        if constexpr (requires { answer.takes(); }) {
            timer.expires_after(answer.takes());
            co_await timer.async_wait(as_result);
        }
        answer.answer(parser.get(), response);
        const auto [unsent, sent] = co_await beast_http::async_write(socket, response, as_result);
        if (unsent || !parser.get().keep_alive()) co_return;
    }
}

/// Accepts on the first thread, each connection for the next thread in turn.
template <class Answer>
BareTask<> accept_bare(asio::basic_socket_acceptor<tcp, Executor> acceptor,
                       std::vector<std::unique_ptr<asio::io_context>>& contexts,
                       std::vector<std::unique_ptr<Answer>>& answers) {
    for (std::size_t turn = 0;; turn = (turn + 1) % contexts.size()) {
        BareSocket socket(*contexts[turn]);
        const auto [error] = co_await acceptor.async_accept(socket, asio::as_tuple(asio::deferred));
        if (error) continue;
        socket.set_option(tcp::no_delay(true));
        asio::co_spawn(*contexts[turn], serve_bare(std::move(socket), *answers[turn]),
                       asio::detached);
    }
}

/// Serves on the loopback interface with one io_context for each of `answers`, says where, and ends
/// with the process.
template <class Answer> [[noreturn]] void run_bare(std::vector<std::unique_ptr<Answer>> answers) {
    std::vector<std::unique_ptr<asio::io_context>> contexts;
    for (std::size_t i = 0; i < answers.size(); ++i)
        contexts.push_back(std::make_unique<asio::io_context>(1));
    asio::basic_socket_acceptor<tcp, Executor> acceptor(
        *contexts[0], tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    fmt::print("http://127.0.0.1:{}\n", acceptor.local_endpoint().port());
    std::fflush(stdout);
    asio::co_spawn(*contexts[0], accept_bare(std::move(acceptor), contexts, answers),
                   asio::detached);
    std::vector<std::thread> threads;
    for (const auto& context : contexts)
        threads.emplace_back([&context] {
            const auto work = asio::make_work_guard(*context);
            context->run();
        });
    for (;;) ::pause();
}

} // namespace weft::bench
