#pragma once

#include "base/time.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::testing {

struct ScriptedCall {
    std::string id;
    std::string name;
    std::string arguments; ///< JSON text, or whatever a bad model writes
};

/// What the server does with one request. The default is an empty finished completion.
struct Scripted {
    enum class Fault {
        none,
        never_answers,   ///< reads the request and is silent
        closes,          ///< reads the request and closes the connection
        hangs,           ///< silent after `fault_after` chunks
        cut_off,         ///< closes the connection after `fault_after` chunks
        ends_early,      ///< ends the answer in good order after `fault_after` chunks
        malformed_chunk, ///< a chunk that is no JSON after `fault_after` chunks
    };
    Fault fault = Fault::none;
    int fault_after =
        1; ///< chunks: of the text, of calls, the reason, usage and [DONE] are one each

    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers; ///< beside those the server sets
    std::string text;
    std::vector<ScriptedCall> calls;
    std::string finish_reason; ///< empty: "tool_calls" with calls, else "stop"
    int chunks = 1;            ///< into which the text, and each call's arguments, are cut
    milliseconds pause_before_head{0};
    milliseconds pause_between{0};
    bool usage = true;    ///< reports 11 tokens in, 7 out
    bool plain = false;   ///< one JSON object although a stream was asked for
    std::string raw_body; ///< if set: sent as it is, with content-length, instead of a completion
    std::string content_type = "application/json"; ///< of raw_body
    /// If set: sent as it is, one chunk each, with `content_type`, instead of a completion. Faults
    /// count these as chunks.
    std::vector<std::string> pieces = {};
};

/// One request as it arrived.
struct SeenRequest {
    int connection = 0;
    std::string method;
    std::string target;
    std::vector<std::pair<std::string, std::string>> headers; ///< names in lower case
    std::string body;
    std::int64_t at_us = 0; ///< monotonic, when it was complete

    std::string header(std::string_view name) const; ///< empty: absent
};

/// One TCP connection.
struct SeenConnection {
    int id = 0;
    std::int64_t opened_us = 0;
    std::int64_t closed_us = 0; ///< when the client closed or reset it was noticed; 0 = open
    std::int64_t bytes =
        0; ///< from the client: of requests, or of a TLS hello that is never answered
    std::int64_t last_byte_us = 0;
    bool reset = false;   ///< the client closed it at once (RST), dropping what it had queued
    bool hanging = false; ///< in the fault that was asked for, where only the client can move on
};

/// A model server on a free loopback port that does as it is told, in a thread of its own. For
/// tests and benchmarks.
class FaultServer {
public:
    enum class Listen {
        http,
        https,        ///< with Certificate::loopback()
        tls_silence,  ///< accepts, reads, never says a word: a TLS handshake hangs
        full_backlog, ///< never accepts and has no room: a connect hangs
    };
    /// Called on the server's thread for every complete request.
    using Script = std::function<Scripted(const SeenRequest&)>;

    explicit FaultServer(Script script, Listen listen = Listen::http);
    /// Answers with these in turn, the last one again and again.
    explicit FaultServer(std::vector<Scripted> answers, Listen listen = Listen::http);
    ~FaultServer();
    FaultServer(const FaultServer&) = delete;
    FaultServer& operator=(const FaultServer&) = delete;

    int port() const;
    /// "http://127.0.0.1:40123/v1", or with another host name.
    std::string base_url(std::string_view host = "127.0.0.1") const;

    std::vector<SeenRequest> requests() const;
    std::vector<SeenConnection> connections() const;

    /// Waits until `holds` does for the connections seen so far; false after 20 s.
    bool wait_until(const std::function<bool(const std::vector<SeenConnection>&)>& holds) const;
    bool wait_hanging() const;    ///< some connection hangs
    bool wait_all_closed() const; ///< every connection so far was closed by its client

    struct Impl;

private:
    std::unique_ptr<Impl> impl_;
};

/// The line of a call in which it is to hang when it is stopped.
enum class Phase { dns, connect, tls_handshake, headers, mid_stream };
inline constexpr Phase all_phases[] = {Phase::dns, Phase::connect, Phase::tls_handshake,
                                       Phase::headers, Phase::mid_stream};
std::string_view to_text(Phase phase);

/// A model server at which every call hangs in one phase, and which knows whether a client is
/// there. (Phase::dns: the executable must link hanging_dns, as all that use this class do.)
class HangingServer {
public:
    explicit HangingServer(Phase phase);
    ~HangingServer();
    HangingServer(const HangingServer&) = delete;
    HangingServer& operator=(const HangingServer&) = delete;

    std::string base_url() const;
    bool wait_reached() const; ///< a call hangs in the phase; false after 20 s
    bool wait_released()
        const; ///< no socket of a client is left, and none was opened since; false after 20 s
    std::int64_t bytes() const; ///< received from all clients
    /// When the latest socket was closed, monotonic; 0 in the phases before there is one.
    std::int64_t closed_us() const;
    const FaultServer& server() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace weft::testing
