#include "expr/expr.h"
#include "expr/lexer.h"
#include "expr/syntax.h"
#include "expr/text.h"

#include <re2/re2.h>

namespace weft::expr {

namespace {

constexpr std::string_view reserved[] = {"and",     "or",   "not",   "in",  "contains",
                                         "matches", "true", "false", "null"};
constexpr std::pair<std::string_view, Root> root_names[] = {
    {"goal", Root::goal},       {"inputs", Root::inputs}, {"agents", Root::agents},
    {"trigger", Root::trigger}, {"files", Root::files},   {"now", Root::now},
};
constexpr std::pair<std::string_view, Comparison> comparisons[] = {
    {"==", Comparison::eq},
    {"!=", Comparison::ne},
    {"<", Comparison::lt},
    {"<=", Comparison::le},
    {">", Comparison::gt},
    {">=", Comparison::ge},
    {"in", Comparison::in},
    {"contains", Comparison::contains},
    {"matches", Comparison::matches},
};

void add_once(std::vector<std::string>& names, const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

/// Recursive descent, one function for each rule of the grammar in docs/templates.md.
class Parser {
public:
    Parser(std::string_view source, Program& program)
        : source_(source), program_(program), lexer_(source, 0) {}

    /// The expression at `at`, up to its "}}" or, without braces, to the end. Returns the byte
    /// after it.
    Result<std::size_t> whole(std::size_t at, Token::Kind until, Node& out) {
        lexer_ = Lexer(source_, at);
        TRY(advance());
        if (token_.kind == until)
            return fail_at(source_, token_.at, "There is no expression here.");
        if (token_.kind == Token::Kind::end) return fail_open(at);
        out = TRY(expression());
        if (token_.kind == until) return lexer_.at();
        if (token_.kind == Token::Kind::end) return fail_open(at);
        if (is_comparison())
            return fail_at(source_, token_.at, "Comparisons do not chain; join them with \"and\".");
        return fail_at(source_, token_.at,
                       fmt::format("\"{}\" does not belong here.", head(token_.text, 60)));
    }

private:
    Result<> advance() {
        token_ = TRY(lexer_.next());
        return {};
    }
    std::unexpected<Error> fail_open(std::size_t at) const {
        return fail_at(source_, at - 2, "This {{ has no closing }}.");
    }
    bool is_symbol(std::string_view text) const {
        return token_.kind == Token::Kind::symbol && token_.text == text;
    }
    bool is_word(std::string_view text) const {
        return token_.kind == Token::Kind::name && token_.text == text;
    }
    bool is_comparison() const { return comparison() != nullptr; }
    const std::pair<std::string_view, Comparison>* comparison() const {
        for (const auto& each : comparisons)
            if (is_symbol(each.first) || is_word(each.first)) return &each;
        return nullptr;
    }
    Result<> expect(std::string_view symbol) {
        if (is_symbol(symbol)) return advance();
        return fail_at(source_, token_.at, fmt::format("A \"{}\" is missing here.", symbol));
    }

    /// expr = and { "or" and }
    Result<Node> expression() { return chain("or", Node::Kind::any_of, &Parser::all_of); }
    /// and = not { "and" not }
    Result<Node> all_of() { return chain("and", Node::Kind::all_of, &Parser::negation); }

    Result<Node> chain(std::string_view word, Node::Kind kind, Result<Node> (Parser::*part)()) {
        Node first = TRY((this->*part)());
        if (!is_word(word)) return first;
        Node out{kind, first.at};
        out.parts.push_back(std::move(first));
        while (is_word(word)) {
            TRY(advance());
            out.parts.push_back(TRY((this->*part)()));
        }
        return out;
    }

    /// not = [ "not" ] cmp
    Result<Node> negation() {
        if (!is_word("not")) return compared();
        Node out{Node::Kind::negation, token_.at};
        TRY(advance());
        out.parts.push_back(TRY(compared()));
        return out;
    }

    /// cmp = pipe [ operator pipe ]
    Result<Node> compared() {
        Node left = TRY(pipe());
        const auto* found = comparison();
        if (!found) return left;
        Node out{Node::Kind::comparison, token_.at};
        out.comparison = found->second;
        TRY(advance());
        out.parts.push_back(std::move(left));
        out.parts.push_back(TRY(pipe()));
        const Node& right = out.parts[1];
        if (out.comparison == Comparison::matches && right.kind == Node::Kind::literal) {
            if (!right.literal.is_string())
                return fail_at(source_, right.at, "matches takes a pattern: a string.");
            auto pattern = compile_pattern(right.literal.get_string());
            if (!pattern) return fail_at(source_, right.at, pattern.error().message);
            out.pattern = *std::move(pattern);
        }
        return out;
    }

    /// pipe = atom { "|" name [ "(" literal { "," literal } ")" ] }
    Result<Node> pipe() {
        Node inner = TRY(atom());
        if (!is_symbol("|")) return inner;
        Node out{Node::Kind::pipe, inner.at};
        out.parts.push_back(std::move(inner));
        while (is_symbol("|")) {
            TRY(advance());
            out.filters.push_back(TRY(filter()));
        }
        return out;
    }

    Result<Filter> filter() {
        if (token_.kind != Token::Kind::name)
            return fail_at(source_, token_.at, "The name of a filter is missing here.");
        const Token name = token_;
        TRY(advance());
        std::vector<json::value> arguments;
        if (is_symbol("(")) {
            do {
                TRY(advance());
                arguments.push_back(TRY(literal()));
            } while (is_symbol(","));
            TRY(expect(")"));
        }
        auto made = make_filter(name.text, std::move(arguments));
        if (!made) return fail_at(source_, name.at, made.error().message);
        made->at = name.at;
        return made;
    }

    bool is_literal() const {
        return token_.kind == Token::Kind::string || token_.kind == Token::Kind::number ||
               is_word("true") || is_word("false") || is_word("null");
    }

    Result<json::value> literal() {
        if (!is_literal())
            return fail_at(source_, token_.at,
                           "A string, a number, true, false or null is missing here.");
        json::value out;
        if (token_.kind == Token::Kind::string) out = token_.text;
        if (token_.kind == Token::Kind::number) out = token_.number;
        if (is_word("true") || is_word("false")) out = is_word("true");
        TRY(advance());
        return out;
    }

    /// atom = string | number | "true" | "false" | "null" | path | "(" expr ")"
    Result<Node> atom() {
        Node out{Node::Kind::literal, token_.at};
        if (is_literal()) {
            out.literal = TRY(literal());
            return out;
        }
        if (is_symbol("(")) {
            if (++depth_ > nesting_max)
                return fail_at(
                    source_, token_.at,
                    fmt::format("More than {} parentheses inside each other.", nesting_max));
            TRY(advance());
            Node inner = TRY(expression());
            --depth_;
            TRY(expect(")"));
            return inner;
        }
        if (token_.kind != Token::Kind::name)
            return fail_at(source_, token_.at, "A value is missing here.");
        if (std::ranges::find(reserved, token_.text) != std::end(reserved))
            return fail_at(
                source_, token_.at,
                fmt::format(
                    "A value is missing before \"{0}\" (an input of that name is inputs.{0}).",
                    token_.text));
        out.kind = Node::Kind::path;
        out.path = TRY(path());
        return out;
    }

    /// path = name { "." name | "[" ( integer | string ) "]" }
    Result<Path> path() {
        Path out;
        const auto root =
            std::ranges::find(root_names, token_.text, &std::pair<std::string_view, Root>::first);
        if (root != std::end(root_names))
            out.root = root->second;
        else
            out.keys.emplace_back(token_.text);
        TRY(advance());
        while (is_symbol(".") || is_symbol("[")) out.keys.push_back(TRY(key()));
        note(out);
        return out;
    }

    Result<Key> key() {
        const bool dot = is_symbol(".");
        TRY(advance());
        Key out;
        if (dot) {
            if (token_.kind != Token::Kind::name)
                return fail_at(source_, token_.at,
                               "A name is missing after the dot; write [\"…\"] for other keys.");
            out = token_.text;
        } else if (token_.kind == Token::Kind::string) {
            out = token_.text;
        } else if (token_.kind == Token::Kind::number && token_.number.is_int64()) {
            out = token_.number.get_int64();
        } else {
            return fail_at(source_, token_.at,
                           "A whole number or a string is missing after the \"[\".");
        }
        TRY(advance());
        if (!dot) TRY(expect("]"));
        return out;
    }

    void note(const Path& path) {
        if (path.keys.empty()) return;
        const auto* name = std::get_if<std::string>(&path.keys[0]);
        if (name && path.root == Root::inputs) add_once(program_.variables, *name);
        if (name && path.root == Root::agents) add_once(program_.agents, *name);
    }

    std::string_view source_;
    Program& program_;
    Lexer lexer_;
    Token token_;
    int depth_ = 0;
};

Result<> parse_text(std::string_view source, Program& program, Parser& parser) {
    for (std::size_t at = 0; at < source.size();) {
        const std::size_t open = std::min(source.find("{{", at), source.size());
        if (open > at) program.pieces.push_back({std::string(source.substr(at, open - at)), {}});
        if (open == source.size()) break;
        if (source.substr(open).starts_with("{{{{")) {
            program.pieces.push_back({"{{", {}});
            at = open + 4;
            continue;
        }
        Piece piece;
        at = TRY(parser.whole(open + 2, Token::Kind::close, piece.expression.emplace()));
        program.pieces.push_back(std::move(piece));
    }
    return {};
}

} // namespace

Result<std::shared_ptr<const Program>> parse(std::string_view source, Form form) {
    if (source.size() > source_bytes_max)
        return fail(Code::invalid,
                    fmt::format("The text is longer than {} bytes.", source_bytes_max));
    auto program = std::make_shared<Program>();
    program->source = source;
    Parser parser(program->source, *program);
    if (form == Form::text_with_expressions) {
        TRY(parse_text(program->source, *program, parser));
        return program;
    }
    Piece piece;
    const std::size_t first = std::min(source.find_first_not_of(" \t\r\n"), source.size());
    const bool braces = source.substr(first).starts_with("{{");
    const std::size_t end =
        TRY(parser.whole(braces ? first + 2 : first, braces ? Token::Kind::close : Token::Kind::end,
                         piece.expression.emplace()));
    const std::size_t more = source.find_first_not_of(" \t\r\n", end);
    if (more != source.npos) return fail_at(source, more, "Nothing may follow the expression.");
    program->pieces.push_back(std::move(piece));
    return program;
}

std::unexpected<Error> fail_at(std::string_view source, std::size_t at, std::string_view sentence) {
    const std::string_view before = source.substr(0, at);
    const auto lines = std::count(before.begin(), before.end(), '\n');
    const std::size_t line_start = before.rfind('\n') == before.npos ? 0 : before.rfind('\n') + 1;
    return fail(Code::invalid, fmt::format("Line {}, column {}: {}", lines + 1,
                                           code_points(before.substr(line_start)) + 1, sentence));
}

std::string to_text(const Path& path) {
    const auto root =
        std::ranges::find(root_names, path.root, &std::pair<std::string_view, Root>::second);
    std::string out(root->first);
    for (const Key& key : path.keys) {
        if (const auto* index = std::get_if<std::int64_t>(&key)) {
            out += fmt::format("[{}]", *index);
            continue;
        }
        const std::string& name = std::get<std::string>(key);
        const bool plain = !name.empty() && (name[0] < '0' || name[0] > '9') &&
                           std::ranges::all_of(name, [](unsigned char c) {
                               return std::isalnum(c) || c == '_' || c >= 0x80;
                           });
        out += plain ? "." + name : fmt::format("[\"{}\"]", name);
    }
    return out;
}

Result<std::shared_ptr<const re2::RE2>> compile_pattern(std::string_view pattern) {
    if (pattern.size() > pattern_bytes_max)
        return fail(Code::invalid,
                    fmt::format("The pattern is longer than {} bytes.", pattern_bytes_max));
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(1 << 20);
    auto compiled =
        std::make_shared<const re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
    if (!compiled->ok())
        return fail(Code::invalid, fmt::format("The pattern is wrong: {}.", compiled->error()));
    if (compiled->ProgramSize() > pattern_instructions_max)
        return fail(Code::invalid, "The pattern is too large.");
    return compiled;
}

} // namespace weft::expr
