#include "api/times.h"

#include "api/convert.h"
#include "expr/date.h"

namespace weft::api {

Result<std::optional<Instant>> read_time(const std::string& text, const char* field) {
    if (text.empty()) return std::nullopt;
    if (std::int64_t at_s = 0; from_text(text, at_s)) {
        if (at_s < 0 || at_s > expr::date_last_s)
            return fail_field(field, "Must be after 1970 and before the year 10000.");
        return Instant{at_s * 1'000'000};
    }
    if (const auto date = expr::read_date(text)) return Instant{*date * 1'000'000};
    return fail_field(field, "Must be seconds since 1970, or a date such as 2027-01-31T12:00:00Z.");
}

std::string zoneless(Instant at) {
    std::string text = to_iso8601(at);
    if (text.ends_with('Z')) text.pop_back();
    return text;
}

} // namespace weft::api
