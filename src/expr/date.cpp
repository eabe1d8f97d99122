#include "expr/date.h"

#include <array>
#include <chrono>
#include <fmt/format.h>

namespace weft::expr {

namespace {

constexpr std::array<std::string_view, 12> month_names{
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> day_names{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                    "Thursday", "Friday", "Saturday"};
constexpr std::int64_t day_s = 86'400;

struct Moment {
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    int offset_s = 0; ///< of the zone, east of Greenwich

    std::optional<std::int64_t> utc_s() const {
        const std::chrono::year_month_day date{std::chrono::year(year),
                                               std::chrono::month(static_cast<unsigned>(month)),
                                               std::chrono::day(static_cast<unsigned>(day))};
        if (!date.ok() || year < 1 || hour > 23 || minute > 59 || second > 60) return std::nullopt;
        const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
        const std::int64_t at =
            days * day_s + hour * 3'600 + minute * 60 + std::min(second, 59) - offset_s;
        if (at < date_first_s || at > date_last_s) return std::nullopt;
        return at;
    }
};

/// Reads one text from left to right; each function says whether it found what it looks for.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    bool done() const { return rest_.empty(); }
    bool take(char c) {
        if (rest_.empty() || rest_[0] != c) return false;
        rest_.remove_prefix(1);
        return true;
    }
    bool digits(int& out, std::size_t at_least, std::size_t at_most) {
        std::size_t count = 0;
        int value = 0;
        while (count < at_most && count < rest_.size() && rest_[count] >= '0' &&
               rest_[count] <= '9')
            value = value * 10 + (rest_[count++] - '0');
        if (count < at_least) return false;
        rest_.remove_prefix(count);
        out = value;
        return true;
    }
    bool blanks() {
        const std::size_t count = std::min(rest_.find_first_not_of(" \t"), rest_.size());
        rest_.remove_prefix(count);
        return count > 0;
    }
    bool word(std::string_view word) {
        if (!rest_.starts_with(word)) return false;
        rest_.remove_prefix(word.size());
        return true;
    }
    /// The first three letters of a name: its index from 1.
    template <std::size_t n> bool short_name(const std::array<std::string_view, n>& names,
                                             int& out) {
        for (std::size_t i = 0; i < n; ++i) {
            if (!word(names[i].substr(0, 3))) continue;
            out = static_cast<int>(i) + 1;
            return true;
        }
        return false;
    }

private:
    std::string_view rest_;
};

/// hh:mm[:ss[.fraction]]
bool read_time(Reader& in, Moment& out) {
    if (!in.digits(out.hour, 2, 2) || !in.take(':') || !in.digits(out.minute, 2, 2)) return false;
    if (!in.take(':')) return true;
    if (!in.digits(out.second, 2, 2)) return false;
    int ignored = 0;
    return !in.take('.') || in.digits(ignored, 1, 9);
}

/// +hhmm, -hh:mm, +hh
bool read_offset(Reader& in, Moment& out) {
    const bool west = in.take('-');
    if (!west && !in.take('+')) return false;
    int hours = 0;
    int minutes = 0;
    if (!in.digits(hours, 2, 2)) return false;
    if (!in.done()) {
        in.take(':');
        if (!in.digits(minutes, 2, 2)) return false;
    }
    if (hours > 23 || minutes > 59) return false;
    out.offset_s = (west ? -1 : 1) * (hours * 3'600 + minutes * 60);
    return true;
}

std::optional<std::int64_t> read_iso(Reader in) {
    Moment out;
    if (!in.digits(out.year, 4, 4) || !in.take('-') || !in.digits(out.month, 2, 2) ||
        !in.take('-') || !in.digits(out.day, 2, 2))
        return std::nullopt;
    if (in.done()) return out.utc_s();
    if ((!in.take('T') && !in.take(' ')) || !read_time(in, out)) return std::nullopt;
    if (!in.done() && !in.take('Z') && !read_offset(in, out)) return std::nullopt;
    return in.done() ? out.utc_s() : std::nullopt;
}

std::optional<std::int64_t> read_mail(Reader in) {
    Moment out;
    int ignored = 0;
    if (in.short_name(day_names, ignored) && (!in.take(',') || !in.blanks())) return std::nullopt;
    if (!in.digits(out.day, 1, 2) || !in.blanks() || !in.short_name(month_names, out.month) ||
        !in.blanks() || !in.digits(out.year, 4, 4) || !in.blanks() || !read_time(in, out))
        return std::nullopt;
    in.blanks();
    if (!in.done() && !in.word("GMT") && !in.word("UTC") && !in.word("UT") && !in.take('Z') &&
        !read_offset(in, out))
        return std::nullopt;
    return in.done() ? out.utc_s() : std::nullopt;
}

struct Calendar {
    std::chrono::year_month_day date{};
    std::int64_t days, second_of_day;

    explicit Calendar(std::int64_t at_s) {
        days = at_s >= 0 ? at_s / day_s : -((-at_s + day_s - 1) / day_s);
        second_of_day = at_s - days * day_s;
        date = std::chrono::sys_days(std::chrono::days(days));
    }
    int year() const { return static_cast<int>(date.year()); }
    unsigned month() const { return static_cast<unsigned>(date.month()); }
    unsigned day() const { return static_cast<unsigned>(date.day()); }
    std::string_view day_name() const {
        return day_names[std::chrono::weekday(std::chrono::sys_days(date)).c_encoding()];
    }
    std::string_view month_name() const { return month_names[month() - 1]; }
    std::int64_t day_of_year() const {
        using namespace std::chrono;
        return (sys_days(date) - sys_days(date.year() / January / 1)).count() + 1;
    }
};

std::string format_one(std::int64_t at_s, const Calendar& at, char what) {
    switch (what) {
    case 'Y': return fmt::format("{:04}", at.year());
    case 'y': return fmt::format("{:02}", at.year() % 100);
    case 'm': return fmt::format("{:02}", at.month());
    case 'd': return fmt::format("{:02}", at.day());
    case 'e': return fmt::format("{}", at.day());
    case 'j': return fmt::format("{:03}", at.day_of_year());
    case 'H': return fmt::format("{:02}", at.second_of_day / 3'600);
    case 'M': return fmt::format("{:02}", at.second_of_day / 60 % 60);
    case 'S': return fmt::format("{:02}", at.second_of_day % 60);
    case 'F': return format_date(at_s, "%Y-%m-%d");
    case 'T': return format_date(at_s, "%H:%M:%S");
    case 'a': return std::string(at.day_name().substr(0, 3));
    case 'A': return std::string(at.day_name());
    case 'b': return std::string(at.month_name().substr(0, 3));
    case 'B': return std::string(at.month_name());
    case 's': return fmt::format("{}", at_s);
    case 'z': return "+0000";
    default: return std::string(1, what);
    }
}

} // namespace

std::optional<std::int64_t> read_date(std::string_view text) {
    if (const auto at = read_iso(Reader(text))) return at;
    return read_mail(Reader(text));
}

bool is_date_format(std::string_view format) {
    constexpr std::string_view known = "YymdejHMSFTaAbBsz%";
    for (std::size_t i = 0; i < format.size(); ++i) {
        if (format[i] != '%') continue;
        ++i;
        if (i == format.size() || known.find(format[i]) == known.npos) return false;
    }
    return true;
}

std::string format_date(std::int64_t at_s, std::string_view format) {
    const Calendar at(at_s);
    std::string out;
    for (std::size_t i = 0; i < format.size(); ++i) {
        if (format[i] == '%' && i + 1 < format.size())
            out += format_one(at_s, at, format[++i]);
        else
            out.push_back(format[i]);
    }
    return out;
}

} // namespace weft::expr
