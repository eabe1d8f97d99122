// multipart/form-data (RFC 7578). Strict: what two readers might split differently is refused, not
// guessed. So nothing may stand before the first delimiter or after the last, a line that begins
// with the delimiter is one, lines end in CRLF, and a part has one Content-Disposition and no
// transfer encoding that would change its bytes.
#include "base/utf8.h"
#include "http/message.h"
#include "http/text.h"

#include <algorithm>

namespace weft::http {

namespace {

constexpr std::size_t boundary_bytes_max = 70; // RFC 2046, 5.1.1

std::unexpected<Error> malformed(std::string sentence) {
    return fail(Code::malformed, "This is not valid multipart/form-data: " + std::move(sentence));
}

/// `; name=value` after a header's first word. `name*` keeps its star.
struct Parameter {
    std::string name;
    std::string value;
};

/// Reads a quoted string that `rest` begins with. A backslash escapes a quote and a backslash and
/// is itself before anything else: file names of some clients hold bare ones.
std::optional<std::string> take_quoted(std::string_view& rest) {
    std::string value;
    for (std::size_t i = 1; i < rest.size(); ++i) {
        const char c = rest[i];
        if (c == '"') {
            rest.remove_prefix(i + 1);
            return value;
        }
        const bool escape =
            c == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\');
        value += escape ? rest[++i] : c;
    }
    return std::nullopt;
}

std::optional<std::string> take_value(std::string_view& rest) {
    if (rest.starts_with('"')) return take_quoted(rest);
    const std::string_view word = trimmed(rest.substr(0, rest.find(';')));
    rest.remove_prefix(std::min(rest.find(';'), rest.size()));
    if (word.empty() || word.find_first_of(" \t\"") != std::string_view::npos) return std::nullopt;
    return std::string(word);
}

/// The parameters of a header value; `rest` begins behind its first word. None twice.
Result<std::vector<Parameter>> parameters(std::string_view rest) {
    std::vector<Parameter> found;
    for (rest = trimmed(rest); !rest.empty(); rest = trimmed(rest)) {
        if (rest.front() != ';')
            return malformed("a parameter of a header is not separated by ';'.");
        rest = trimmed(rest.substr(1));
        if (rest.empty()) break;
        const std::size_t equals = rest.find('=');
        const std::string_view name = trimmed(rest.substr(0, equals));
        if (equals == std::string_view::npos || !is_token(name))
            return malformed("a parameter of a header has no name or no value.");
        rest = trimmed(rest.substr(equals + 1));
        auto value = take_value(rest);
        if (!value) return malformed("the value of a header's parameter is broken.");
        for (const Parameter& other : found)
            if (equal_without_case(other.name, name))
                return malformed("a header has a parameter twice.");
        found.push_back({std::string(name), std::move(*value)});
    }
    return found;
}

const std::string* find(const std::vector<Parameter>& all, std::string_view name) {
    for (const Parameter& each : all)
        if (equal_without_case(each.name, name)) return &each.value;
    return nullptr;
}

bool is_boundary(std::string_view text) {
    if (text.empty() || text.size() > boundary_bytes_max || text.back() == ' ') return false;
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos;
    });
}

Result<std::string> boundary_of(std::string_view content_type) {
    const std::string_view type = trimmed(content_type.substr(0, content_type.find(';')));
    if (!equal_without_case(type, "multipart/form-data"))
        return fail(Code::media_type, "This body must be multipart/form-data.");
    const auto found =
        TRY(parameters(content_type.substr(std::min(content_type.find(';'), content_type.size()))));
    const std::string* boundary = find(found, "boundary");
    if (!boundary) return malformed("its content type names no boundary.");
    if (!is_boundary(*boundary)) return malformed("its boundary is not one.");
    return *boundary;
}

/// Browsers write a quote, CR and LF in names as %22, %0D and %0A and escape nothing else.
std::string without_browser_escapes(std::string text) {
    for (std::size_t at = 0; (at = text.find("%22", at)) != std::string::npos; ++at)
        text.replace(at, 3, "\"");
    return text;
}

