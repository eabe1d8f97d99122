#include "store/postgres.h"

#include <libpq-fe.h>

#include <bit>
#include <cstring>

namespace weft::store {

namespace {

// The server's numbers of types, from its catalogue pg_type.
constexpr unsigned bool_type = 16;
constexpr unsigned bytea_type = 17;
constexpr unsigned int8_type = 20;
constexpr unsigned int2_type = 21;
constexpr unsigned int4_type = 23;
constexpr unsigned text_type = 25;
constexpr unsigned float4_type = 700;
constexpr unsigned float8_type = 701;
constexpr unsigned varchar_type = 1043;

constexpr int rows_in_one_piece = 256;

constexpr unsigned type_of(ParameterKind kind) {
    switch (kind) {
    case ParameterKind::integer: return int8_type;
    case ParameterKind::real: return float8_type;
    case ParameterKind::text: return text_type;
    case ParameterKind::bytes: return bytea_type;
    }
    return 0;
}

/// Numbers travel with their first byte first.
template <class Unsigned> Unsigned from_wire(const char* bytes) {
    Unsigned value = 0;
    std::memcpy(&value, bytes, sizeof value);
    return std::byteswap(value);
}

} // namespace

void PostgresCursor::begin(const Sql& sql, std::span<const ParameterKind> parameters) {
    CHECK(!open_);
    Cursor::begin(sql.name);
    open_ = true;
    sql_ = sql;
    kinds_ = parameters;
    if (values_.size() < kinds_.size()) values_.resize(kinds_.size());
    row_ = -1;
    asked_ = in_pieces_ = false;
    refused_ = {};
}

void PostgresCursor::end() {
    if (in_pieces_ && asked_ && connection_.is_sound()) connection_.post("CLOSE weft_each");
    open_ = in_pieces_ = false;
    result_.reset();
}

void PostgresCursor::bind(int n, std::int64_t value) {
    Value& to = values_[static_cast<std::size_t>(n - 1)];
    const std::uint64_t wire = std::byteswap(static_cast<std::uint64_t>(value));
    std::memcpy(to.number.data(), &wire, sizeof wire);
    to.bytes = to.number.data();
    to.size = sizeof wire;
}

void PostgresCursor::bind(int n, double value) { bind(n, std::bit_cast<std::int64_t>(value)); }

void PostgresCursor::bind(int n, std::string_view text) {
    if (text.contains('\0'))
        refused_ = fail(Code::invalid, "A text holds the character U+0000, which cannot be stored.",
                        name());
    bind(n, BytesView(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

void PostgresCursor::bind(int n, BytesView bytes) {
    Value& to = values_[static_cast<std::size_t>(n - 1)];
    if (bytes.size() > value_bytes_max)
        refused_ = fail(Code::too_large, "A value is too large to be stored.",
                        std::string(name()) + ": parameter");
    to.bytes = bytes.data() ? reinterpret_cast<const char*>(bytes.data()) : "";
    to.size = bytes.size();
}

void PostgresCursor::bind_copy(int n, std::string text) {
    Value& to = values_[static_cast<std::size_t>(n - 1)];
    to.kept = std::move(text);
    bind(n, std::string_view(to.kept));
}

void PostgresCursor::bind_null(int n) { values_[static_cast<std::size_t>(n - 1)].bytes = nullptr; }

Result<bool> PostgresCursor::step() {
    TRY(refused_);
    if (!asked_) {
        asked_ = true;
        TRY(ask());
    }
    if (++row_ < PQntuples(result_.get())) return true;
    if (!in_pieces_ || row_ < rows_in_one_piece) return false;
    TRY(fetch());
    row_ = 0;
    return PQntuples(result_.get()) > 0;
}

PostgresStatement PostgresCursor::statement() {
    const std::size_t count = kinds_.size();
    types_.resize(count);
    pointers_.resize(count);
    lengths_.resize(count);
    formats_.assign(count, 1);
    for (std::size_t i = 0; i < count; ++i) {
        types_[i] = type_of(kinds_[i]);
        pointers_[i] = values_[i].bytes;
        lengths_[i] = static_cast<int>(values_[i].size);
    }
    return {.name = sql_.name,
            .text = sql_.in_postgres(),
            .keep = PostgresStatement::Keep::prepared,
            .count = static_cast<int>(count),
            .types = types_.data(),
            .values = pointers_.data(),
            .lengths = lengths_.data(),
            .formats = formats_.data()};
}

/// Sends the statement; in pieces, what it finds stays at the server and is fetched from there.
Result<> PostgresCursor::ask() {
    PostgresStatement asked = statement();
    std::string declared;
    if (in_pieces_) {
        declared = std::string("DECLARE weft_each NO SCROLL CURSOR FOR ") + asked.text;
        asked.text = declared.c_str();
        asked.keep = PostgresStatement::Keep::no;
    }
    result_ = TRY(connection_.exchange(asked));
    return in_pieces_ ? fetch() : Result<>();
}

Result<> PostgresCursor::ask_later() {
    TRY(refused_);
    return connection_.send_later(statement());
}

Result<> PostgresCursor::fetch() {
    static const std::string text =
        fmt::format("FETCH FORWARD {} FROM weft_each", rows_in_one_piece);
    result_ = TRY(connection_.ask(text));
    return {};
}

bool PostgresCursor::is_null(int column) const {
    return PQgetisnull(result_.get(), row_, column) == 1;
}

int PostgresCursor::columns() const { return PQnfields(result_.get()); }

bool PostgresCursor::is(int column, std::initializer_list<unsigned> types, const char* wanted) {
    const unsigned type = PQftype(result_.get(), column);
    if (!is_null(column) && std::ranges::find(types, type) != types.end()) return true;
    wrong(column, wanted);
    return false;
}

std::int64_t PostgresCursor::integer(int column) {
    if (!is(column, {int8_type, int4_type, int2_type, bool_type}, "an integer")) return 0;
    const char* bytes = PQgetvalue(result_.get(), row_, column);
    switch (PQgetlength(result_.get(), row_, column)) {
    case 1: return *bytes;
    case 2: return static_cast<std::int16_t>(from_wire<std::uint16_t>(bytes));
    case 4: return static_cast<std::int32_t>(from_wire<std::uint32_t>(bytes));
    default: return static_cast<std::int64_t>(from_wire<std::uint64_t>(bytes));
    }
}

double PostgresCursor::real(int column) {
    const unsigned type = PQftype(result_.get(), column);
    if (type != float8_type && type != float4_type)
        return static_cast<double>(integer(column)); // which complains about anything else
    if (!is(column, {float8_type, float4_type}, "a number")) return 0;
    const char* bytes = PQgetvalue(result_.get(), row_, column);
    return type == float8_type
               ? std::bit_cast<double>(from_wire<std::uint64_t>(bytes))
               : static_cast<double>(std::bit_cast<float>(from_wire<std::uint32_t>(bytes)));
}

std::string_view PostgresCursor::text(int column) {
    if (!is(column, {text_type, varchar_type}, "text")) return {};
    return {PQgetvalue(result_.get(), row_, column),
            static_cast<std::size_t>(PQgetlength(result_.get(), row_, column))};
}

BytesView PostgresCursor::blob(int column) {
    if (!is(column, {bytea_type}, "bytes")) return {};
    return {reinterpret_cast<const std::uint8_t*>(PQgetvalue(result_.get(), row_, column)),
            static_cast<std::size_t>(PQgetlength(result_.get(), row_, column))};
}

std::int64_t PostgresCursor::changes() const {
    const std::string_view count = PQcmdTuples(result_.get());
    std::int64_t changed = 0;
    for (const char digit : count) changed = changed * 10 + (digit - '0');
    return changed;
}

} // namespace weft::store
