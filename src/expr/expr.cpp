#include "expr/expr.h"

#include "expr/evaluate.h"
#include "expr/lexer.h"
#include "expr/syntax.h"

namespace weft::expr {

Result<Template> Template::compile(std::string_view source) {
    return Template(TRY(parse(source, Form::text_with_expressions)));
}

Result<std::string> Template::render(const Roots& roots) const {
    Evaluation evaluation(*program_, roots);
    std::string out;
    for (const Piece& piece : program_->pieces) {
        if (piece.expression) {
            TRY(evaluation.print_to(out, *piece.expression));
        } else if (out.size() + piece.text.size() > text_bytes_max) {
            return fail(Code::invalid,
                        fmt::format("The text is longer than {} bytes.", text_bytes_max));
        } else {
            out += piece.text;
        }
    }
    return out;
}

Result<std::string> Template::render(const Roots& roots, Encoder& encoder) const {
    Evaluation evaluation(*program_, roots);
    std::string out;
    for (const Piece& piece : program_->pieces) {
        if (piece.expression) {
            out += TRY(encoder.encode(TRY(evaluation.value(*piece.expression))));
        } else {
            encoder.pass(piece.text);
            out += piece.text;
        }
        if (out.size() > text_bytes_max)
            return fail(Code::invalid,
                        fmt::format("The text is longer than {} bytes.", text_bytes_max));
    }
    return out;
}

const std::vector<std::string>& Template::variables() const { return program_->variables; }
const std::vector<std::string>& Template::agents() const { return program_->agents; }

Result<Expression> Expression::compile(std::string_view source) {
    return Expression(TRY(parse(source, Form::one_expression)));
}

Result<json::value> Expression::evaluate(const Roots& roots) const {
    return Evaluation(*program_, roots).value(*program_->pieces[0].expression);
}

Result<bool> Expression::holds(const Roots& roots) const {
    return Evaluation(*program_, roots).holds(*program_->pieces[0].expression);
}

const std::vector<std::string>& Expression::variables() const { return program_->variables; }
const std::vector<std::string>& Expression::agents() const { return program_->agents; }

bool is_expression(std::string_view condition) {
    constexpr std::string_view space = " \t\r\n";
    const std::size_t first = std::min(condition.find_first_not_of(space), condition.size());
    const std::string_view text =
        condition.substr(first, condition.find_last_not_of(space) + 1 - first);
    if (!text.starts_with("{{") || text.starts_with("{{{{") || !text.ends_with("}}") ||
        text.size() < 4)
        return false;
    Lexer lexer(text, 2);
    for (;;) {
        const auto token = lexer.next();
        if (!token || token->kind == Token::Kind::end) return true;
        if (token->kind == Token::Kind::close) return lexer.at() == text.size();
    }
}

} // namespace weft::expr
