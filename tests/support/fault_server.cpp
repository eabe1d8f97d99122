#include "tests/support/fault_server.h"

#include "base/check.h"
#include "base/mutex.h"
#include "base/task.h"
#include "tests/support/certificate.h"
#include "tests/support/scripted_answer.h"
#include "json/json.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <poll.h>
#include <thread>

namespace weft::testing {

using asio::ip::tcp;
using TlsStream = asio::ssl::stream<tcp::socket>;
constexpr auto quietly = asio::as_tuple(asio::use_awaitable);
constexpr milliseconds patience{20'000};

std::string SeenRequest::header(std::string_view name) const {
    for (const auto& [each, value] : headers)
        if (each == name) return value;
    return {};
}

struct FaultServer::Impl {
    Script script;
    Listen listen = Listen::http;
    asio::io_context context{1};
    tcp::acceptor acceptor{context};
    std::optional<asio::ssl::context> tls;
    std::vector<int> fillers; ///< connections that take up the room of a full backlog
    int port = 0;
    mutable Mutex mutex;
    mutable Condition changed;
    std::vector<SeenRequest> requests GUARDED_BY(mutex);
    std::vector<SeenConnection> connections GUARDED_BY(mutex);
    std::thread thread;

    template <class Change> void change(int id, const Change& apply) {
        const Lock lock(mutex);
        apply(connections[static_cast<std::size_t>(id)]);
        changed.notify_all();
    }
    int opened() {
        const Lock lock(mutex);
        const int id = static_cast<int>(connections.size());
        connections.push_back({.id = id, .opened_us = monotonic_us()});
        changed.notify_all();
        return id;
    }
    void received(int id, std::size_t bytes) {
        change(id, [&](SeenConnection& c) {
            c.bytes += static_cast<std::int64_t>(bytes);
            c.last_byte_us = monotonic_us();
        });
    }
    void closed(int id) {
        change(id, [](SeenConnection& c) {
            if (c.closed_us == 0) c.closed_us = monotonic_us();
        });
    }
};

namespace {

using Server = FaultServer;

tcp::socket& raw(tcp::socket& socket) { return socket; }
tcp::socket& raw(TlsStream& stream) { return stream.next_layer(); }

/// Counts what the client still sends, until it goes.
Task<> hang(Server::Impl& server, tcp::socket& socket, int id) {
    server.change(id, [](SeenConnection& c) { c.hanging = true; });
    std::array<char, 4096> buffer{};
    for (;;) {
        auto [error, size] = co_await socket.async_read_some(asio::buffer(buffer), quietly);
        if (error) {
            const bool reset = error == asio::error::connection_reset;
            server.change(id, [reset](SeenConnection& c) { c.reset = reset; });
            break;
        }
        server.received(id, size);
    }
    server.closed(id);
}

/// True after `time`; false as soon as the client has gone.
Task<bool> pause(tcp::socket& socket, milliseconds time) {
    using namespace asio::experimental::awaitable_operators;
    if (time.count() == 0) co_return true;
    asio::steady_timer timer(socket.get_executor(), time);
    const auto first =
        co_await (timer.async_wait(quietly) || socket.async_wait(tcp::socket::wait_read, quietly));
    co_return first.index() == 0;
}

void read_head(const std::string& head, SeenRequest& request) {
    std::size_t at = head.find("\r\n");
    const std::string line = head.substr(0, at);
    const std::size_t space = line.find(' ');
    request.method = line.substr(0, space);
    request.target = line.substr(space + 1, line.rfind(' ') - space - 1);
    while (at + 2 < head.size()) {
        const std::size_t end = std::min(head.find("\r\n", at + 2), head.size());
        const std::string field = head.substr(at + 2, end - at - 2);
        at = end;
        const std::size_t colon = field.find(':');
        if (colon == std::string::npos) continue;
        std::string name = field.substr(0, colon);
        for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        const std::size_t value = field.find_first_not_of(' ', colon + 1);
        request.headers.emplace_back(name, value == std::string::npos ? "" : field.substr(value));
    }
}

/// Reads one whole request; false: the client has gone.
template <class Stream>
Task<bool> read_request(Server::Impl& server, Stream& stream, std::string& buffer,
                        SeenRequest& request) {
    std::array<char, 16384> piece{};
    std::size_t head_end = std::string::npos;
    std::size_t body_size = 0;
    for (;;) {
        if (head_end == std::string::npos) head_end = buffer.find("\r\n\r\n");
        if (head_end != std::string::npos && request.method.empty()) {
            read_head(buffer.substr(0, head_end), request);
            body_size =
                static_cast<std::size_t>(std::atoll(request.header("content-length").c_str()));
        }
        if (head_end != std::string::npos && buffer.size() >= head_end + 4 + body_size) break;
        auto [error, size] = co_await stream.async_read_some(asio::buffer(piece), quietly);
        if (error) co_return false;
        server.received(request.connection, size);
        buffer.append(piece.data(), size);
    }
    request.body = buffer.substr(head_end + 4, body_size);
    request.at_us = monotonic_us();
    buffer.erase(0, head_end + 4 + body_size);
    co_return true;
}

template <class Stream> Task<bool> write(Stream& stream, std::string text) {
    auto [error, size] = co_await asio::async_write(stream, asio::buffer(text), quietly);
    co_return !error;
}

std::string head_of(const Scripted& answer, std::string_view content_type,
                    std::optional<std::size_t> length) {
    std::string head = "HTTP/1.1 " + std::to_string(answer.status) + " Status\r\ncontent-type: ";
    head += content_type;
    head += "\r\n";
    for (const auto& [name, value] : answer.headers) head += name + ": " + value + "\r\n";
    head += length ? "content-length: " + std::to_string(*length) + "\r\n"
                   : "transfer-encoding: chunked\r\n";
    return head + "\r\n";
}

std::string framed(const std::string& text) {
    std::array<char, 20> size{};
    std::snprintf(size.data(), size.size(), "%zx\r\n", text.size());
    return size.data() + text + "\r\n";
}

enum class Next { request, close, gone };

/// The streamed form of the answer with its faults.
template <class Stream>
Task<Next> answer_stream(Server::Impl& server, Stream& stream, int id, const Scripted& answer,
                         bool with_usage) {
    using Fault = Scripted::Fault;
    const bool raw_pieces = !answer.pieces.empty();
    const std::string type = raw_pieces ? answer.content_type : "text/event-stream";
    if (!co_await write(stream, head_of(answer, type, std::nullopt))) co_return Next::gone;
    std::vector<std::string> chunks = answer.pieces;
    if (!raw_pieces) {
        chunks = completion_chunks(answer, with_usage);
        chunks.emplace_back("data: [DONE]\n\n");
    }
    for (std::size_t at = 0; at <= chunks.size(); ++at) {
        if (answer.fault != Fault::none && at == static_cast<std::size_t>(answer.fault_after)) {
            if (answer.fault == Fault::hangs) {
                co_await hang(server, raw(stream), id);
                co_return Next::gone;
            }
            if (answer.fault == Fault::cut_off) co_return Next::close;
            if (answer.fault == Fault::ends_early) break;
            if (at < chunks.size()) chunks[at] = "data: {\"choices\": [{\"delta\"\n\n";
        }
        if (at == chunks.size()) break;
        if (at > 0 && !co_await pause(raw(stream), answer.pause_between)) co_return Next::gone;
        if (!co_await write(stream, framed(chunks[at]))) co_return Next::gone;
    }
    co_return co_await write(stream, "0\r\n\r\n") ? Next::request : Next::gone;
}

template <class Stream>
Task<Next> answer_request(Server::Impl& server, Stream& stream, const SeenRequest& request) {
    const Scripted answer = server.script(request);
    if (answer.fault == Scripted::Fault::closes) co_return Next::close;
    if (answer.fault == Scripted::Fault::never_answers) {
        co_await hang(server, raw(stream), request.connection);
        co_return Next::gone;
    }
    if (!co_await pause(raw(stream), answer.pause_before_head)) co_return Next::gone;
    const auto asked = parse_json(request.body);
    const bool streams = asked && bool_or(*asked, "stream") && !answer.plain;
    if (!answer.pieces.empty() || (streams && answer.status == 200 && answer.raw_body.empty())) {
        const json::value* options = find(*asked, "stream_options");
        const bool with_usage = options && bool_or(*options, "include_usage");
        co_return co_await answer_stream(server, stream, request.connection, answer, with_usage);
    }
    const std::string body = answer.raw_body.empty() ? completion_object(answer) : answer.raw_body;
    std::string text = head_of(answer, answer.content_type, body.size());
    if (request.method != "HEAD") text += body;
    if (answer.fault == Scripted::Fault::cut_off) {
        co_await write(stream,
                       text.substr(0, text.size() - std::min(text.size(), body.size() / 2 + 1)));
        co_return Next::close;
    }
    co_return co_await write(stream, text) ? Next::request : Next::gone;
}

template <class Stream> Task<> converse(Server::Impl& server, Stream& stream, int id) {
    std::string buffer;
    Next next = Next::request;
    while (next == Next::request) {
        SeenRequest request{.connection = id};
        if (!co_await read_request(server, stream, buffer, request)) break;
        {
            const Lock lock(server.mutex);
            server.requests.push_back(request);
            server.changed.notify_all();
        }
        next = co_await answer_request(server, stream, request);
    }
    server.closed(id);
}

Task<> serve(Server::Impl& server, tcp::socket socket) {
    const int id = server.opened();
    if (server.listen == Server::Listen::tls_silence) {
        co_await hang(server, socket, id);
    } else if (server.listen == Server::Listen::https) {
        TlsStream stream(std::move(socket), *server.tls);
        auto [error] = co_await stream.async_handshake(TlsStream::server, quietly);
        if (error) {
            server.closed(id);
            co_return;
        }
        co_await converse(server, stream, id);
    } else {
        co_await converse(server, socket, id);
    }
}

Task<> accept_all(Server::Impl& server) {
    for (;;) {
        auto [error, socket] = co_await server.acceptor.async_accept(quietly);
        if (error) co_return;
        asio::co_spawn(server.context, serve(server, std::move(socket)),
                       [](const std::exception_ptr&) {});
    }
}

/// Connects to the listener that never accepts until a connect no longer succeeds.
void fill_backlog(Server::Impl& server) {
    sockaddr_in address{.sin_family = AF_INET,
                        .sin_port = htons(static_cast<std::uint16_t>(server.port))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int times = 0; times < 16; ++times) {
        const int filler = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        CHECK(filler >= 0);
        const int tried =
            ::connect(filler, reinterpret_cast<const sockaddr*>(&address), sizeof address);
        CHECK(tried == 0 || errno == EINPROGRESS);
        pollfd waits{.fd = filler, .events = POLLOUT, .revents = 0};
        if (::poll(&waits, 1, 50) == 0) { // no answer: there is no room left
            ::close(filler);
            return;
        }
        server.fillers.push_back(filler);
    }
    CHECK(!"the backlog never fills");
}

FaultServer::Script in_turn(std::vector<Scripted> answers) {
    CHECK(!answers.empty());
    return [answers = std::move(answers), at = std::size_t{0}](const SeenRequest&) mutable {
        return answers[std::min(at++, answers.size() - 1)];
    };
}

} // namespace

FaultServer::FaultServer(Script script, Listen listen) : impl_(std::make_unique<Impl>()) {
    impl_->script = std::move(script);
    impl_->listen = listen;
    impl_->acceptor.open(tcp::v4());
    impl_->acceptor.bind({asio::ip::address_v4::loopback(), 0});
    impl_->acceptor.listen(listen == Listen::full_backlog ? 0 : 512);
    impl_->port = impl_->acceptor.local_endpoint().port();
    if (listen == Listen::https) {
        const Certificate& certificate = Certificate::loopback();
        impl_->tls.emplace(asio::ssl::context::tls_server);
        impl_->tls->use_certificate(asio::buffer(certificate.certificate_pem),
                                    asio::ssl::context::pem);
        impl_->tls->use_private_key(asio::buffer(certificate.key_pem), asio::ssl::context::pem);
    }
    if (listen == Listen::full_backlog)
        fill_backlog(*impl_);
    else
        asio::co_spawn(impl_->context, accept_all(*impl_), [](const std::exception_ptr&) {});
    impl_->thread = std::thread([impl = impl_.get()] { impl->context.run(); });
}

FaultServer::FaultServer(std::vector<Scripted> answers, Listen listen)
    : FaultServer(in_turn(std::move(answers)), listen) {}

FaultServer::~FaultServer() {
    impl_->context.stop();
    impl_->thread.join();
    for (const int filler : impl_->fillers) ::close(filler);
}

int FaultServer::port() const { return impl_->port; }

std::string FaultServer::base_url(std::string_view host) const {
    const bool tls = impl_->listen == Listen::https || impl_->listen == Listen::tls_silence;
    return std::string(tls ? "https://" : "http://") + std::string(host) + ":" +
           std::to_string(port()) + "/v1";
}

std::vector<SeenRequest> FaultServer::requests() const {
    const Lock lock(impl_->mutex);
    return impl_->requests;
}

std::vector<SeenConnection> FaultServer::connections() const {
    const Lock lock(impl_->mutex);
    return impl_->connections;
}

bool FaultServer::wait_until(
    const std::function<bool(const std::vector<SeenConnection>&)>& holds) const {
    const std::int64_t end_us = monotonic_us() + microseconds(patience).count();
    const Lock lock(impl_->mutex);
    while (!holds(impl_->connections)) {
        if (monotonic_us() >= end_us) return false;
        impl_->changed.wait_for(impl_->mutex, milliseconds(100));
    }
    return true;
}

bool FaultServer::wait_hanging() const {
    return wait_until(
        [](const auto& all) { return std::ranges::any_of(all, &SeenConnection::hanging); });
}

bool FaultServer::wait_all_closed() const {
    return wait_until([](const auto& all) {
        return std::ranges::all_of(all,
                                   [](const SeenConnection& each) { return each.closed_us > 0; });
    });
}

} // namespace weft::testing
