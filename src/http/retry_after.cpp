#include "http/retry_after.h"

#include <charconv>
#include <ctime>

namespace weft::http {

namespace {

constexpr milliseconds retry_after_max = std::chrono::hours(24);

std::optional<milliseconds> number(const std::string* text, milliseconds unit) {
    if (!text) return std::nullopt;
    double value = 0;
    const auto read =
        std::from_chars(text->data(), text->data() + text->size(), value, std::chars_format::fixed);
    if (read.ec != std::errc() || read.ptr != text->data() + text->size() || !(value >= 0))
        return std::nullopt;
    const double ms_max = static_cast<double>(retry_after_max.count());
    return milliseconds(
        static_cast<std::int64_t>(std::min(value * static_cast<double>(unit.count()), ms_max)));
}

} // namespace

std::optional<Instant> parse_http_date(std::string_view text) {
    const std::string terminated(text);
    for (const char* form :
         {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
        std::tm parts{};
        const char* end = strptime(terminated.c_str(), form, &parts);
        if (end && *end == '\0') return Instant{std::int64_t{timegm(&parts)} * 1'000'000};
    }
    return std::nullopt;
}

std::optional<milliseconds> retry_after(const Headers& headers, Instant now) {
    if (const auto ms = number(headers.find("retry-after-ms"), milliseconds(1))) return ms;
    const std::string* value = headers.find("retry-after");
    if (const auto ms = number(value, seconds(1))) return ms;
    const auto until = value ? parse_http_date(*value) : std::nullopt;
    if (!until) return std::nullopt;
    const std::string* date = headers.find("date");
    const Instant from = (date ? parse_http_date(*date) : std::nullopt).value_or(now);
    const auto wait = std::chrono::duration_cast<milliseconds>(*until - from);
    return std::clamp(wait, milliseconds(0), retry_after_max);
}

} // namespace weft::http
