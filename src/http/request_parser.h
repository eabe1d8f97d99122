#pragma once

#include "http/message.h"

#include <memory>
#include <string_view>

namespace weft::http {

/// Reads one HTTP/1.1 request at a time from the bytes of a connection, and refuses what two
/// readers might understand differently (RFC 9112, 11.2): both framings or one of them twice,
/// folded or unended lines, space before a colon. Does no I/O. One per connection.
class RequestParser {
public:
    RequestParser(std::size_t header_bytes_max, std::size_t header_fields_max);
    ~RequestParser();

    enum class Step {
        need_more, ///< feed it again with what was not used and more behind it
        head,      ///< the header is there: accept_body(), then feed again
        done,      ///< request() is whole
        refused,   ///< refusal() says why; the connection cannot be read further
    };
    /// Takes from `bytes`, which begin with what the last call left; `used` tells how many are done
    /// with.
    Step feed(std::string_view bytes, std::size_t& used);
    /// Sets the limit of the body of the request whose header is there. False: its length is known
    /// to be beyond.
    bool accept_body(const BodyRule& rule);
    void reset(); ///< ready for the next request

    struct Refusal {
        int status = 400;
        std::string_view sentence; ///< a literal
    };
    const Refusal& refusal() const;
    Request& request(); ///< of the last head or done
    bool keep_alive() const;
    bool old_version() const; ///< HTTP/1.0: the answer may not be chunked
    bool has_body() const;    ///< after `head`: there is one, and it is not empty
    std::uint64_t body_bytes_left()
        const; ///< of what the header announced; chunked: unknown, so the largest number
    bool expects_continue() const;
    bool head_done() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace weft::http
