#include "connectors/file_text.h"

#include "base/utf8.h"
#include "store/files.h"

namespace weft::connectors {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::string from_latin_1(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size() + bytes.size() / 8);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            text += c;
        } else {
            text += static_cast<char>(0xC0 | byte >> 6);
            text += static_cast<char>(0x80 | (byte & 0x3F));
        }
    }
    return text;
}

} // namespace

std::size_t byte_of(std::string_view utf8, std::int64_t index) {
    for (std::size_t i = 0; i < utf8.size(); ++i)
        if (!is_continuation(utf8[i]) && index-- <= 0) return i;
    return utf8.size();
}

std::string_view first_bytes(std::string_view utf8, std::size_t bytes_max) {
    if (utf8.size() <= bytes_max) return utf8;
    while (bytes_max > 0 && is_continuation(utf8[bytes_max])) --bytes_max;
    return utf8.substr(0, bytes_max);
}

std::int64_t characters_of(std::string_view utf8) {
    return std::ranges::count_if(utf8, [](char c) { return !is_continuation(c); });
}

Result<std::string> text_of(std::string bytes) {
    if (bytes.contains('\0') || bytes.starts_with("%PDF-"))
        return fail(Code::invalid,
                    "This file is no text; this version of Weft reads text files only.");
    if (!is_utf8(bytes)) return from_latin_1(bytes);
    if (bytes.starts_with(byte_order_mark)) bytes.erase(0, byte_order_mark.size());
    return bytes;
}

Task<Result<File>> find_file(store::Store& store, const Scope& scope, FileId id) {
    return store.read_point(
        [&scope, id](store::Rx& rx) { return store::files::find(rx, scope, id); });
}

Task<Result<std::string>> read_text(store::Store& store, Scope scope, File file) {
    if (file.status != FileStatus::ready)
        co_return fail(Code::conflict, file.name + " is not there yet: it has not been uploaded.");
    if (file.size > text_file_bytes_max)
        co_return fail(Code::too_large,
                       fmt::format("{} is longer than {} bytes, the most that is read as text.",
                                   file.name, text_file_bytes_max));
    std::string bytes = CO_TRY(store.read_file(scope.project, file.id));
    auto text = text_of(std::move(bytes));
    if (!text) text.error().message = file.name + ": " + text.error().message;
    co_return text;
}

} // namespace weft::connectors
