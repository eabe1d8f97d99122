#include "connectors/column_facts.h"

namespace weft::connectors {

namespace {

constexpr std::size_t values_shown_max = 12;
constexpr std::size_t value_bytes_max = 64;

bool is_empty(const json::value& value) {
    if (value.is_null()) return true;
    if (const auto* text = value.if_string()) return text->empty();
    if (const auto* array = value.if_array()) return array->empty();
    const auto* object = value.if_object();
    return object && object->empty();
}

} // namespace

ColumnFacts::ColumnFacts(const Table& table) {
    columns_.reserve(table.columns.size());
    for (const Column& column : table.columns) columns_.push_back({.column = column.id});
}

void ColumnFacts::count(Facts& facts, const json::value& value) {
    const auto* text = value.if_string();
    if (!text || text->size() > value_bytes_max) facts.texts_only = false;
    std::string key = text ? std::string(*text) : to_text(value);
    ++facts.counted;
    const auto [slot, fresh] = facts.values.try_emplace(std::move(key), 0);
    ++slot->second;
    if (fresh && facts.order.size() < values_shown_max) facts.order.push_back(slot->first);
}

void ColumnFacts::add(const json::value& record) {
    ++records_;
    for (Facts& facts : columns_) {
        const json::value* value = find(record, facts.column);
        if (!value || is_empty(*value)) continue;
        ++facts.filled;
        if (const auto* array = value->if_array())
            for (const json::value& each : *array) count(facts, each);
        else
            count(facts, *value);
    }
}

json::object ColumnFacts::to_json() const {
    json::object all;
    for (const Facts& facts : columns_) {
        json::object column{{"filled", static_cast<std::int64_t>(facts.filled)},
                            {"distinct", static_cast<std::int64_t>(facts.values.size())}};
        const bool few =
            facts.values.size() <= values_shown_max && facts.values.size() * 2 <= facts.counted;
        if (few && facts.texts_only && facts.counted > 0) {
            json::object values;
            for (const std::string& value : facts.order)
                values[value] = static_cast<std::int64_t>(facts.values.at(value));
            column["values"] = std::move(values);
        }
        all[facts.column] = std::move(column);
    }
    return all;
}

} // namespace weft::connectors
