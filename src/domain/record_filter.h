#pragma once

#include "domain/table.h"

#include <memory>
#include <string>
#include <vector>

namespace weft {

/// How a condition compares. The one table of their names is in record_filter.cpp.
enum class Compare {
    eq,
    ne,
    lt,
    lte,
    gt,
    gte,
    contains,
    not_contains,
    starts_with,
    ends_with,
    in,
    not_in,
    exists,
};

/// What people are told of the names above: `eq`, `ne`, … and what each means.
extern const char* const compare_words;

struct FieldCondition {
    std::string field; ///< a column's id, _id, created_at or updated_at
    Compare compare = Compare::eq;
    json::value value;    ///< of the column's type; of `in` and `not_in` an array of such
    bool is_date = false; ///< compared by instant, however it is written
};

/// Which records of a table are wanted: all conditions hold, and each word stands in some text of
/// the record, whatever its case.
struct RecordFilter {
    std::vector<std::string> words;
    std::vector<FieldCondition> conditions;

    bool empty() const { return words.empty() && conditions.empty(); }
};

/// One of {field, operator | op, value}. invalid: names what is wrong below `at`.
Result<FieldCondition> condition_from_json(const Table& table, const json::value& given,
                                           const std::string& at);
/// {column: value} is equality, {column: [values]} any of them, {column: {op: value}} a comparison.
Result<std::vector<FieldCondition>>
conditions_from_object(const Table& table, const json::object& given, const std::string& at);
/// What stands between blanks.
std::vector<std::string> words_of(std::string_view query);

/// The filter as text for the store, which makes a RecordMatcher of it again. "" for an empty one.
std::string to_text(const RecordFilter& filter);

/// A filter ready to be asked. One thread at a time.
class RecordMatcher {
public:
    /// From to_text(). internal: it is not.
    static Result<std::unique_ptr<RecordMatcher>> from_text(std::string_view text);
    ~RecordMatcher();

    /// `id` in hex, times in microseconds.
    bool matches(const json::object& values, std::string_view id, std::int64_t created_us,
                 std::int64_t updated_us) const;

private:
    struct Impl;
    explicit RecordMatcher(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace weft
