#pragma once

#include "expr/filters.h"
#include "json/json.h"

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace re2 {
class RE2;
}

namespace weft::expr {

enum class Root { goal, inputs, agents, trigger, files, now };

/// `.name` or `["name"]`, or `[0]`; negative numbers count from the end.
using Key = std::variant<std::string, std::int64_t>;

struct Path {
    Root root = Root::inputs;
    std::vector<Key> keys;
};

enum class Comparison { eq, ne, lt, le, gt, ge, in, contains, matches };

/// One node of an expression. Only parentheses nest; chains of `and`, `or` and `|` are flat, so
/// that depth is bounded by nesting_max.
struct Node {
    enum class Kind { any_of, all_of, negation, comparison, pipe, literal, path };
    Kind kind = Kind::literal;
    std::size_t at = 0; ///< byte in the source

    std::vector<Node> parts; ///< any_of, all_of: two or more; negation, pipe: 1; comparison: 2
    Comparison comparison{};
    std::shared_ptr<const re2::RE2> pattern; ///< of `matches` with a literal on its right
    std::vector<Filter> filters;             ///< pipe
    json::value literal;
    Path path;
};

struct Piece {
    std::string text;
    std::optional<Node> expression; ///< then `text` is empty
};

/// What Template and Expression share.
struct Program {
    std::string source;
    std::vector<Piece> pieces; ///< of an expression: one
    std::vector<std::string> variables;
    std::vector<std::string> agents;
};

/// "Line 2, column 7: …": columns count code points from 1. invalid.
std::unexpected<Error> fail_at(std::string_view source, std::size_t at, std::string_view sentence);

/// "inputs.city", "agents[\"First one\"].data", "files[0]"
std::string to_text(const Path& path);

/// Compiles a pattern within the limits of expr.h. invalid: RE2's own words.
Result<std::shared_ptr<const re2::RE2>> compile_pattern(std::string_view pattern);

enum class Form { text_with_expressions, one_expression };
Result<std::shared_ptr<const Program>> parse(std::string_view source, Form form);

} // namespace weft::expr
