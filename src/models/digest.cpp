#include "models/digest.h"

#include "expr/text.h"

#include <unordered_map>

namespace weft::models {

namespace {

constexpr int depth_max = 4;
constexpr std::size_t columns_max = 8;
constexpr std::size_t groups_max = 12;         ///< a member with more values is no group
constexpr std::size_t members_listed_max = 20; ///< different elements of a list that are named
constexpr std::size_t members_counted_max = 100'000;
constexpr std::size_t cell_points_max = 80;
constexpr std::size_t scalars_shown = 30;
constexpr std::size_t lists_shown = 6;
constexpr std::size_t cell_bytes_max = 4'096; ///< of JSON that is cut to a cell
constexpr std::string_view own_members[] = {"created_at", "updated_at"};

bool is_shown(std::string_view name) {
    return !name.starts_with('_') && std::ranges::find(own_members, name) == std::end(own_members);
}

bool is_scalar(const json::value& value) { return !value.is_array() && !value.is_object(); }

bool is_records(const json::value& value) {
    const auto* array = value.if_array();
    return array && !array->empty() &&
           std::ranges::all_of(*array, [](const json::value& each) { return each.is_object(); });
}

/// A value on one line: lists with commas, nothing for null.
std::string cell(const json::value& value) {
    if (value.is_null()) return {};
    if (const auto* text = value.if_string()) return one_line(*text, cell_points_max);
    std::string out;
    const auto* array = value.if_array();
    if (!array || is_records(value)) {
        if (!expr::append_json(out, value, cell_bytes_max)) out = "…";
        return one_line(out, cell_points_max);
    }
    for (const json::value& each : *array) {
        if (out.size() > cell_bytes_max) break;
        out += (out.empty() ? "" : ", ") + cell(each);
    }
    return one_line(out, cell_points_max);
}

std::string table_cell(const json::value& value) {
    std::string out;
    for (const char c : cell(value)) {
        if (c == '|') out.push_back('\\');
        out.push_back(c);
    }
    return out;
}

/// The members that records have, in order of appearance.
std::vector<std::string> columns_of(const json::array& records) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < std::min(records.size(), rows_shown); ++i)
        for (const auto& member : records[i].get_object())
            if (is_shown(member.key()) &&
                std::ranges::find(names, std::string_view(member.key())) == names.end())
                names.emplace_back(member.key());
    return names;
}

/// How often each text appeared, in order of appearance.
struct Tally {
    std::vector<std::pair<std::string, std::size_t>> counts;
    std::unordered_map<std::string, std::size_t> index;

    void add(std::string text) {
        const auto [slot, added] = index.try_emplace(std::move(text), counts.size());
        if (added) counts.emplace_back(slot->first, 0);
        ++counts[slot->second].second;
    }
};

