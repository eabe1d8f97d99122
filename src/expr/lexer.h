#pragma once

#include "json/json.h"

#include <string>
#include <string_view>

namespace weft::expr {

struct Token {
    enum class Kind { name, string, number, symbol, close, end };
    Kind kind = Kind::end;
    std::size_t at = 0; ///< byte in the source
    std::string text;   ///< of a string: its value; of the others as written
    json::value number;
};

/// Cuts an expression into tokens, from a byte of the source on. `source` must outlive it.
class Lexer {
public:
    Lexer(std::string_view source, std::size_t at) : source_(source), at_(at) {}

    /// The next token; `close` for "}}", `end` after the last byte. invalid: a character or a
    /// literal that no token can have, at its position.
    Result<Token> next();
    /// After the last token.
    std::size_t at() const { return at_; }

private:
    Result<Token> string(char quote);
    Result<> escape(std::string& out);
    Result<std::uint32_t> hex4();
    Result<Token> number();

    std::string_view source_;
    std::size_t at_;
};

} // namespace weft::expr
