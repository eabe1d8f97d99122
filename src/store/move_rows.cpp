#include "store/move_rows.h"

#include "store/postgres_arrays.h"

#include <charconv>
#include <sstream>

#include <libpq-fe.h>
#include <sodium.h>

namespace weft::store::moving {

namespace {

const char* array_type(ParameterKind kind) {
    switch (kind) {
    case ParameterKind::integer: return "bigint[]";
    case ParameterKind::real: return "double precision[]";
    case ParameterKind::text: return "text[]";
    case ParameterKind::bytes: return "bytea[]";
    }
    return "";
}

PostgresArray array_of(ParameterKind kind) {
    switch (kind) {
    case ParameterKind::integer: return PostgresArray(PostgresArray::Of::int8);
    case ParameterKind::real: return PostgresArray(PostgresArray::Of::float8);
    case ParameterKind::text: return PostgresArray(PostgresArray::Of::text);
    case ParameterKind::bytes: break;
    }
    return PostgresArray(PostgresArray::Of::bytea);
}

std::string hex_of(const std::string& bytes) {
    return to_hex(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
}

std::optional<std::string> from_hex_text(std::string_view hex) {
    std::vector<std::uint8_t> bytes(hex.size() / 2);
    if (!from_hex(hex, bytes)) return std::nullopt;
    return std::string(bytes.begin(), bytes.end());
}

template <class Number> void put(std::string& out, Number number) {
    const Number wire = std::byteswap(number);
    out.append(reinterpret_cast<const char*>(&wire), sizeof wire);
}

/// What Sum says of one column, in SQL.
std::string canonical_sql(const MovedColumn& column) {
    const std::string name = "\"" + column.name + "\"";
    std::string bytes;
    switch (column.kind) {
    case ParameterKind::integer: bytes = "int8send(" + name + ")"; break;
    case ParameterKind::real: bytes = "float8send(" + name + ")"; break;
    case ParameterKind::text:
        bytes = "int4send(octet_length(" + name + ")) || convert_to(" + name + ", 'UTF8')";
        break;
    case ParameterKind::bytes: bytes = "int4send(octet_length(" + name + ")) || " + name; break;
    }
    return "coalesce(decode('01', 'hex') || " + bytes + ", decode('00', 'hex'))";
}

/// "(key) OPERATOR (values)"
std::string compared(const Table& table, const char* with, const Row& key) {
    std::string names;
    std::string values;
    for (std::size_t i = 0; i < key.size(); ++i) {
        const MovedColumn& column = table.columns[table.key[i]];
        names += (i > 0 ? ", \"" : "\"") + column.name + "\"";
        values += (i > 0 ? ", " : "") + literal(column.kind, key[i]);
    }
    return "(" + names + ") " + with + " (" + values + ")";
}

__int128 wide(const std::string& digits) {
    __int128 number = 0;
    for (const char c : digits)
        if (c != '-') number = number * 10 + (c - '0');
    return digits.starts_with('-') ? -number : number;
}

} // namespace

std::string literal(ParameterKind kind, const Cell& cell) {
    if (const auto* number = std::get_if<std::int64_t>(&cell))
        return fmt::format("({})::bigint", *number);
    const auto* bytes = std::get_if<std::string>(&cell);
    CHECK(bytes); // keys hold no others
    const std::string decoded = "decode('" + hex_of(*bytes) + "', 'hex')";
    return kind == ParameterKind::text ? "convert_from(" + decoded + ", 'UTF8')" : decoded;
}

std::string insert_sql(const Table& table) {
    std::string names;
    std::string values;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        names += (i > 0 ? ", \"" : "\"") + table.columns[i].name + "\"";
        values +=
            fmt::format("{}${}::{}", i > 0 ? ", " : "", i + 1, array_type(table.columns[i].kind));
    }
    return "INSERT INTO \"" + table.name + "\" (" + names + ") SELECT * FROM unnest(" + values +
           ")";
}

std::vector<PostgresConnection::Parameter> parameters_of(const Table& table, const Batch& batch) {
    std::vector<PostgresConnection::Parameter> parameters;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        PostgresArray array = array_of(table.columns[i].kind);
        for (const Row& row : batch.rows) {
            if (const auto* bytes = std::get_if<std::string>(&row[i]))
                array.add(std::string_view(*bytes));
            else if (const auto* number = std::get_if<std::int64_t>(&row[i]))
                array.add(*number);
            else if (const auto* real = std::get_if<double>(&row[i]))
                array.add(*real);
            else
                array.add_null();
        }
        parameters.push_back({array.type(), array.binary()});
    }
    return parameters;
}

