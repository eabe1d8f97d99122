#include "domain/record_filter.h"

#include "domain/members.h"
#include "domain/values.h"

#include <charconv>
#include <chrono>
#include <cmath>

#include <re2/re2.h>

namespace weft {

namespace {

struct CompareName {
    Compare compare;
    std::string_view name;
    std::string_view others; ///< that clients use too, between blanks
};

constexpr CompareName compare_names[] = {
    {Compare::eq, "eq", " = == equals equal is "},
    {Compare::ne, "ne", " != <> not_equals not_equal is_not "},
    {Compare::lt, "lt", " < less_than before "},
    {Compare::lte, "lte", " <= less_than_or_equal "},
    {Compare::gt, "gt", " > greater_than after "},
    {Compare::gte, "gte", " >= greater_than_or_equal "},
    {Compare::contains, "contains", " like includes "},
    {Compare::not_contains, "not_contains", " does_not_contain "},
    {Compare::starts_with, "starts_with", " begins_with "},
    {Compare::ends_with, "ends_with", " "},
    {Compare::in, "in", " any_of "},
    {Compare::not_in, "not_in", " nin none_of "},
    {Compare::exists, "exists", " is_not_empty "},
};

constexpr std::size_t values_max = 1'000; ///< of `in`

std::string_view name_of(Compare compare) {
    for (const CompareName& each : compare_names)
        if (each.compare == compare) return each.name;
    return "eq";
}

/// As it is named here, or by clients, with or without a dollar sign before it.
std::optional<Compare> compare_from(std::string_view given) {
    std::string name = lower_ascii(given);
    if (name.starts_with('$')) name.erase(0, 1);
    if (name.empty() || name.contains(' ')) return std::nullopt;
    for (const CompareName& each : compare_names)
        if (each.name == name || each.others.contains(" " + name + " ")) return each.compare;
    return std::nullopt;
}

bool takes_list(Compare compare) { return compare == Compare::in || compare == Compare::not_in; }
bool takes_text(Compare compare) {
    return compare == Compare::contains || compare == Compare::not_contains ||
           compare == Compare::starts_with || compare == Compare::ends_with;
}

/// Clients that keep everything as text send numbers and flags as text.
json::value converted(ColumnType type, const json::value& value) {
    const json::string* text = value.if_string();
    if (!text) return value;
    if (type == ColumnType::boolean && (*text == "true" || *text == "false"))
        return *text == "true";
    if (type != ColumnType::number || text->empty()) return value;
    double number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    const bool whole = error == std::errc() && end == text->data() + text->size();
    return whole && std::isfinite(number) ? json::value(number) : value;
}

std::optional<ColumnType> type_of(const Table& table, std::string_view field) {
    if (field == "created_at" || field == "updated_at") return ColumnType::date;
    if (field == "_id") return ColumnType::string;
    const auto column = std::ranges::find(table.columns, field, &Column::id);
    return column == table.columns.end() ? std::nullopt : std::optional(column->type);
}

/// The value as the column holds it; the fault when it can hold no such value.
Result<json::value> checked_value(ColumnType type, Compare compare, const json::value& given,
                                  const std::string& at) {
    if (compare == Compare::exists) {
        if (given.is_null()) return json::value(true);
        if (!given.is_bool()) return fail_field(at, "must be true or false");
        return given;
    }
    if (takes_text(compare) && type != ColumnType::array) {
        if (!given.is_string()) return fail_field(at, "must be a text");
        return given;
    }
    // What an array holds is of any type, and whether an array contains it is asked of each item.
    if (type == ColumnType::array || given.is_null()) return given;
    const json::value value = converted(type, given);
    if (auto fault = kind_fault(value_kind_of(type), value))
        return fail_field(at, *std::move(fault));
    return value;
}

Result<FieldCondition> make_condition(const Table& table, std::string field, Compare compare,
                                      const json::value& value, const std::string& field_at,
                                      const std::string& at) {
    const auto type = type_of(table, field);
    if (!type)
        return fail_field(field_at, "is not a column of this table: " +
                                        field.substr(0, limits::column_id_bytes_max));
    FieldCondition condition{std::move(field), compare, nullptr, *type == ColumnType::date};
    if (!takes_list(compare)) {
        condition.value = TRY(checked_value(*type, compare, value, at));
        return condition;
    }
    const json::array* items = value.if_array();
    if (!items || items->size() > values_max)
        return fail_field(at, fmt::format("must be an array of at most {} values", values_max));
    json::array& values = condition.value.emplace_array();
    for (std::size_t i = 0; i < items->size(); ++i)
        values.push_back(TRY(checked_value(*type, Compare::eq, (*items)[i], join_path(at, i))));
    return condition;
}

/// Seconds since 1970 of what kind_fault() takes for a date.
std::optional<double> instant_of(const json::value& value) {
    if (value.is_number()) return value.to_number<double>();
    const json::string* text = value.if_string();
    if (!text || !is_iso8601(*text)) return std::nullopt;
    static const RE2 pattern(R"((\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d(?:\.\d+)?))?)"
                             R"((?:Z|([+-]\d\d):(\d\d))?)?)");
    std::string part[8];
    if (!RE2::FullMatch(std::string_view(*text), pattern, &part[0], &part[1], &part[2], &part[3],
                        &part[4], &part[5], &part[6], &part[7]))
        return std::nullopt;
    const auto number = [&part](int i) { return std::atoi(part[i].c_str()); };
    const std::chrono::sys_days date = std::chrono::year(number(0)) /
                                       std::chrono::month(static_cast<unsigned>(number(1))) /
                                       std::chrono::day(static_cast<unsigned>(number(2)));
    const int minutes = number(3) * 60 + number(4);
    const int zone = number(6) * 60 + (part[6].starts_with('-') ? -number(7) : number(7));
    return static_cast<double>(date.time_since_epoch().count()) * 86'400 + (minutes - zone) * 60 +
           std::atof(part[5].c_str());
}

/// -1, 0, 1, or nothing where the two cannot be compared.
std::optional<int> order_of(const json::value& a, const json::value& b, bool by_instant) {
    const auto sign = [](auto x, auto y) { return x < y ? -1 : y < x ? 1 : 0; };
    if (by_instant) {
        const auto x = instant_of(a);
        const auto y = instant_of(b);
        return x && y ? std::optional(sign(*x, *y)) : std::nullopt;
    }
    if (a.is_number() && b.is_number()) return sign(a.to_number<double>(), b.to_number<double>());
    if (a.is_string() && b.is_string())
        return sign(std::string_view(a.get_string()), std::string_view(b.get_string()));
    return std::nullopt;
}

bool same(const json::value& a, const json::value& b, bool by_instant) {
    if (const auto order = order_of(a, b, by_instant)) return *order == 0;
    return a == b;
}

/// A text that is looked for whatever the case of its letters, of any script.
class FoldedText {
public:
    FoldedText(std::string_view text, const char* before, const char* after)
        : pattern_(before + RE2::QuoteMeta(text) + after, options()) {}
    bool in(std::string_view text) const { return RE2::PartialMatch(text, pattern_); }
    bool ok() const { return pattern_.ok(); }

private:
    static RE2::Options options() {
        RE2::Options options;
        options.set_case_sensitive(false);
        options.set_dot_nl(true);
        options.set_log_errors(false);
        return options;
    }
    RE2 pattern_;
};

bool any_text(const json::value& value, const FoldedText& sought) {
    if (value.is_string()) return sought.in(value.get_string());
    if (const json::array* items = value.if_array())
        for (const json::value& each : *items)
            if (any_text(each, sought)) return true;
    return false;
}

} // namespace

const char* const compare_words =
    "eq, ne, lt, lte, gt, gte (dates by their instant), contains, not_contains, starts_with, "
    "ends_with (texts, in any case; contains asks an array for an item), in, not_in (an array of "
    "values), exists (true or false)";

Result<FieldCondition> condition_from_json(const Table& table, const json::value& given,
                                           const std::string& at) {
    const json::object* object = given.if_object();
    if (!object) return fail_field(at, fmt::format("must be an object, not {}", type_name(given)));
    const char* word = object->contains("operator") ? "operator" : "op";
    const json::value* field = object->if_contains("field");
    if (!field || !field->is_string()) return fail_field(join_path(at, "field"), "must be a text");
    const json::value* named = object->if_contains(word);
    const std::string_view name = named && named->is_string()
                                      ? std::string_view(named->get_string())
                                  : named ? "?"
                                          : "eq";
    const auto compare = compare_from(name);
    if (!compare)
        return fail_field(join_path(at, word), std::string("must be one of ") + compare_words);
    const json::value* value = object->if_contains("value");
    return make_condition(table, std::string(field->get_string()), *compare,
                          value ? *value : json::value(nullptr), join_path(at, "field"),
                          join_path(at, "value"));
}

Result<std::vector<FieldCondition>>
conditions_from_object(const Table& table, const json::object& given, const std::string& at) {
    std::vector<FieldCondition> all;
    for (const auto& [name, value] : given) {
        const std::string field(name);
        const std::string here = join_path(at, field);
        const json::object* comparisons = value.if_object();
        if (!comparisons) {
            const bool any = value.is_array() && type_of(table, field) != ColumnType::array;
            all.push_back(TRY(
                make_condition(table, field, any ? Compare::in : Compare::eq, value, here, here)));
            continue;
        }
        for (const auto& [op, operand] : *comparisons) {
            const auto compare = compare_from(op);
            if (!compare)
                return fail_field(join_path(here, op),
                                  std::string("must be one of ") + compare_words);
            all.push_back(
                TRY(make_condition(table, field, *compare, operand, here, join_path(here, op))));
        }
    }
    return all;
}

std::vector<std::string> words_of(std::string_view query) {
    std::vector<std::string> words(1);
    for (const char c : query) {
        const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (!blank)
            words.back() += c;
        else if (!words.back().empty())
            words.emplace_back();
    }
    if (words.back().empty()) words.pop_back();
    return words;
}

std::string to_text(const RecordFilter& filter) {
    if (filter.empty()) return "";
    json::array words;
    for (const std::string& word : filter.words) words.push_back(json::value(word));
    json::array conditions;
    for (const FieldCondition& each : filter.conditions)
        conditions.push_back({each.field, name_of(each.compare), each.value, each.is_date});
    return to_text(json::value{{"words", std::move(words)}, {"conditions", std::move(conditions)}});
}

struct RecordMatcher::Impl {
    struct Asked {
        FieldCondition condition;
        std::optional<FoldedText> text;
    };
    std::vector<std::unique_ptr<FoldedText>> words;
    std::vector<std::unique_ptr<Asked>> conditions;

