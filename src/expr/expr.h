#pragma once

#include "base/time.h"
#include "json/json.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// Templates and conditions: a total language over plain JSON values. No functions, no loops, no
/// way to call anything; every evaluation ends within the limits below. docs/templates.md is its
/// reference.
namespace weft::expr {

inline constexpr std::size_t source_bytes_max = 64 * 1024;
inline constexpr std::size_t text_bytes_max =
    1024 * 1024;                         ///< of a result and of each text made on the way
inline constexpr int steps_max = 10'000; ///< of one render, evaluate or holds
inline constexpr int nesting_max = 64;   ///< parentheses inside each other
inline constexpr std::size_t pattern_bytes_max = 1'000; ///< the right side of `matches`
inline constexpr int pattern_instructions_max = 2'000;  ///< the same, compiled

/// What an agent that has finished left behind.
struct AgentResult {
    std::string_view id; ///< 24 hex digits
    std::string_view title;
    std::string_view text;
    const json::object* data = nullptr; ///< by tool: its last successful output; nullptr = {}
};

/// What an expression can see. Everything is borrowed and must outlive the call it is given to.
struct Roots {
    std::string_view goal;
    const json::object* inputs = nullptr; ///< nullptr = {}
    std::vector<AgentResult> agents =
        {}; ///< in the order they finished: of two visits the later one is seen
    const json::value* trigger =
        nullptr; ///< nullptr: the run was not started by one, `trigger` is missing
    const json::array* files = nullptr; ///< [{_id, name}]; nullptr = []
    Instant now = {};                   ///< the start of the execution
};

struct Program;

/// Puts values into a text whose syntax they must not break: a URL, JSON. Lives for one render.
class Encoder {
public:
    virtual ~Encoder() = default;
    /// The next piece of the template's own text.
    virtual void pass(std::string_view text) = 0;
    /// What stands for a value at this place. Errors are the render's.
    virtual Result<std::string> encode(const json::value& value) = 0;
};

/// A compiled text with {{ … }} in it. Immutable, cheap to copy, used from any thread.
class Template {
public:
    /// invalid: "Line 1, column 9: …" says what is wrong where.
    static Result<Template> compile(std::string_view source);

    /// invalid: a missing value (named), a wrong type, or a limit; says where.
    Result<std::string> render(const Roots& roots) const;
    /// The same with each value as `encoder` writes it.
    Result<std::string> render(const Roots& roots, Encoder& encoder) const;

    /// The names of inputs it reads, each once, in order of appearance.
    const std::vector<std::string>& variables() const;
    /// The agents it reads, as written (an _id or a title), each once.
    const std::vector<std::string>& agents() const;

private:
    explicit Template(std::shared_ptr<const Program> program) : program_(std::move(program)) {}
    std::shared_ptr<const Program> program_;
};

/// A compiled expression. Immutable, cheap to copy, used from any thread.
class Expression {
public:
    /// Takes `{{ expr }}` and a bare `expr`. invalid: as for a template.
    static Result<Expression> compile(std::string_view source);

    /// The value, copied out. invalid: as Template::render.
    Result<json::value> evaluate(const Roots& roots) const;
    /// The value of a condition. invalid: also when it is no boolean.
    Result<bool> holds(const Roots& roots) const;

    const std::vector<std::string>& variables() const;
    const std::vector<std::string>& agents() const;

private:
    explicit Expression(std::shared_ptr<const Program> program) : program_(std::move(program)) {}
    std::shared_ptr<const Program> program_;
};

/// Whether a condition is written wholly as one `{{ … }}`, white space around it aside; any other
/// is a sentence. True also for one with a mistake in it, so that the mistake is reported.
bool is_expression(std::string_view condition);

} // namespace weft::expr
