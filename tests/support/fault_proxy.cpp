#include "tests/support/fault_proxy.h"

#include "base/check.h"
#include "base/mutex.h"
#include "base/task.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <deque>
#include <future>
#include <optional>
#include <thread>

namespace weft::testing {

using asio::ip::tcp;
using Stream = asio::generic::stream_protocol;
using SteadyTime = asio::steady_timer::time_point;
constexpr auto quietly = asio::as_tuple(asio::use_awaitable);
constexpr milliseconds patience{20'000};
constexpr std::size_t held_bytes_max = 1 << 20; // per connection and direction

namespace {

/// What becomes of the bytes of one direction.
struct Flow {
    enum class What { pass, hold, swallow };
    What what = What::pass;
    milliseconds delay{0};
};

struct Plan {
    Flow to_server;
    Flow to_client;
    bool cut = false;
};

struct Trigger {
    std::string bytes;
    std::string answer;
    bool pass_on = false;
};

/// What was read and is not yet passed on. An end without bytes is the last piece.
struct Piece {
    enum class End { none, closed, reset };
    std::string bytes;
    End end = End::none;
    SteadyTime due;
};

/// One direction of a connection: a reader fills it, a writer empties it.
struct Lane {
    Lane(asio::io_context& context, Stream::socket& source, Stream::socket& target, Flow first,
         ProxyCounts::Bytes ProxyCounts::* bytes)
        : from(source), to(target), flow(first), counted(bytes), room(context, SteadyTime::max()),
          work(context, SteadyTime::max()) {}

    void wake() {
        room.cancel();
        work.cancel();
    }

    Stream::socket& from;
    Stream::socket& to;
    Flow flow;
    ProxyCounts::Bytes ProxyCounts::* counted;
    std::deque<Piece> pieces;
    std::size_t held_bytes = 0;
    std::string recent;      ///< the end of what a trigger has not matched, or of the held answer
    asio::steady_timer room; ///< the reader waits for room
    asio::steady_timer work; ///< the writer waits for a piece, its time, or leave to pass it on
};

struct Connection {
    Connection(asio::io_context& context, Stream::socket accepted, const Plan& plan)
        : client(std::move(accepted)), server(context),
          to_server(context, client, server, plan.to_server, &ProxyCounts::to_server),
          to_client(context, server, client, plan.to_client, &ProxyCounts::to_client) {}

    Stream::socket client;
    Stream::socket server;
    Lane to_server;
    Lane to_client;
    std::optional<std::string> last_answer; ///< set: its arrival is to be the end
    bool over = false;
};

using Held = std::shared_ptr<Connection>;

void reset(Stream::socket& socket) {
    boost::system::error_code ignored;
    socket.set_option(asio::socket_base::linger(true, 0), ignored);
    socket.close(ignored);
}

} // namespace

/// Everything but `mutex` and `counts` belongs to the thread.
struct FaultProxy::Impl {
    explicit Impl(Stream::endpoint endpoint) : server(std::move(endpoint)) {}

    asio::io_context context{1};
    /// Its thread goes on although nobody may connect and nobody is connected.
    asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
    Stream::endpoint server;
    tcp::socket reserve{context}; ///< keeps the port while nobody listens on it
    tcp::acceptor acceptor{context};
    int port = 0;
    Plan plan; ///< of future connections
    std::optional<Trigger> trigger;
    std::vector<Held> connections;
    mutable Mutex mutex;
    mutable Condition changed;
    ProxyCounts counts GUARDED_BY(mutex);
    std::thread thread;

    template <class Change> void count(const Change& change) {
        const Lock lock(mutex);
        change(counts);
        changed.notify_all();
    }
    /// Runs it on the thread and returns when it has run.
    template <class Action> void there(const Action& action) {
        std::promise<void> done;
        asio::post(context, [&] {
            action();
            done.set_value();
        });
        done.get_future().get();
    }
    void cut(Connection& connection) {
        if (connection.over) return;
        connection.over = true;
        count([](ProxyCounts& counted) { ++counted.cut; }); // whoever feels it finds it counted
        reset(connection.client);
        reset(connection.server);
        connection.to_server.wake();
        connection.to_client.wake();
    }
    void use(const Plan& next, Which which) {
        if (which != Which::present) {
            plan = next;
            listen();
        }
        if (which == Which::future) return;
        for (const Held& each : std::vector<Held>(connections)) {
            if (next.cut) cut(*each);
            each->to_server.flow = next.to_server;
            each->to_client.flow = next.to_client;
            each->to_server.wake();
            each->to_client.wake();
        }
    }
    void arm(std::optional<Trigger> next) {
        trigger = std::move(next);
        for (const Held& each : connections) each->to_server.recent.clear();
    }
    void listen();
};

namespace {

using Impl = FaultProxy::Impl;

/// True when `bytes` have come by, also when only with what came before.
bool seen(Lane& lane, const std::string& piece, const std::string& bytes) {
    lane.recent += piece;
    if (lane.recent.find(bytes) != std::string::npos) return true;
    if (lane.recent.size() >= bytes.size())
        lane.recent.erase(0, lane.recent.size() - bytes.size() + 1);
    return false;
}

enum class Verdict { keep, drop };

/// Looks at what the client has sent, or the server answered, before it goes anywhere.
Verdict judge(Impl& proxy, Connection& connection, Lane& lane, const std::string& piece) {
    if (&lane == &connection.to_client) {
        if (!connection.last_answer) return Verdict::keep;
        if (seen(lane, piece, *connection.last_answer)) proxy.cut(connection);
        return Verdict::drop;
    }
    if (!proxy.trigger || !seen(lane, piece, proxy.trigger->bytes)) return Verdict::keep;
    const Trigger trigger = *std::exchange(proxy.trigger, std::nullopt);
    if (!trigger.pass_on) {
        proxy.cut(connection);
        return Verdict::drop;
    }
    connection.to_client.recent.clear();
    connection.last_answer = trigger.answer;
    return Verdict::keep;
}

Task<> read_all(Impl& proxy, Held connection, Lane& lane) {
    std::array<char, 65536> buffer{};
    while (!connection->over) {
        if (lane.held_bytes >= held_bytes_max) {
            co_await lane.room.async_wait(quietly);
            continue;
        }
        auto [error, size] = co_await lane.from.async_read_some(asio::buffer(buffer), quietly);
        Piece piece{.bytes = {buffer.data(), size},
                    .due = std::chrono::steady_clock::now() + lane.flow.delay};
        if (error)
            piece.end = error == asio::error::eof ? Piece::End::closed : Piece::End::reset;
        else
            proxy.count([&](ProxyCounts& all) {
                (all.*lane.counted).read += static_cast<std::int64_t>(size);
            });
        if (connection->over) co_return;
        if (!error && judge(proxy, *connection, lane, piece.bytes) == Verdict::drop) continue;
        lane.held_bytes += size;
        lane.pieces.push_back(std::move(piece));
        lane.work.cancel();
        if (error) co_return;
    }
}

/// Waits until the first piece may go on, or everything is over.
Task<> wait_for_piece(Connection& connection, Lane& lane) {
    while (!connection.over) {
        const bool some = !lane.pieces.empty() && lane.flow.what != Flow::What::hold;
        if (some && lane.pieces.front().due <= std::chrono::steady_clock::now()) co_return;
        lane.work.expires_at(some ? lane.pieces.front().due : SteadyTime::max());
        co_await lane.work.async_wait(quietly);
    }
}

Task<> write_all(Impl& proxy, Held connection, Lane& lane) {
    for (;;) {
        co_await wait_for_piece(*connection, lane);
        if (connection->over) co_return;
        const Piece piece = std::move(lane.pieces.front());
        lane.pieces.pop_front();
        lane.held_bytes -= piece.bytes.size();
        lane.room.cancel();
        if (lane.flow.what == Flow::What::swallow) {
            if (piece.end != Piece::End::none) co_return;
            continue;
        }
        if (piece.end == Piece::End::reset) proxy.cut(*connection);
        if (piece.end != Piece::End::none) {
            boost::system::error_code ignored;
            lane.to.shutdown(Stream::socket::shutdown_send, ignored);
            co_return;
        }
        auto [error, size] =
            co_await asio::async_write(lane.to, asio::buffer(piece.bytes), quietly);
        if (error) {
            proxy.cut(*connection);
            co_return;
        }
        proxy.count([&](ProxyCounts& all) {
            (all.*lane.counted).passed += static_cast<std::int64_t>(size);
        });
    }
}

/// Until both directions have ended, or the connection is cut.
Task<> serve(Impl& proxy, Held connection) {
    using namespace asio::experimental::awaitable_operators;
    Connection& c = *connection;
    if (c.to_server.flow.what != Flow::What::swallow) {
        auto [error] = co_await c.server.async_connect(proxy.server, quietly);
        if (error) proxy.cut(c);
    }
    co_await (
        read_all(proxy, connection, c.to_server) && write_all(proxy, connection, c.to_server) &&
        read_all(proxy, connection, c.to_client) && write_all(proxy, connection, c.to_client));
    std::erase(proxy.connections, connection);
    proxy.count([](ProxyCounts& all) { --all.open; });
}

Task<> accept_all(Impl& proxy) {
    for (;;) {
        auto [error, socket] = co_await proxy.acceptor.async_accept(quietly);
        if (error) co_return;
        boost::system::error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        auto connection =
            std::make_shared<Connection>(proxy.context, std::move(socket), proxy.plan);
        proxy.connections.push_back(connection);
        proxy.count([](ProxyCounts& all) {
            ++all.accepted;
            ++all.open;
        });
        if (proxy.plan.cut) proxy.cut(*connection);
        asio::co_spawn(proxy.context, serve(proxy, std::move(connection)),
                       [](const std::exception_ptr&) {});
    }
}

} // namespace

void FaultProxy::Impl::listen() {
    if (acceptor.is_open()) return;
    acceptor.open(tcp::v4());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    acceptor.bind({asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)});
    acceptor.listen(512);
    asio::co_spawn(context, accept_all(*this), [](const std::exception_ptr&) {});
}

namespace {

std::unique_ptr<Impl> proxy_to(Stream::endpoint server) {
    auto impl = std::make_unique<Impl>(std::move(server));
    impl->reserve.open(tcp::v4());
    impl->reserve.set_option(tcp::socket::reuse_address(true));
    impl->reserve.bind({asio::ip::address_v4::loopback(), 0});
    impl->port = impl->reserve.local_endpoint().port();
    impl->listen();
    impl->thread = std::thread([proxy = impl.get()] { proxy->context.run(); });
    return impl;
}

} // namespace

FaultProxy::FaultProxy(int server_port)
    : impl_(proxy_to(tcp::endpoint(asio::ip::address_v4::loopback(),
                                   static_cast<std::uint16_t>(server_port)))) {}

FaultProxy::FaultProxy(const std::string& server_socket)
    : impl_(proxy_to(asio::local::stream_protocol::endpoint(server_socket))) {}

FaultProxy::~FaultProxy() {
    impl_->context.stop();
    impl_->thread.join();
}

int FaultProxy::port() const { return impl_->port; }

std::string FaultProxy::url_through(std::string url) const {
    const std::size_t host = url.find('@') + 1;
    const std::size_t path = url.find('/', host);
    CHECK(host > 0 && path != std::string::npos);
    return url.replace(host, path - host, "127.0.0.1:" + std::to_string(port()));
}

void FaultProxy::pass(Which which) {
    impl_->there([&] {
        impl_->arm(std::nullopt);
        impl_->use({}, which);
    });
}

void FaultProxy::delay(milliseconds to_server, milliseconds to_client, Which which) {
    const Plan plan{.to_server = {.delay = to_server}, .to_client = {.delay = to_client}};
    impl_->there([&] { impl_->use(plan, which); });
}

void FaultProxy::half_open(Direction direction, Which which) {
    Plan plan;
    (direction == Direction::to_server ? plan.to_server : plan.to_client).what = Flow::What::hold;
    impl_->there([&] { impl_->use(plan, which); });
}

void FaultProxy::black_hole(Which which) {
    const Flow hole{.what = Flow::What::swallow};
    impl_->there([&] { impl_->use({.to_server = hole, .to_client = hole}, which); });
}

void FaultProxy::cut(Which which) {
    impl_->there([&] { impl_->use({.cut = true}, which); });
}

void FaultProxy::refuse() {
    impl_->there([&] {
        boost::system::error_code ignored;
        impl_->acceptor.close(ignored);
    });
}

void FaultProxy::cut_before(std::string bytes) {
    impl_->there([&] { impl_->arm(Trigger{.bytes = std::move(bytes)}); });
}

void FaultProxy::cut_after(std::string bytes, std::string answer) {
    impl_->there([&] {
        impl_->arm(
            Trigger{.bytes = std::move(bytes), .answer = std::move(answer), .pass_on = true});
    });
}

ProxyCounts FaultProxy::counts() const {
    const Lock lock(impl_->mutex);
    return impl_->counts;
}

bool FaultProxy::wait_until(const std::function<bool(const ProxyCounts&)>& holds) const {
    const std::int64_t end_us = monotonic_us() + microseconds(patience).count();
    const Lock lock(impl_->mutex);
    while (!holds(impl_->counts)) {
        if (monotonic_us() >= end_us) return false;
        impl_->changed.wait_for(impl_->mutex, milliseconds(100));
    }
    return true;
}

} // namespace weft::testing