std::string counts_line(const std::string& name, Tally tally) {
    std::ranges::sort(tally.counts, [](const auto& a, const auto& b) {
        return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    std::string out;
    for (const auto& [text, count] : tally.counts)
        out +=
            fmt::format("{}{} {}", out.empty() ? "" : ", ", text.empty() ? "(empty)" : text, count);
    return fmt::format("- By **{}**: {}\n", name, out);
}

/// Counts by a scalar member with few values; nothing for any other.
std::string group_line(const json::array& records, const std::string& name) {
    Tally tally;
    std::size_t values = 0;
    for (const json::value& record : records) {
        const json::value* value = record.get_object().if_contains(name);
        if (!value || value->is_null()) continue;
        if (!is_scalar(*value)) return {};
        tally.add(cell(*value));
        ++values;
        if (tally.counts.size() > groups_max) return {};
    }
    if (values == 0 || tally.counts.size() * 2 > values) return {};
    return counts_line(name, std::move(tally));
}

/// The different elements of a member that is a list of scalars.
std::string elements_line(const json::array& records, const std::string& name) {
    Tally tally;
    bool lists = false;
    for (const json::value& record : records) {
        const json::value* value = record.get_object().if_contains(name);
        const auto* array = value ? value->if_array() : nullptr;
        if (!array) continue;
        lists = true;
        for (const json::value& each : *array)
            if (is_scalar(each) && tally.counts.size() < members_counted_max) tally.add(cell(each));
    }
    if (!lists) return {};
    std::string out;
    const std::size_t listed = std::min(tally.counts.size(), members_listed_max);
    for (std::size_t i = 0; i < listed; ++i) out += (i == 0 ? ": " : ", ") + tally.counts[i].first;
    const std::size_t more = tally.counts.size() - listed;
    return fmt::format("- **{}**: {} different{}{}\n", name, tally.counts.size(), out,
                       more ? fmt::format(" and {} more", more) : "");
}

std::string table_rows(const json::array& records, const std::vector<std::string>& names) {
    const std::size_t columns = std::min(names.size(), columns_max);
    std::string head = "|";
    std::string rule = "|";
    for (std::size_t i = 0; i < columns; ++i) {
        head += " " + table_cell(json::value(names[i])) + " |";
        rule += " --- |";
    }
    std::string out = head + "\n" + rule + "\n";
    for (std::size_t row = 0; row < std::min(records.size(), rows_shown); ++row) {
        out += "|";
        for (std::size_t i = 0; i < columns; ++i) {
            const json::value* value = records[row].get_object().if_contains(names[i]);
            out += " " + (value ? table_cell(*value) : std::string()) + " |";
        }
        out += "\n";
    }
    return out;
}

std::string bullet_rows(const json::array& records, const std::vector<std::string>& names) {
    std::string out;
    for (std::size_t row = 0; row < std::min(records.size(), rows_shown); ++row) {
        std::string line;
        for (const std::string& name : names) {
            const json::value* value = records[row].get_object().if_contains(name);
            const std::string text = value ? cell(*value) : std::string();
            if (text.empty()) continue;
            line += line.empty() ? "**" + text + "**" : fmt::format("; {}: {}", name, text);
        }
        out += "- " + line + "\n";
    }
    return out;
}

std::string records_digest(const std::string& name, const json::array& records, Rows rows) {
    const std::string what = name.empty() ? "records" : "`" + name + "`";
    std::string out = fmt::format("{}: {} {}\n\n", what, records.size(),
                                  records.size() == 1 ? "record" : "records");
    const std::vector<std::string> names = columns_of(records);
    if (names.empty()) return out;
    std::string lines;
    for (const std::string& each : names) lines += group_line(records, each);
    for (const std::string& each : names) lines += elements_line(records, each);
    out += lines;
    if (!lines.empty()) out += "\n";
    out += rows == Rows::table ? table_rows(records, names) : bullet_rows(records, names);
    if (records.size() > rows_shown)
        out += fmt::format("\nThere are {} more.\n", records.size() - rows_shown);
    return out + "\n";
}

/// Walks through a value; `scalars` and `lists` become the two parts of the digest.
struct Walk {
    Rows rows;
    std::string scalars;
    std::size_t scalar_count = 0;
    std::string lists;
    std::size_t list_count = 0;

    void visit(const std::string& name, const json::value& value, int depth) {
        if (is_records(value)) {
            if (++list_count <= lists_shown) lists += records_digest(name, value.get_array(), rows);
        } else if (const auto* object = value.if_object(); object && depth < depth_max) {
            for (const auto& member : *object)
                if (is_shown(member.key()) || !is_scalar(member.value()))
                    visit(name.empty() ? std::string(member.key())
                                       : name + "." + std::string(member.key()),
                          member.value(), depth + 1);
        } else if (++scalar_count <= scalars_shown) {
            scalar(name, value);
        }
    }

    void scalar(const std::string& name, const json::value& value) {
        const auto* array = value.if_array();
        scalars += name.empty() ? "- " : "- " + name + ": ";
        if (array && array->size() > 1) scalars += fmt::format("{} elements: ", array->size());
        scalars += (value.is_null() ? "null" : cell(value)) + "\n";
    }
};

} // namespace

std::string one_line(std::string_view text, std::size_t points_max) {
    std::string out;
    std::size_t points = 0;
    bool gap = false;
    while (!text.empty()) {
        const std::string_view point = expr::head(text, 1);
        text.remove_prefix(point.size());
        if (static_cast<unsigned char>(point[0]) <= ' ' || point[0] == 127) {
            gap = !out.empty();
            continue;
        }
        points += gap ? 2 : 1;
        if (points > points_max) return out + "…";
        if (gap) out.push_back(' ');
        out += point;
        gap = false;
    }
    return out;
}

bool has_records(const json::value& value) {
    if (is_records(value)) return true;
    const auto* object = value.if_object();
    return object && std::ranges::any_of(
                         *object, [](const auto& member) { return has_records(member.value()); });
}

std::string digest(const json::value& value, Rows rows) {
    Walk walk{rows, {}, 0, {}, 0};
    walk.visit("", value, 0);
    if (walk.scalar_count > scalars_shown)
        walk.scalars += fmt::format("- and {} more values\n", walk.scalar_count - scalars_shown);
    if (walk.list_count > lists_shown)
        walk.lists +=
            fmt::format("There are {} more lists of records.\n", walk.list_count - lists_shown);
    if (!walk.scalars.empty() && !walk.lists.empty()) walk.scalars += "\n";
    std::string out = walk.scalars + walk.lists;
    while (out.ends_with("\n\n")) out.pop_back();
    return out;
}

} // namespace weft::models
