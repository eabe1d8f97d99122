#pragma once

#include "base/result.h"
#include "base/task.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::http {

enum class Method { get, post, put, patch, delete_, head, options };
std::string_view to_text(Method method);

/// Field names compare without case; in order, repeated ones kept.
struct Headers {
    std::vector<std::pair<std::string, std::string>> fields;

    /// The first of that name, or nullptr.
    const std::string* find(std::string_view name) const;
    void set(std::string_view name, std::string value);
};

/// Whether the answer to a request reached its client: for telling a retry from another request
/// that looks the same. Outlives the request; any thread.
class Delivery {
public:
    enum class Fate {
        waiting,  ///< for the answer, on a connection that is open
        answered, ///< all of it was handed to the client's connection
        lost,     ///< the connection was closed before
    };
    virtual ~Delivery() = default;
    /// Looks at the connection, on its own thread.
    virtual Task<Fate> look() = 0;
};

/// One request as the server hands it to the application: complete, within the limits of
/// ServerLimits.
struct Request {
    Method method = Method::get;
    std::string path;  ///< as sent, still percent-encoded, without the query
    std::string query; ///< as sent, without "?"
    Headers headers;
    std::string body;
    std::string peer; ///< "127.0.0.1:51234"
    std::string id; ///< 15 hex digits, made by the server; every answer carries it as x-request-id
    std::int64_t received_us = 0;            ///< monotonic
    std::shared_ptr<Delivery> delivery = {}; ///< of its answer; the server's requests have one
    /// Who asks: "127.0.0.1", the peer or, where that is a trusted proxy, whom it names.
    std::string client = {};
    bool is_secure = false; ///< came over TLS, to us or to a trusted proxy
};

/// How much of a request's body is read, and what is said to a client that sends more.
struct BodyRule {
    std::size_t bytes_max = 0;
    int status = 413;
    std::string_view sentence = "The body of the request is too large."; ///< a literal
};

class EventStream;

/// What the application answers. `stream` set: the body is what that writes, server-sent
/// events or bytes.
struct Response {
    int status = 200;
    Headers headers;
    std::string body;
    std::function<Task<>(EventStream&)> stream = {};
};

/// The writing side of a body that grows, mostly `text/event-stream`. Lives on the connection's io
/// thread.
class EventStream {
public:
    virtual ~EventStream() = default;
    /// Writes one event; false when the client is gone (then return). `id` empty = none, `event`
    /// empty = "message".
    virtual Task<bool> send(std::string id, std::string event, std::string data) = 0;
    /// Bytes as they are, of a body that is no event stream; false as above.
    virtual Task<bool> write(std::string bytes) = 0;
    /// What was written is not the whole: the client will see that it was cut off.
    virtual void cut_off() = 0;
    /// A comment line that keeps proxies from closing the connection.
    virtual Task<bool> keep_alive() = 0;
    /// True as soon as the client has gone or the server is stopping.
    virtual bool closed() const = 0;
    /// Registers what to call (once, on the connection's io thread) when closed() becomes true.
    virtual void on_close(std::function<void()> wake) = 0;
};

/// Percent-decoding of a path segment or query part. malformed: a bad escape, or the result is not
/// UTF-8.
Result<std::string> percent_decode(std::string_view text, bool plus_is_space);
std::string percent_encode(std::string_view text);
/// Name and value pairs of a query string or an urlencoded form.
Result<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query);

/// One part of multipart/form-data (RFC 7578).
struct Part {
    std::string name;
    std::string file_name;  ///< the last component of what was sent; empty: a plain field
    std::string media_type; ///< as sent; "text/plain" or, for a file, "application/octet-stream"
                            ///< when absent
    std::string body;
};

struct MultipartLimits {
    std::size_t parts_max = 256;
    std::size_t part_header_bytes_max = 8 * 1024;
    std::size_t part_bytes_max = 64 * 1024 * 1024;
};

/// media_type: not multipart/form-data. malformed: no boundary, a part without a name, a body that
/// ends early, a name that is not UTF-8. too_large: beyond a limit.
Result<std::vector<Part>> parse_multipart(std::string_view content_type, std::string_view body,
                                          const MultipartLimits& limits = {});

} // namespace weft::http