    static bool holds(const Asked& asked, const json::value* value) {
        const FieldCondition& condition = asked.condition;
        const bool there = value && !value->is_null();
        const auto order = [&] {
            return there ? order_of(*value, condition.value, condition.is_date) : std::nullopt;
        };
        switch (condition.compare) {
        case Compare::exists: return there == condition.value.as_bool();
        case Compare::eq: return equals(value, condition.value, condition.is_date);
        case Compare::ne: return !equals(value, condition.value, condition.is_date);
        case Compare::lt: return order() == -1;
        case Compare::lte: return order() && *order() <= 0;
        case Compare::gt: return order() == 1;
        case Compare::gte: return order() && *order() >= 0;
        case Compare::in: return is_any(value, condition);
        case Compare::not_in: return !is_any(value, condition);
        case Compare::not_contains: return !contains(asked, value);
        default: return contains(asked, value);
        }
    }
    /// A missing value equals null.
    static bool equals(const json::value* value, const json::value& wanted, bool by_instant) {
        return same(value ? *value : json::value(nullptr), wanted, by_instant);
    }
    static bool is_any(const json::value* value, const FieldCondition& condition) {
        for (const json::value& each : condition.value.as_array())
            if (equals(value, each, condition.is_date)) return true;
        return false;
    }
    static bool contains(const Asked& asked, const json::value* value) {
        if (!value || value->is_null()) return false;
        if (asked.text && any_text(*value, *asked.text)) return true;
        if (const json::array* items = value->if_array())
            for (const json::value& each : *items)
                if (same(each, asked.condition.value, false)) return true;
        return false;
    }
};

RecordMatcher::RecordMatcher(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RecordMatcher::~RecordMatcher() = default;

namespace {

/// [field, compare, value, is_date], as to_text writes it; none: it is something else.
std::optional<FieldCondition> condition_from_text(const json::value& stored) {
    const json::array* parts = stored.if_array();
    if (!parts || parts->size() != 4 || !(*parts)[0].is_string() || !(*parts)[1].is_string() ||
        !(*parts)[3].is_bool())
        return std::nullopt;
    const auto compare = compare_from((*parts)[1].get_string());
    const bool asks_any = compare == Compare::in || compare == Compare::not_in;
    const json::value& value = (*parts)[2];
    if (!compare || (asks_any && !value.is_array()) ||
        (compare == Compare::exists && !value.is_bool()))
        return std::nullopt;
    return FieldCondition{std::string((*parts)[0].get_string()), *compare, value,
                          (*parts)[3].get_bool()};
}

} // namespace

Result<std::unique_ptr<RecordMatcher>> RecordMatcher::from_text(std::string_view text) {
    const auto unreadable = [] { return fail(Code::internal, "A filter cannot be read."); };
    const auto parsed = parse_json(text);
    const json::value* words = parsed ? find(*parsed, "words") : nullptr;
    const json::value* conditions = parsed ? find(*parsed, "conditions") : nullptr;
    if (!words || !words->is_array() || !conditions || !conditions->is_array()) return unreadable();
    auto impl = std::make_unique<Impl>();
    for (const json::value& word : words->get_array()) {
        if (!word.is_string()) return unreadable();
        impl->words.push_back(
            std::make_unique<FoldedText>(std::string_view(word.get_string()), "", ""));
    }
    for (const json::value& each : conditions->get_array()) {
        auto condition = condition_from_text(each);
        if (!condition) return unreadable();
        auto asked = std::make_unique<Impl::Asked>();
        asked->condition = *std::move(condition);
        const json::value& value = asked->condition.value;
        const Compare compare = asked->condition.compare;
        if (takes_text(compare) && value.is_string())
            asked->text.emplace(std::string_view(value.get_string()),
                                compare == Compare::starts_with ? "^" : "",
                                compare == Compare::ends_with ? "$" : "");
        impl->conditions.push_back(std::move(asked));
    }
    return std::unique_ptr<RecordMatcher>(new RecordMatcher(std::move(impl)));
}

bool RecordMatcher::matches(const json::object& values, std::string_view id,
                            std::int64_t created_us, std::int64_t updated_us) const {
    for (const auto& each : impl_->conditions) {
        const std::string& field = each->condition.field;
        json::value own;
        const json::value* value = nullptr;
        if (field == "_id")
            value = &(own = json::string(id));
        else if (field == "created_at" || field == "updated_at")
            value =
                &(own = static_cast<double>(field == "created_at" ? created_us : updated_us) / 1e6);
        else
            value = values.if_contains(field);
        if (!Impl::holds(*each, value)) return false;
    }
    for (const auto& word : impl_->words) {
        bool found = false;
        for (const auto& [name, value] : values) found = found || any_text(value, *word);
        if (!found) return false;
    }
    return true;
}

} // namespace weft
