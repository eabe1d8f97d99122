#pragma once

#include "domain/table.h"

#include <unordered_map>

namespace weft::connectors {

/// Counts the values of records by column, for conditions and summaries. Every column of the table
/// is there, also when no record has a value in it. Records that are no objects count and have no
/// values.
class ColumnFacts {
public:
    explicit ColumnFacts(const Table& table);
    void add(const json::value& record);
    std::size_t records() const { return records_; }

    /// {column: {filled, distinct, values}}. filled: records with a value that is not null, "", []
    /// or {}. distinct: different values, of a list its elements. values: {value: count}, only of
    /// texts that are few and repeat.
    json::object to_json() const;

private:
    struct Facts {
        std::string column;
        std::size_t filled = 0;
        std::size_t counted = 0;
        bool texts_only = true;
        std::unordered_map<std::string, std::size_t> values; ///< by JSON text
        std::vector<std::string> order;                      ///< the first texts, as they appeared
    };
    static void count(Facts& facts, const json::value& value);

    std::vector<Facts> columns_;
    std::size_t records_ = 0;
};

} // namespace weft::connectors
