#include "base/nearest.h"

namespace weft {

namespace {

constexpr std::size_t written_bytes_max = 100; ///< longer ones are no slip of the fingers

/// Damerau's distance with swaps of neighbours only ("optimal string alignment").
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> rows(a.size() + 1,
                                               std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) rows[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i)
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            rows[i][j] = std::min({rows[i - 1][j] + 1, rows[i][j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                rows[i][j] = std::min(rows[i][j], rows[i - 2][j - 2] + 1);
        }
    return rows[a.size()][b.size()];
}

} // namespace

std::string nearest(std::string_view written, std::span<const std::string> known) {
    std::string best;
    if (written.size() > written_bytes_max) return best;
    std::size_t best_distance = std::max<std::size_t>(2, written.size() / 3) + 1;
    for (const std::string& each : known) {
        const std::size_t d = distance(written, each);
        if (d < best_distance && d < each.size()) {
            best_distance = d;
            best = each;
        }
    }
    return best;
}

std::string did_you_mean(std::string_view written, std::span<const std::string> known) {
    const std::string near = nearest(written, known);
    return near.empty() ? "" : " Did you mean " + near + "?";
}

} // namespace weft
