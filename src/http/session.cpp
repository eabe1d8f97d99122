#include "base/log.h"
#include "http/connection.h"
#include "http/delivery.h"
#include "http/event_stream.h"
#include "http/forwarded.h"
#include "http/request_parser.h"
#include "http/response_head.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/beast/core/flat_buffer.hpp>

namespace weft::http {

namespace {

constexpr std::size_t head_read_bytes = 4 * 1024;
constexpr std::size_t body_read_bytes = 64 * 1024;
constexpr std::size_t kept_buffer_bytes = 16 * 1024; ///< what an idle connection may keep

constexpr auto as_result = asio::as_tuple(asio::deferred);

/// 15 hex digits, so that it fits a std::string without an allocation.
std::string hex_of(std::uint64_t value) {
    std::string text(15, '0');
    for (std::size_t i = text.size(); i-- > 0; value >>= 4)
        text[i] = "0123456789abcdef"[value & 15];
    return text;
}

/// One connection at work. Lives in its coroutine's frame.
class Session {
public:
    Session(Connection& connection, Lane& lane)
        : connection_(connection), lane_(lane), server_(*connection.server),
          parser_(server_.limits.header_bytes_max, server_.limits.header_fields_max) {}

    Task<> run(std::shared_ptr<Connection> self);

private:
    enum class Received { request, refused, gone };
    enum class Next { request, end, linger };

    Task<Next> open_tls();
    Task<bool> shake_hands();
    Task<Received> receive();
    Task<Next> answer(std::shared_ptr<Connection> self);
    Task<Next> refuse();
    Task<bool> send(const Response& response, bool with_body);
    Task<> stream(std::shared_ptr<Connection> self, const Response& response, bool chunked);
    Task<> linger();
    void say_goodbye();

    RequestParser::Step take_buffered();
    Task<bool> accept_head();
    void complete(Request& request) const;
    Response failure(const std::exception& error) const;
    void new_id();
    void new_delivery(const std::shared_ptr<Connection>& self);
    /// Whether somebody may still ask what became of the last answer.
    bool kept_delivery() const { return delivery_ && delivery_.use_count() > 1; }
    void deadline_in(milliseconds time) {
        connection_.set_deadline(monotonic_us() + microseconds(time).count());
    }

