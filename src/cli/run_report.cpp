#include "cli/run_report.h"

#include <cstdio>

#include <boost/json/object.hpp>
#include <fmt/format.h>

namespace weft::cli {

namespace {

std::string money(double usd) { return usd == 0 ? "free" : fmt::format("${:.4f}", usd); }

std::string duration(const json::value& data) {
    const double ms = double_or(data, "duration_ms");
    return ms < 10'000 ? fmt::format("{:.0f} ms", ms) : fmt::format("{:.1f} s", ms / 1000);
}

std::string cost(const json::value& data) {
    const std::int64_t tokens = int_or(data, "input_tokens") + int_or(data, "output_tokens");
    return fmt::format("{} tokens, {}", tokens, money(double_or(data, "cost_usd")));
}

class TerminalReport final : public RunReport {
public:
    void note(std::string_view sentence) override { line("  " + std::string(sentence)); }

    void event(std::string_view name, const json::value& data) override {
        const std::string_view title = text_or(data, "agent_title", text_or(data, "title"));
        if (name == "effect.started" && title != agent_) {
            agent_ = title;
            line(fmt::format("▸ {}", title));
        } else if (name == "effect.finished") {
            effect_finished(data);
        } else if (name == "agent.finished") {
            agent_.clear();
            line(fmt::format("✓ {}  {}, {}", text_or(data, "title"), duration(data), cost(data)));
        } else if (name == "execution.waiting") {
            line(fmt::format("… waiting: {}", text_or(data, "reason", "for a person or a time")));
        }
    }

    void result(const json::object& result) override {
        const json::value all = result;
        const json::value* usage = find(all, "usage");
        line(fmt::format("{} {} in {}, {}", text_or(all, "status") == "completed" ? "■" : "✗",
                         text_or(all, "status"), duration(all),
                         usage ? cost(*usage) : "cost unknown"));
        if (const auto why = text_or(all, "error"); !why.empty()) line(fmt::format("  {}", why));
        if (const json::value* records = find(all, "records"); records && records->is_object())
            for (const auto& [table, rows] : records->as_object())
                line(fmt::format("  {} records in table {}",
                                 rows.is_array() ? rows.as_array().size() : 0,
                                 std::string_view(table)));
        const std::string_view conclusion = text_or(all, "conclusion");
        if (!conclusion.empty())
            std::fwrite(fmt::format("\n{}\n", conclusion).data(), 1, conclusion.size() + 2, stdout);
        std::fflush(stdout);
    }

private:
    static void line(const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); }

    static void effect_finished(const json::value& data) {
        const bool ok = bool_or(data, "ok", true);
        const bool tool = text_or(data, "kind") == "tool";
        const std::string what = tool ? "tool " + std::string(text_or(data, "tool")) : "model";
        std::string text = fmt::format("  {} {}  {}", ok ? "·" : "!", what, duration(data));
        if (!tool && ok) text += ", " + cost(data);
        if (const json::value* error = find(data, "error"); !ok && error)
            text += fmt::format("  {}", error->is_string() ? std::string_view(error->as_string())
                                                           : text_or(*error, "message"));
        line(text);
    }

    std::string agent_; ///< whose steps are being shown
};

class JsonReport final : public RunReport {
public:
    void note(std::string_view) override {}

    void event(std::string_view name, const json::value& data) override {
        if (name != "agent.finished" || !data.is_object()) return;
        json::object step{{"type", "step"}};
        for (const auto& [key, value] : data.as_object()) step[key] = value;
        line(std::move(step));
    }

    void result(const json::object& result) override {
        json::object last{{"type", "result"}};
        for (const auto& [key, value] : result) last[key] = value;
        line(last);
    }

private:
    static void line(const json::value& value) {
        std::fprintf(stdout, "%s\n", to_text(value).c_str());
        std::fflush(stdout);
    }
};

} // namespace

std::unique_ptr<RunReport> terminal_report() { return std::make_unique<TerminalReport>(); }

std::unique_ptr<RunReport> json_report() { return std::make_unique<JsonReport>(); }

} // namespace weft::cli
