#include "models/tokens.h"

#include "base/utf8.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace weft::models {

namespace {

enum class Kind {
    lower,
    upper,
    latin,   ///< letters of Western Europe: é, ß
    latin_2, ///< other Latin letters: ł, ş, ế
    digit,
    newline,
    space,
    mark, ///< ASCII punctuation
    weighed,
    end,
};

/// Scripts by their first and last code point, and tokens for each of their characters.
struct Script {
    char32_t first, last;
    double tokens;
};
constexpr Script scripts[] = {
    {0x0370, 0x03FF, 0.46},   // Greek
    {0x0400, 0x052F, 0.32},   // Cyrillic
    {0x0590, 0x05FF, 0.46},   // Hebrew
    {0x0600, 0x077F, 0.37},   // Arabic
    {0x0900, 0x0DFF, 0.38},   // of India
    {0x0E00, 0x0E7F, 0.43},   // Thai
    {0x1100, 0x11FF, 0.76},   // Hangul
    {0x2000, 0x206F, 1},      // dashes, quotes, joiners
    {0x2600, 0x27FF, 2},      // pictures
    {0x3000, 0x303F, 0.9},    // CJK punctuation
    {0x3040, 0x30FF, 0.84},   // Kana
    {0x3400, 0x9FFF, 0.84},   // Han
    {0xAC00, 0xD7AF, 0.76},   // Hangul
    {0xFE00, 0xFE0F, 1},      // variants of pictures
    {0xFF00, 0xFF60, 0.9},    // wide forms
    {0x1F000, 0x1FFFF, 2},    // pictures
    {0x20000, 0x2FFFF, 0.84}, // Han
};
constexpr double other_tokens = 1.5;

constexpr Kind ascii_kind(char32_t c) {
    if (c >= 'a' && c <= 'z') return Kind::lower;
    if (c >= 'A' && c <= 'Z') return Kind::upper;
    if (c >= '0' && c <= '9') return Kind::digit;
    if (c == '\n' || c == '\r') return Kind::newline;
    return c == ' ' || c == '\t' ? Kind::space : Kind::mark;
}

constexpr std::array<Kind, 0x80> ascii_kinds = [] {
    std::array<Kind, 0x80> all{};
    for (char32_t c = 0; c < all.size(); ++c) all.at(c) = ascii_kind(c);
    return all;
}();

Kind kind_of(char32_t c) {
    if (c < 0xC0) return Kind::mark;
    if (c < 0x100) return c == 0xD7 || c == 0xF7 ? Kind::mark : Kind::latin;
    return c < 0x250 ? Kind::latin_2 : Kind::weighed;
}

double weight_of(char32_t c) {
    for (const Script& script : scripts)
        if (c >= script.first && c <= script.last) return script.tokens;
    return other_tokens;
}

bool is_letter(Kind kind) { return kind <= Kind::latin_2; }
bool is_small(Kind kind) { return is_letter(kind) && kind != Kind::upper; }

struct Char {
    Kind kind = Kind::end;
    double weight = 0;
};

/// Bytes that are no UTF-8 count as one token each.
std::vector<Char> chars_of(std::string_view text) {
    std::vector<Char> out;
    out.reserve(text.size() + 1);
    while (!text.empty()) {
        char32_t c = static_cast<unsigned char>(text[0]);
        if (c < ascii_kinds.size()) {
            out.push_back({ascii_kinds.at(c)});
            text.remove_prefix(1);
            continue;
        }
        const std::size_t size = utf8_sequence_bytes(text);
        if (size > 1) c &= 0x7FU >> size;
        for (std::size_t at = 1; at < size; ++at)
            c = (c << 6U) | (static_cast<unsigned char>(text[at]) & 0x3FU);
        const Kind kind = size == 0 ? Kind::weighed : kind_of(c);
        out.push_back({kind, size == 0 ? 1 : kind == Kind::weighed ? weight_of(c) : 0});
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    out.emplace_back();
    return out;
}

/// Vocabularies hold most English words whole and fewer of those of languages that write more than
/// ASCII: 0 for none of their letters, 1 from a tenth on.
double foreignness(const std::vector<Char>& chars) {
    double letters = 0;
    double marked = 0;
    for (const Char& c : chars) {
        if (is_letter(c.kind)) ++letters;
        if (c.kind == Kind::latin) marked += 1;
        if (c.kind == Kind::latin_2) marked += 1.6;
    }
    return letters > 0 ? std::min(1.0, marked / letters / 0.10) : 0;
}

class Counter {
public:
    explicit Counter(std::string_view text)
        : chars_(chars_of(text)), foreign_(foreignness(chars_)) {}

    double count() {
        double tokens = 0;
        while (chars_[at_].kind != Kind::end) tokens += next_piece();
        return tokens;
    }

private:
    template <class Is> std::size_t take(Is is) {
        const std::size_t from = at_;
        while (chars_[at_].kind != Kind::end && is(chars_[at_].kind)) ++at_;
        return at_ - from;
    }

    double next_piece() {
        const Kind kind = chars_[at_].kind;
        if (is_letter(kind)) return word();
        if (kind == Kind::digit)
            return std::ceil(
                static_cast<double>(take([](Kind each) { return each == Kind::digit; })) / 3);
        if (kind == Kind::space || kind == Kind::newline) return white();
        if (kind == Kind::mark) return marks();
        return chars_[at_++].weight;
    }

    /// Capitals, then small letters: where the case changes back, another word begins.
    double word() {
        const bool glued =
            at_ > 0 && (chars_[at_ - 1].kind == Kind::lower || chars_[at_ - 1].kind == Kind::digit);
        const auto capitals =
            static_cast<double>(take([](Kind kind) { return kind == Kind::upper; }));
        const auto length = capitals + static_cast<double>(take(is_small));
        if (length == capitals) {
            const bool in_a_code = glued || chars_[at_].kind == Kind::digit;
            return std::ceil(capitals / (in_a_code ? 1.8 : 6));
        }
        const double free = 8 - 5.5 * foreign_;
        double tokens = length <= free ? 1 : 1 + (length - free) / (4 - 0.5 * foreign_);
        if (capitals > 2) tokens += (capitals - 2) / 1.5;
        if (length <= 2 && capitals > 0 && chars_[at_].kind != Kind::space) tokens += 0.2;
        return tokens;
    }

    /// One space belongs to the word behind it.
    double white() {
        bool breaks = false;
        const auto length = static_cast<double>(take([&breaks](Kind kind) {
            breaks |= kind == Kind::newline;
            return kind == Kind::newline || kind == Kind::space;
        }));
        if (breaks) return 1 + std::floor(length / 40);
        if (length > 1) return 1 + std::floor(length / 80);
        return chars_[at_].kind == Kind::digit ? 1 : 0;
    }

    /// One mark often belongs to the word behind it.
    double marks() {
        const std::size_t length = take([](Kind kind) { return kind == Kind::mark; });
        const bool before_word = chars_[at_].kind == Kind::lower || chars_[at_].kind == Kind::upper;
        return std::ceil(static_cast<double>(length) / 2.6) -
               (length == 1 && before_word ? 0.45 : 0);
    }

    std::vector<Char> chars_;
    double foreign_;
    std::size_t at_ = 0;
};

constexpr std::int64_t tokens_around_message = 4;
constexpr std::int64_t tokens_around_tool = 12;

} // namespace

std::int64_t count_tokens(std::string_view text) {
    return static_cast<std::int64_t>(std::ceil(Counter(text).count()));
}

std::int64_t count_input_tokens(const ModelRequest& request) {
    std::int64_t tokens = 0;
    for (const Message& message : request.messages) {
        tokens += tokens_around_message + count_tokens(message.text);
        for (const ToolCall& call : message.calls)
            tokens += tokens_around_message + count_tokens(call.name) +
                      count_tokens(to_text(call.arguments));
    }
    for (const Tool& tool : request.tools)
        tokens += tokens_around_tool + count_tokens(tool.name) + count_tokens(tool.description) +
                  count_tokens(to_text(to_json_schema(tool.input)));
    for (const Document& document : request.documents)
        tokens += tokens_around_tool + count_tokens(document.name) + count_tokens(document.text);
    return tokens;
}

} // namespace weft::models
