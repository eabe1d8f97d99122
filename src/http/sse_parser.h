#pragma once

#include "base/result.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::http {

struct SseEvent {
    std::string id;    ///< the last one seen in the stream, as the standard says; empty = none
    std::string event; ///< empty = "message"
    std::string data;  ///< lines joined by "\n"
};

/// Reads `text/event-stream` (WHATWG HTML, 9.2.6) as it arrives, in pieces cut anywhere. One per
/// stream; no thread of its own. An event that the stream's end cuts off is never delivered.
class SseParser {
public:
    explicit SseParser(std::size_t event_bytes_max = 4 * 1024 * 1024)
        : event_bytes_max_(event_bytes_max) {}

    /// Appends the events that `piece` completes.
    /// too_large: one event is longer than the limit; the parser must not be fed further.
    Result<> feed(std::string_view piece, std::vector<SseEvent>& events);

    /// The stream stands inside an event: ended now, something is lost.
    bool inside_event() const { return has_data_ || !line_.empty(); }
    /// What the server asked a client to wait before connecting again, in milliseconds.
    std::optional<std::int64_t> retry_ms() const { return retry_ms_; }

private:
    void end_line(std::vector<SseEvent>& events);
    void take_field(std::string_view name, std::string_view value);

    std::size_t event_bytes_max_;
    std::string line_;
    std::string id_;
    std::string event_;
    std::string data_;
    bool has_data_ = false;
    bool after_cr_ = false;
    bool first_line_ = true;
    std::optional<std::int64_t> retry_ms_;
};

} // namespace weft::http