Row key_of(const Table& table, const Row& row) {
    Row key;
    for (const std::size_t column : table.key) key.push_back(row[column]);
    return key;
}

std::string to_line(const Row& key) {
    std::string line;
    for (const Cell& cell : key) {
        if (!line.empty()) line += ' ';
        if (const auto* number = std::get_if<std::int64_t>(&cell))
            line += fmt::format("{}", *number);
        else
            line += "x" + hex_of(std::get<std::string>(cell));
    }
    return line;
}

std::optional<Row> key_in(const Table& table, const std::string& line) {
    Row key;
    std::istringstream words(line);
    for (std::string word; words >> word;) {
        if (word.starts_with('x')) {
            auto bytes = from_hex_text(std::string_view(word).substr(1));
            if (!bytes) return std::nullopt;
            key.emplace_back(*std::move(bytes));
        } else {
            std::int64_t number = 0;
            const auto read = std::from_chars(word.data(), word.data() + word.size(), number);
            if (read.ec != std::errc{}) return std::nullopt;
            key.emplace_back(number);
        }
    }
    return key.size() == table.key.size() ? std::optional(std::move(key)) : std::nullopt;
}

void Sum::add(const Table& table, const Row& row) {
    std::string canonical;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        canonical += std::holds_alternative<std::monostate>(row[i]) ? '\0' : '\1';
        if (const auto* bytes = std::get_if<std::string>(&row[i])) {
            put(canonical, static_cast<std::uint32_t>(bytes->size()));
            canonical += *bytes;
        } else if (const auto* number = std::get_if<std::int64_t>(&row[i])) {
            put(canonical, *number);
        } else if (const auto* real = std::get_if<double>(&row[i])) {
            put(canonical, std::bit_cast<std::int64_t>(*real));
        }
    }
    std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
    crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(canonical.data()),
                       canonical.size());
    std::array<std::int64_t, 2> halves{};
    std::memcpy(halves.data(), hash.data(), sizeof halves);
    ++rows;
    first += std::byteswap(halves[0]);
    second += std::byteswap(halves[1]);
}

void Sum::add(const Sum& other) {
    rows += other.rows;
    first += other.first;
    second += other.second;
}

std::string Sum::hex() const {
    return fmt::format("{:016x}{:016x}", static_cast<std::uint64_t>(first),
                       static_cast<std::uint64_t>(second));
}

Result<Sum> sum_in(PostgresConnection& target, const Table& table, const Row& after,
                   const Row& upto) {
    std::string canonical;
    for (const MovedColumn& column : table.columns)
        canonical += (canonical.empty() ? "" : " || ") + canonical_sql(column);
    std::string where = " WHERE true";
    if (!after.empty()) where += " AND " + compared(table, ">", after);
    if (!upto.empty()) where += " AND " + compared(table, "<=", upto);
    const auto half = [](int from) {
        return fmt::format("coalesce(sum(('x' || encode(substr(h, {}, 8), 'hex'))::bit(64)::bigint)"
                           ", 0)::text",
                           from);
    };
    const auto answer = TRY(target.ask("SELECT count(*)::text, " + half(1) + ", " + half(9) +
                                       " FROM (SELECT sha256(" + canonical + ") AS h FROM \"" +
                                       table.name + "\"" + where + ") AS hashed"));
    return Sum{static_cast<std::int64_t>(wide(field(answer, 0, 0))), wide(field(answer, 0, 1)),
               wide(field(answer, 0, 2))};
}

} // namespace weft::store::moving
