#include "expr/lexer.h"

#include "expr/syntax.h"

#include <charconv>
#include <cmath>

namespace weft::expr {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Letters, the underscore and all beyond ASCII.
bool begins_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

void append_utf8(std::string& out, std::uint32_t code) {
    if (code < 0x80) {
        out.push_back(static_cast<char>(code));
        return;
    }
    const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    constexpr unsigned char first[] = {0, 0xC0, 0xE0, 0xF0};
    out.push_back(static_cast<char>(first[more] | (code >> (6 * more))));
    for (int i = more - 1; i >= 0; --i)
        out.push_back(static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3F)));
}

} // namespace

Result<Token> Lexer::next() {
    while (at_ < source_.size() &&
           std::string_view(" \t\r\n").find(source_[at_]) != std::string_view::npos)
        ++at_;
    if (at_ == source_.size()) return Token{Token::Kind::end, at_, {}, {}};

    const char c = source_[at_];
    if (c == '"' || c == '\'') return string(c);
    const bool minus = c == '-' && at_ + 1 < source_.size() && is_digit(source_[at_ + 1]);
    if (is_digit(c) || minus) return number();
    const std::size_t from = at_;
    if (begins_name(c)) {
        while (at_ < source_.size() && (begins_name(source_[at_]) || is_digit(source_[at_]))) ++at_;
        return Token{Token::Kind::name, from, std::string(source_.substr(from, at_ - from)), {}};
    }
    for (const std::string_view symbol :
         {"}}", "==", "!=", "<=", ">=", "<", ">", "|", "(", ")", ",", ".", "[", "]"}) {
        if (!source_.substr(at_).starts_with(symbol)) continue;
        at_ += symbol.size();
        return Token{symbol == "}}" ? Token::Kind::close : Token::Kind::symbol,
                     from,
                     std::string(symbol),
                     {}};
    }
    if (c == '=') return fail_at(source_, at_, "Write == to compare.");
    if (c == '&') return fail_at(source_, at_, "Write \"and\".");
    if (c == '!') return fail_at(source_, at_, "Write \"not\".");
    return fail_at(source_, at_, fmt::format("\"{}\" means nothing in an expression.", c));
}

Result<Token> Lexer::string(char quote) {
    Token token{Token::Kind::string, at_++, {}, {}};
    while (at_ < source_.size() && source_[at_] != quote) {
        if (source_[at_] == '\\')
            TRY(escape(token.text));
        else
            token.text.push_back(source_[at_++]);
    }
    if (at_ == source_.size())
        return fail_at(source_, token.at, "This string has no closing quote.");
    ++at_;
    return token;
}

Result<> Lexer::escape(std::string& out) {
    const std::size_t from = at_++;
    const char c = at_ < source_.size() ? source_[at_++] : '\0';
    switch (c) {
    case '\\':
    case '/':
    case '"':
    case '\'': out.push_back(c); return {};
    case 'n': out.push_back('\n'); return {};
    case 'r': out.push_back('\r'); return {};
    case 't': out.push_back('\t'); return {};
    case 'u': break;
    default:
        return fail_at(source_, from,
                       "A \\ in a string is followed by one of n r t u \\ / \" '; write \\\\ for a "
                       "single \\.");
    }
    std::uint32_t code = TRY(hex4());
    if (code >= 0xD800 && code < 0xDC00 && source_.substr(at_).starts_with("\\u")) {
        at_ += 2;
        const std::uint32_t low = TRY(hex4());
        if (low < 0xDC00 || low > 0xDFFF)
            return fail_at(source_, from, "This \\u pair is no character.");
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    if (code >= 0xD800 && code < 0xE000)
        return fail_at(source_, from, "This \\u is half a character.");
    append_utf8(out, code);
    return {};
}

Result<std::uint32_t> Lexer::hex4() {
    std::uint32_t code = 0;
    const std::string_view digits = source_.substr(at_, 4);
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), code, 16);
    if (error != std::errc() || digits.size() != 4 || end != digits.end())
        return fail_at(source_, at_, "\\u is followed by four hex digits.");
    at_ += 4;
    return code;
}

Result<Token> Lexer::number() {
    Token token{Token::Kind::number, at_, {}, {}};
    const auto digits = [&] {
        const std::size_t from = at_;
        while (at_ < source_.size() && is_digit(source_[at_])) ++at_;
        return at_ > from;
    };
    if (source_[at_] == '-') ++at_;
    const bool leading_zero =
        source_.substr(at_, 2).size() == 2 && source_[at_] == '0' && is_digit(source_[at_ + 1]);
    digits();
    bool whole = true;
    bool complete = !leading_zero;
    if (at_ < source_.size() && source_[at_] == '.') {
        ++at_;
        whole = false;
        complete = digits() && complete;
    }
    if (at_ < source_.size() && (source_[at_] == 'e' || source_[at_] == 'E')) {
        ++at_;
        whole = false;
        if (at_ < source_.size() && (source_[at_] == '+' || source_[at_] == '-')) ++at_;
        complete = digits() && complete;
    }
    if (at_ < source_.size() && begins_name(source_[at_]))
        return fail_at(source_, token.at, "A name cannot begin with a digit; write [\"…\"].");
    token.text = source_.substr(token.at, at_ - token.at);
    const char* end = token.text.data() + token.text.size();
    std::int64_t integer = 0;
    double fraction = 0;
    const auto parsed = whole ? std::from_chars(token.text.data(), end, integer)
                              : std::from_chars(token.text.data(), end, fraction);
    if (!complete)
        return fail_at(source_, token.at, "This is no number: numbers are written as in JSON.");
    if (parsed.ec != std::errc() || parsed.ptr != end)
        return fail_at(source_, token.at, "This number is too large.");
    if (whole)
        token.number = integer;
    else
        token.number = fraction;
    return token;
}

} // namespace weft::expr
