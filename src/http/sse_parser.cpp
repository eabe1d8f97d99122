#include "http/sse_parser.h"

#include <charconv>

namespace weft::http {

Result<> SseParser::feed(std::string_view piece, std::vector<SseEvent>& events) {
    while (!piece.empty()) {
        if (after_cr_ && piece.front() == '\n') piece.remove_prefix(1);
        after_cr_ = false;
        const std::size_t end = piece.find_first_of("\r\n");
        line_.append(piece.substr(0, end));
        if (line_.size() + data_.size() > event_bytes_max_)
            return fail(Code::too_large, "One event of the stream is longer than " +
                                             std::to_string(event_bytes_max_) + " bytes.");
        if (end == std::string_view::npos) break;
        after_cr_ = piece[end] == '\r';
        piece.remove_prefix(end + 1);
        end_line(events);
    }
    return {};
}

void SseParser::end_line(std::vector<SseEvent>& events) {
    std::string_view line = line_;
    if (first_line_ && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
    first_line_ = false;
    if (line.empty()) {
        if (has_data_) events.push_back({id_, std::move(event_), std::move(data_)});
        event_.clear();
        data_.clear();
        has_data_ = false;
    } else if (const std::size_t colon = line.find(':'); colon != 0) { // a colon first: a comment
        std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
        if (value.starts_with(' ')) value.remove_prefix(1);
        take_field(line.substr(0, colon), value);
    }
    line_.clear();
}

void SseParser::take_field(std::string_view name, std::string_view value) {
    if (name == "data") {
        if (has_data_) data_ += '\n';
        data_ += value;
        has_data_ = true;
    } else if (name == "event") {
        event_ = value;
    } else if (name == "id") {
        if (value.find('\0') == std::string_view::npos) id_ = value;
    } else if (name == "retry") {
        std::int64_t ms = 0;
        const bool digits = value.find_first_not_of("0123456789") == std::string_view::npos;
        const auto read = std::from_chars(value.data(), value.data() + value.size(), ms);
        if (digits && read.ec == std::errc()) retry_ms_ = ms;
    }
}

} // namespace weft::http