bool is_name(std::string_view text) {
    return is_utf8(text) && std::none_of(text.begin(), text.end(),
                                         [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

/// RFC 8187: `UTF-8''na%C3%AFve.txt`.
Result<std::string> extended_value(std::string_view text) {
    const std::size_t first = text.find('\'');
    const std::size_t second = first == std::string_view::npos ? first : text.find('\'', first + 1);
    if (second == std::string_view::npos || !equal_without_case(text.substr(0, first), "utf-8"))
        return malformed("filename* is not UTF-8''… .");
    auto decoded = percent_decode(text.substr(second + 1), false);
    if (!decoded) return malformed("filename* is not percent-encoded UTF-8.");
    return decoded;
}

Result<> read_disposition(Part& part, std::string_view value) {
    const std::size_t end = std::min(value.find(';'), value.size());
    if (!equal_without_case(trimmed(value.substr(0, end)), "form-data"))
        return malformed("a part's Content-Disposition is not form-data.");
    const auto found = TRY(parameters(value.substr(end)));
    const std::string* name = find(found, "name");
    if (!name || name->empty()) return malformed("a part has no name.");
    part.name = without_browser_escapes(*name);
    if (const std::string* extended = find(found, "filename*"))
        part.file_name = TRY(extended_value(*extended));
    else if (const std::string* plain = find(found, "filename"))
        part.file_name = without_browser_escapes(*plain);
    if (!is_name(part.name) || !is_name(part.file_name))
        return malformed("a name in it is not UTF-8, or has control characters.");
    part.file_name.erase(0, part.file_name.find_last_of("/\\") + 1); // npos + 1 = 0
    return {};
}

/// `head`: the lines of a part's header, each with its CRLF, without the empty line.
Result<Part> read_head(std::string_view head) {
    Part part;
    bool disposed = false;
    while (!head.empty()) {
        const std::string_view line = head.substr(0, head.find("\r\n"));
        head.remove_prefix(line.size() + 2);
        const std::size_t colon = line.find(':');
        const std::string_view name = line.substr(0, colon);
        if (colon == std::string_view::npos || !is_token(name) ||
            line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos)
            return malformed("a line of a part's header is broken.");
        const std::string_view value = trimmed(line.substr(colon + 1));
        if (equal_without_case(name, "content-disposition")) {
            if (disposed) return malformed("a part has two Content-Disposition headers.");
            disposed = true;
            TRY(read_disposition(part, value));
        } else if (equal_without_case(name, "content-type")) {
            part.media_type = value;
        } else if (equal_without_case(name, "content-transfer-encoding")) {
            if (!equal_without_case(value, "binary") && !equal_without_case(value, "8bit") &&
                !equal_without_case(value, "7bit"))
                return malformed("a part has a transfer encoding.");
        }
    }
    if (!disposed) return malformed("a part has no Content-Disposition.");
    if (part.media_type.empty())
        part.media_type = part.file_name.empty() ? "text/plain" : "application/octet-stream";
    return part;
}

/// What follows a delimiter.
enum class After { part, end, broken };

/// Takes the rest of a delimiter's line from `rest`.
After take_delimiter_end(std::string_view& rest) {
    const bool last = rest.starts_with("--");
    if (last) rest.remove_prefix(2);
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    if (last && rest.empty()) return After::end;
    if (!rest.starts_with("\r\n")) return After::broken;
    rest.remove_prefix(2);
    return last ? After::end : After::part;
}

/// Takes one part, its head and its body up to the delimiter, from `rest`.
Result<Part> take_part(std::string_view& rest, std::string_view delimiter,
                       const MultipartLimits& limits) {
    const std::size_t head_end = rest.find("\r\n\r\n");
    if (head_end != std::string_view::npos && head_end > limits.part_header_bytes_max)
        return fail(Code::too_large, "The header of a part of this form is too long.");
    if (head_end == std::string_view::npos) return malformed("it ends early.");
    Part part = TRY(read_head(rest.substr(0, head_end + 2)));
    rest.remove_prefix(head_end +
                       2); // the CRLF that is left belongs to a delimiter right behind it
    const std::size_t body_end = rest.find(delimiter, 2);
    const bool empty = rest.starts_with(delimiter);
    if (!empty && body_end == std::string_view::npos) return malformed("it ends early.");
    const std::string_view body = empty ? std::string_view() : rest.substr(2, body_end - 2);
    if (body.size() > limits.part_bytes_max)
        return fail(Code::too_large, "A part of this form is too large.");
    part.body = body;
    rest.remove_prefix((empty ? 0 : body_end) + delimiter.size());
    return part;
}

} // namespace

Result<std::vector<Part>> parse_multipart(std::string_view content_type, std::string_view body,
                                          const MultipartLimits& limits) {
    const std::string delimiter = "\r\n--" + TRY(boundary_of(content_type));
    const std::string_view first = std::string_view(delimiter).substr(2);
    std::string_view rest = body;
    if (!rest.starts_with(first)) return malformed("it does not begin with its boundary.");
    rest.remove_prefix(first.size());

    std::vector<Part> parts;
    for (;;) {
        switch (take_delimiter_end(rest)) {
        case After::broken:
            return malformed("something stands behind a boundary, or it ends there.");
        case After::end:
            if (rest.find_first_not_of(" \t\r\n") != std::string_view::npos)
                return malformed("something stands behind its end.");
            return parts;
        case After::part: break;
        }
        if (parts.size() == limits.parts_max)
            return fail(Code::too_large, "This form has too many parts.");
        parts.push_back(TRY(take_part(rest, delimiter, limits)));
    }
}

} // namespace weft::http
