#pragma once

#include "expr/expr.h"
#include "expr/syntax.h"

namespace weft::expr {

/// One run of a program over roots, with its own steps. Lives no longer than the call.
class Evaluation {
public:
    Evaluation(const Program& program, const Roots& roots)
        : program_(program), roots_(roots), fuel_(steps_max) {}

    Result<> print_to(std::string& out, const Node& node);
    Result<json::value> value(const Node& node);
    Result<bool> holds(const Node& node);

private:
    /// The value of a node, which may be missing only where a `default` can still follow.
    Result<Operand> maybe(const Node& node);
    /// The value of a node that must be there.
    Result<Operand> present(const Node& node);

    Result<Operand> pipe(const Node& node);
    Result<Operand> chain(const Node& node);
    Result<Operand> negation(const Node& node);
    Result<Operand> comparison(const Node& node);
    Result<bool> compare(const Node& node, const Operand& left, const Operand& right);
    Result<bool> order(Comparison how, const Operand& left, const Operand& right);
    Result<bool> inside(const Operand& element, const Operand& whole, std::string_view word);
    Result<bool> matches(const Node& node, const Operand& left, const Operand& right);
    Result<bool> boolean(const Node& node, std::string_view whose);

    Result<Operand> look_up(const Path& path);
    Result<Operand> look_up_agent(const Path& path);
    Result<Operand> all_agents();
    Result<json::value> agent_object(const AgentResult& agent);
    Operand follow(Operand from, const Path& path, std::size_t first_key) const;
    Operand missing(const Path& path, std::size_t keys, std::string_view because = {}) const;

    /// Adds where it happened to a failure that has no position.
    std::unexpected<Error> fail_here(const Node& node, const Error& error) const;
    std::unexpected<Error> fail_here(std::size_t at, std::string_view sentence) const;

    const Program& program_;
    const Roots& roots_;
    Fuel fuel_;
};

} // namespace weft::expr
