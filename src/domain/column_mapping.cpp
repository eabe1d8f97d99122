#include "domain/column_mapping.h"

#include <algorithm>
#include <tuple>

namespace weft {

namespace {

constexpr double likeness_min = 0.6;

/// Letters in lower case and digits; bytes of other scripts as they are.
std::string bare(std::string_view name) {
    std::string out;
    for (const char c : name) {
        const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        const bool kept =
            (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9') || (lower & 0x80) != 0;
        if (kept) out += lower;
    }
    return out;
}

/// How many bytes must be put in, taken out or replaced (Levenshtein).
std::size_t edits(const std::string& a, const std::string& b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t i = 0; i <= b.size(); ++i) row[i] = i;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t k = 1; k <= b.size(); ++k) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[k - 1] ? 0 : 1);
            diagonal = row[k];
            row[k] = std::min({row[k] + 1, row[k - 1] + 1, replaced});
        }
    }
    return row[b.size()];
}

struct Pair {
    double likeness;
    std::size_t header;
    std::size_t column;
};

} // namespace

double likeness(std::string_view a, std::string_view b) {
    const std::string x = bare(a);
    const std::string y = bare(b);
    if (x.empty() || y.empty()) return a == b ? 1 : 0;
    return 1 - static_cast<double>(edits(x, y)) / static_cast<double>(std::max(x.size(), y.size()));
}

std::vector<Mapped> map_columns(std::span<const std::string> headers,
                                std::span<const std::pair<std::string, std::string>> columns) {
    std::vector<Pair> pairs;
    for (std::size_t h = 0; h < headers.size(); ++h)
        for (std::size_t c = 0; c < columns.size(); ++c) {
            const double alike = std::max(likeness(headers[h], columns[c].first),
                                          likeness(headers[h], columns[c].second));
            if (alike >= likeness_min) pairs.push_back({alike, h, c});
        }
    std::ranges::sort(pairs, [](const Pair& a, const Pair& b) {
        return std::tuple(-a.likeness, a.header, a.column) <
               std::tuple(-b.likeness, b.header, b.column);
    });
    std::vector<Mapped> mapped(headers.size());
    std::vector<bool> taken(columns.size());
    for (const Pair& each : pairs) {
        if (mapped[each.header].column || taken[each.column]) continue;
        mapped[each.header] = {each.column, each.likeness};
        taken[each.column] = true;
    }
    return mapped;
}

} // namespace weft
