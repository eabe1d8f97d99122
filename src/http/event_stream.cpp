#include "http/event_stream.h"

#include "base/check.h"

#include <fmt/format.h>

namespace weft::http {

namespace {

/// A client has nothing to say on a stream; one that says this much is no longer listened to.
constexpr std::size_t dropped_bytes_max = 64 * 1024;

bool is_one_line(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

/// One `data:` line for each line of the text, whichever way its lines end.
void append_data(std::string& out, std::string_view data) {
    for (;;) {
        const std::size_t end = data.find_first_of("\r\n");
        out.append("data: ").append(data.substr(0, end)).append("\n");
        if (end == std::string_view::npos) return;
        data.remove_prefix(end + (data.substr(end, 2) == "\r\n" ? 2 : 1));
    }
}

} // namespace

Task<bool> ConnectionEvents::send(std::string id, std::string event, std::string data) {
    CHECK(is_one_line(id) && is_one_line(event));
    CHECK(!connection_.writing);
    out_.clear();
    if (!id.empty()) out_.append("id: ").append(id).append("\n");
    if (!event.empty()) out_.append("event: ").append(event).append("\n");
    append_data(out_, data);
    out_ += '\n';
    co_return co_await write_out();
}

Task<bool> ConnectionEvents::write(std::string bytes) {
    CHECK(!connection_.writing);
    if (bytes.empty()) co_return !closed(); // an empty chunk would be the last one
    out_ = std::move(bytes);
    co_return co_await write_out();
}

Task<bool> ConnectionEvents::keep_alive() {
    CHECK(!connection_.writing);
    out_ = ":\n\n";
    co_return co_await write_out();
}

void ConnectionEvents::on_close(std::function<void()> wake) {
    if (closed())
        wake();
    else
        connection_.on_stream_end = std::move(wake);
}

Task<bool> ConnectionEvents::write_out() {
    if (closed() || broken_) co_return false;
    if (chunked_) {
        size_ = fmt::format("{:x}\r\n", out_.size());
        out_ += "\r\n";
    }
    Buffers rest{asio::buffer(size_), asio::buffer(out_)};
    bool written = write_now(connection_, rest);
    if (written && !is_empty(rest))
        written = co_await write_rest(connection_, rest, connection_.server->limits.write_ms_max);
    if (!written) {
        broken_ = true;
        connection_.end_stream();
    }
    co_return written;
}

Task<> ConnectionEvents::finish() {
    if (broken_ || !chunked_) co_return;
    Buffers rest{asio::buffer("0\r\n\r\n", 5), asio::const_buffer()};
    if (write_now(connection_, rest) && !is_empty(rest))
        co_await write_rest(connection_, rest, connection_.server->limits.write_ms_max);
}

Task<> watch_client(std::shared_ptr<Connection> connection) {
    co_await asio::this_coro::throw_if_cancelled(false);
    std::array<char, 256> dropped{};
    for (std::size_t total = 0; total <= dropped_bytes_max;) {
        const auto [error, bytes] = co_await read_some(*connection, asio::buffer(dropped));
        if (error) break;
        total += bytes;
    }
    connection->end_stream();
}

} // namespace weft::http
