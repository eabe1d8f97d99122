#include "store/connection.h"

namespace weft::store {

void Cursor::begin(const char* name) {
    name_ = name;
    wrong_.clear();
}

void Cursor::fixed(int column, std::span<std::uint8_t> out) {
    const BytesView bytes = blob(column);
    if (bytes.size() == out.size())
        std::ranges::copy(bytes, out.begin());
    else
        wrong(column, "an id");
}

void Cursor::wrong(int column, const char* wanted) {
    if (wrong_.empty()) wrong_ = fmt::format("{}: column {} is not {}", name_, column, wanted);
}

Result<> Cursor::fault() const {
    if (wrong_.empty()) return {};
    return fail(Code::internal, "The store could not read what it holds.", wrong_);
}

std::unexpected<Error> Connection::too_many(const char* name) {
    return fail(Code::too_large, "The answer has too many rows: ask for a page of it.",
                fmt::format("{}: more than {} rows", name, rows_max));
}

} // namespace weft::store