    Connection& connection_;
    Lane& lane_;
    ServerState& server_;
    RequestParser parser_;
    RequestParser::Refusal refusal_;
    boost::beast::flat_buffer buffer_;             ///< read, not yet taken
    std::string id_;                               ///< of the request in hand
    std::shared_ptr<ConnectionDelivery> delivery_; ///< of its answer
    std::string head_;                             ///< of the answer
    bool continue_due_ = false;
};

Task<> Session::run(std::shared_ptr<Connection> self) {
    co_await asio::this_coro::throw_if_cancelled(false);
    Next next = connection_.entrance->tls ? co_await open_tls() : Next::request;
    while (next == Next::request) {
        switch (co_await receive()) {
        case Received::request: next = co_await answer(self); break;
        case Received::refused: next = co_await refuse(); break;
        case Received::gone: next = Next::end; break;
        }
    }
    if (next == Next::linger && !lane_.stopping) co_await linger();
    say_goodbye();
    ErrorCode ignored;
    connection_.socket.close(ignored);
}

/// TLS, unless what comes is a request in clear: that is told so.
Task<Session::Next> Session::open_tls() {
    deadline_in(server_.limits.handshake_ms_max);
    char first = 0;
    ErrorCode error = asio::error::would_block;
    while (error == asio::error::would_block) {
        const auto [broken_off] =
            co_await connection_.socket.async_wait(tcp::socket::wait_read, as_result);
        if (broken_off || connection_.is_given_up()) co_return Next::end;
        connection_.socket.receive(asio::buffer(&first, 1), tcp::socket::message_peek, error);
    }
    const bool begins_a_method = first >= 'A' && first <= 'Z'; // a handshake begins with 22
    if (!error && begins_a_method) {
        refusal_ = {400, "This port speaks HTTPS only: ask for an address that begins with "
                         "https://."};
        co_return co_await refuse();
    }
    co_return !error && co_await shake_hands() ? Next::request : Next::end;
}

Task<bool> Session::shake_hands() {
    connection_.tls = std::make_unique<TlsStream>(*connection_.entrance->tls, connection_.socket);
    for (;;) {
        ErrorCode error;
        connection_.tls->handshake(error);
        if (!error) co_return true;
        if (error != asio::error::would_block) co_return false;
        const auto [broken_off] =
            co_await connection_.socket.async_wait(connection_.tls->waits_for(), as_result);
        if (broken_off || connection_.is_given_up()) co_return false;
    }
}

/// Reads until one request is whole.
Task<Session::Received> Session::receive() {
    parser_.reset();
    if (buffer_.size() == 0 && buffer_.capacity() > kept_buffer_bytes) buffer_.shrink_to_fit();
    connection_.phase =
        buffer_.size() == 0 ? Connection::Phase::idle : Connection::Phase::receiving;
    deadline_in(buffer_.size() == 0 ? server_.limits.idle_ms_max : server_.limits.header_ms_max);
    for (;;) {
        auto step = take_buffered();
        if (step == RequestParser::Step::head)
            step = co_await accept_head() ? take_buffered() : RequestParser::Step::refused;
        if (step == RequestParser::Step::done) co_return Received::request;
        if (step == RequestParser::Step::refused) {
            refusal_ = parser_.refusal();
            co_return Received::refused;
        }
        if (connection_.phase == Connection::Phase::idle && lane_.stopping)
            co_return Received::gone;
        if (std::exchange(continue_due_, false)) {
            static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
            Buffers rest{asio::buffer(go_on), asio::const_buffer()};
            if (!write_now(connection_, rest) || !is_empty(rest)) co_return Received::gone;
        }
        const std::size_t space = parser_.head_done() ? std::clamp(parser_.body_bytes_left(),
                                                                   head_read_bytes, body_read_bytes)
                                                      : head_read_bytes;
        const auto [error, bytes] = co_await read_some(connection_, buffer_.prepare(space));
        buffer_.commit(bytes);
        if (connection_.expired && connection_.phase == Connection::Phase::receiving) {
            refusal_ = {408, "The request did not arrive in time."};
            co_return Received::refused;
        }
        if (error == asio::error::connection_reset && kept_delivery())
            delivery_->settle(Delivery::Fate::lost); // the client closed upon the unread answer
        if (error || connection_.expired) co_return Received::gone;
        if (connection_.phase == Connection::Phase::idle) {
            connection_.phase = Connection::Phase::receiving;
            deadline_in(server_.limits.header_ms_max);
        }
    }
}

/// Feeds the parser what has been read. `head`: a body follows, and somebody must say how much of
/// it is read.
RequestParser::Step Session::take_buffered() {
    for (;;) {
        const auto data = buffer_.data();
        std::size_t used = 0;
        const RequestParser::Step step =
            parser_.feed({static_cast<const char*>(data.data()), data.size()}, used);
        buffer_.consume(used);
        if (step != RequestParser::Step::head || parser_.has_body()) return step;
    }
}

/// The header is there: may its body come? False: too large, or not from this client.
Task<bool> Session::accept_head() {
    BodyRule rule{server_.limits.body_bytes_max};
    if (const auto& rule_of = server_.hooks.body_rule_of)
        rule = co_await rule_of(parser_.request());
    if (!parser_.accept_body(rule)) co_return false;
    deadline_in(server_.limits.body_ms_max);
    continue_due_ = parser_.expects_continue() && buffer_.size() == 0;
    co_return true;
}

void Session::new_id() {
    const std::uint64_t number =
        lane_.requests++ * server_.lanes.size() + static_cast<std::uint64_t>(lane_.index);
    id_ = hex_of(server_.id_base << 40 | (number & 0xFF'FFFF'FFFF));
}

void Session::new_delivery(const std::shared_ptr<Connection>& self) {
    if (!delivery_ || kept_delivery()) delivery_ = std::make_shared<ConnectionDelivery>(self);
}

/// What the server knows of a request beside what the client sent.
void Session::complete(Request& request) const {
    request.peer = connection_.peer;
    request.id = id_;
    request.received_us = monotonic_us();
    request.delivery = delivery_;
    const bool over_tls = connection_.tls != nullptr;
    if (const auto& proxies = connection_.entrance->proxies) {
        proxies->identify(request, connection_.address, over_tls);
        return;
    }
    request.client = connection_.address;
    request.is_secure = over_tls;
}

/// The one place where a throw out of the application's handler ends.
Response Session::failure(const std::exception& error) const {
    if (lane_.stopping) return server_.hooks.refuse(503, "The server is stopping.", id_);
    log_error("A request failed.",
              {{"request_id", id_}, {"peer", connection_.peer}, {"reason", error.what()}});
    return server_.hooks.refuse(
        500, "Something went wrong on the server. The request id finds it in the log.", id_);
}

/// Hands the request to the application and sends what it answers.
Task<Session::Next> Session::answer(std::shared_ptr<Connection> self) {
    new_id();
    connection_.phase = Connection::Phase::answering;
    connection_.set_deadline(no_deadline);
    Request request = std::move(parser_.request());
    new_delivery(self);
    complete(request);
    const bool head = request.method == Method::head;
    const bool old_version = parser_.old_version();

    Response response;
    Sending sending{.close = true, .head = head, .over_tls = request.is_secure};
    std::optional<Response> failed;
    co_await asio::this_coro::throw_if_cancelled(true);
    try {
        response = co_await server_.handler(std::move(request));
        sending.framing = framing_of(response, old_version);
        sending.close = response.stream || !parser_.keep_alive() || lane_.stopping;
        write_head(head_, response, server_.hooks, id_, sending);
    } catch (const std::exception& error) {
        failed = failure(error);
    }
    co_await asio::this_coro::throw_if_cancelled(false);

    if (failed) {
        response = std::move(*failed);
        sending.framing = Framing::length;
        sending.close = !parser_.keep_alive() || lane_.stopping;
        write_head(head_, response, server_.hooks, id_, sending);
    }
    const bool with_body = !head && sending.framing == Framing::length;
    const bool lost = kept_delivery() &&
                      ConnectionDelivery::peer_of(connection_) != ConnectionDelivery::Peer::there;
    const bool sent = co_await send(response, with_body);
    if (kept_delivery())
        delivery_->settle(sent && !lost ? Delivery::Fate::answered : Delivery::Fate::lost);
    if (!sent) co_return Next::end;
    if (response.stream && !head)
        co_await stream(self, response, sending.framing == Framing::chunked);
    if (!sending.close) co_return Next::request;
    co_return buffer_.size() > 0 ? Next::linger : Next::end;
}

/// Answers what never became a request. The client may still be sending: its bytes are read for a
/// while, since closing upon unread bytes would reset the connection before the answer is read.
Task<Session::Next> Session::refuse() {
    new_id();
    const Response response = server_.hooks.refuse(refusal_.status, refusal_.sentence, id_);
    write_head(head_, response, server_.hooks, id_,
               {.framing = Framing::length, .close = true, .over_tls = connection_.tls != nullptr});
    const bool sent = co_await send(response, parser_.request().method != Method::head);
    co_return sent ? Next::linger : Next::end;
}

/// Head and body in one write.
Task<bool> Session::send(const Response& response, bool with_body) {
    Buffers rest{asio::buffer(head_),
                 with_body ? asio::buffer(response.body) : asio::const_buffer()};
    if (!write_now(connection_, rest)) co_return false;
    if (is_empty(rest)) co_return true;
    co_return co_await write_rest(connection_, rest, server_.limits.write_ms_max);
}

/// Lets the application write its events.
Task<> Session::stream(std::shared_ptr<Connection> self, const Response& response, bool chunked) {
    connection_.phase = Connection::Phase::streaming;
    if (lane_.stopping || !server_.gate.spawn(lane_.context.get_executor(), watch_client(self)))
        connection_.end_stream();
    ConnectionEvents events(connection_, chunked);
    bool whole = true;
    co_await asio::this_coro::throw_if_cancelled(true);
    try {
        co_await response.stream(events);
    } catch (const std::exception& error) {
        whole = false;
        if (!lane_.stopping)
            log_error("A stream failed.",
                      {{"request_id", id_}, {"peer", connection_.peer}, {"reason", error.what()}});
    }
    co_await asio::this_coro::throw_if_cancelled(false);
    connection_.on_stream_end = nullptr;
    if (whole) co_await events.finish(); // else the client sees that it was cut off
}

/// Nothing more comes from here.
void Session::say_goodbye() {
    if (connection_.tls) connection_.tls->close();
    ErrorCode ignored;
    connection_.socket.shutdown(tcp::socket::shutdown_send, ignored);
}

Task<> Session::linger() {
    say_goodbye();
    connection_.phase = Connection::Phase::idle;
    deadline_in(server_.limits.linger_ms_max);
    buffer_.clear();
    for (;;) {
        const auto [error, bytes] = co_await connection_.socket.async_read_some(
            buffer_.prepare(body_read_bytes), as_result);
        if (error || connection_.expired) co_return;
    }
}

/// Keeps a connection in its lane's list.
class Registration {
public:
    Registration(Lane& lane, Connection& connection) : lane_(lane), connection_(connection) {
        lane_.add(connection_);
    }
    ~Registration() { lane_.remove(connection_); }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

private:
    Lane& lane_;
    Connection& connection_;
};

} // namespace

Task<> serve_connection(std::shared_ptr<Connection> connection, Lane& lane) {
    if (lane.stopping) co_return;
    const Registration registration(lane, *connection);
    if (!lane.sweeping)
        lane.sweeping = static_cast<bool>(connection->server->gate.spawn(
            lane.context.get_executor(), sweep(connection->server, lane)));
    Session session(*connection, lane);
    co_await session.run(connection);
}

} // namespace weft::http
