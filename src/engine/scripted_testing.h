#pragma once

#include "engine/step.h"

#include <functional>
#include <map>
#include <sstream>

/// An executor for tests that does what a few lines of text say, one per agent:
///
///   agent fetch: pure keyed -> write     two effects, one after the other, then agent `write`
///   agent judge: -> write                finishes without an effect, as a decision by expression
///   does agent pick: pure -> choice           goes where the last result's member `go` says agent
///   tidy: pure -> end agent sore: pure heals -> end        goes on after a failed effect; the
///   others fail agent dark: throws -> end            `next` throws
///   rules fetch {"call_timeout_s": 5}    members of the agent, as the API has them
///   flow {"execution_timeout_s": 60}     members of the flow
///
/// Instead of an effect it may wait: `time:200` ms, `person`, `event` (named "go"), `child=AGENT`
/// (the same flow, begun at that agent); `person:200` and so on have a deadline in ms.
namespace weft::engine {

struct ScriptedEffect {
    EffectClass effect_class = EffectClass::pure;
    WaitReason awaits = WaitReason::none;
    std::optional<milliseconds> within = {};
    std::string child = {}; ///< the agent at which it begins
};

struct AgentScript {
    std::vector<ScriptedEffect> effects;
    std::string next = "end";
    bool heals = false;
    bool throws = false;
};

/// In a test body gtest hides the name Run.
using TheRun = Run;

class ScriptedExecutor : public StepExecutor {
public:
    static constexpr std::int64_t credits_per_step = 30'000;

    using Performing = std::function<Task<EffectOutcome>(const Run&, std::string key, LiveSink)>;

    /// Reads lines as above; the first agent is the initial one.
    explicit ScriptedExecutor(const std::string& lines) {
        std::istringstream in(lines);
        for (std::string line; std::getline(in, line);) {
            if (line.starts_with("agent ")) add(line);
            if (line.starts_with("rules ")) set_rules(line.substr(6));
            if (line.starts_with("flow ")) check(patch_agentflow(flow_, read(line.substr(5))));
        }
    }

    std::shared_ptr<const Agentflow> flow() const { return std::make_shared<Agentflow>(flow_); }

    Move next(const Run& run) const override {
        const Step& step = run.steps.back();
        const AgentScript& script = scripts_.at(step.agent);
        if (script.throws) throw std::runtime_error("the executor's own fault");
        const auto& effects = step.effects;
        if (!effects.empty() && effects.back().error && !script.heals)
            return Fail{*effects.back().error};
        if (effects.size() < script.effects.size())
            return begin(run, script.effects[effects.size()],
                         {{"kind", "tool"}, {"tool", fmt::format("t{}", effects.size() + 1)}});
        return Finish{output(run), next_of(script, step), charge(run)};
    }

    LedgerRow charge(const Run& run) const override {
        Usage usage = run.steps.back().usage;
        usage.credits_micro = credits_per_step;
        return {{}, {}, "scripted", usage};
    }

    Ask ask_whether_done(const Run& run) const override {
        const Step& step = run.steps.back();
        return {.type = InboxType::uncertain_effect,
                .agent = step.agent,
                .agent_title = run.flow->find(step.agent)->title,
                .summary = fmt::format("Did t{} happen?", step.effects.size()),
                .asked = "{}"};
    }

    Task<std::optional<Quote>> quote(const Run& run) override {
        co_return quoting ? quoting(run) : std::nullopt;
    }
    std::function<std::optional<Quote>(const Run&)> quoting;

    Task<EffectOutcome> perform(const Run& run, std::string key, LiveSink live) override {
        if (performing) return performing(run, std::move(key), std::move(live));
        return succeed(run);
    }
    /// What perform does unless a test says otherwise.
    static EffectOutcome success(const Run& run) {
        const Step& step = run.steps.back();
        const std::string text = fmt::format("{}.{}.{}", run.flow->find(step.agent)->title,
                                             run.steps.size(), step.effects.size());
        return {{{"text", text}}, {}, {10, 5, 100, 0}};
    }

    static Task<EffectOutcome> succeed(const Run& run) { co_return success(run); }

    Performing performing;

private:
    static StepOutput output(const Run& run) {
        const Step& step = run.steps.back();
        std::string text = run.flow->find(step.agent)->title + ":";
        for (const Effect& effect : step.effects) {
            const json::value* answered = effect.result.if_contains("output");
            text += " " + (answered ? weft::to_text(*answered)
                                    : std::string(text_or(effect.result, "text", "-")));
        }
        return {std::move(text), {}, step.effects.empty() ? "by expression" : ""};
    }

    Move begin(const Run& run, const ScriptedEffect& effect, json::object intent) const {
        if (effect.awaits == WaitReason::none)
            return Perform{effect.effect_class, std::move(intent)};
        Await await{.reason = effect.awaits, .within = effect.within, .intent = std::move(intent)};
        if (effect.awaits == WaitReason::event) await.name = "go";
        if (effect.awaits != WaitReason::child) return await;
        await.child = ExecutionStart{.agentflow = run.start.agentflow};
        for (const Agent& agent : flow_.agents)
            if (agent.title == effect.child) await.child->start_from = agent.id;
        return await;
    }

    AgentId next_of(const AgentScript& script, const Step& step) const {
        std::string title = script.next;
        if (title == "choice") title = text_or(step.effects.back().result, "go", "end");
        for (const Agent& agent : flow_.agents)
            if (agent.title == title) return agent.id;
        AgentId stranger;
        if (title != "end") stranger.bytes.fill(0xEE);
        return stranger;
    }

    void add(const std::string& line) {
        std::istringstream in(line.substr(6));
        Agent agent;
        in >> agent.title;
        agent.title.pop_back(); // the colon
        agent.id.bytes.back() = static_cast<std::uint8_t>(flow_.agents.size() + 1);
        agent.id.bytes.front() = 0xA0;
        AgentScript& script = scripts_[agent.id];
        for (std::string word; in >> word;) read_word(script, word);
        if (flow_.agents.empty()) flow_.initial_agent = agent.id;
        flow_.agents.push_back(std::move(agent));
    }

    static json::value read(const std::string& text) {
        auto value = parse_json(text);
        check(value);
        return *value;
    }
    template <class T> static void check(const Result<T>& result) {
        if (!result) throw std::runtime_error(result.error().message);
    }
    void set_rules(const std::string& line) {
        const auto space = line.find(' ');
        for (Agent& agent : flow_.agents)
            if (agent.title == line.substr(0, space))
                check(patch_agent(agent, read(line.substr(space)), ""));
    }

    static void read_word(AgentScript& script, const std::string& word) {
        if (word == "pure")
            script.effects.push_back({EffectClass::pure});
        else if (word == "keyed")
            script.effects.push_back({EffectClass::keyed});
        else if (word == "checkable")
            script.effects.push_back({EffectClass::checkable});
        else if (word == "once")
            script.effects.push_back({EffectClass::once});
        else if (const auto awaited = awaited_from(word))
            script.effects.push_back(*awaited);
        else if (word == "heals")
            script.heals = true;
        else if (word == "throws")
            script.throws = true;
        else if (word != "->")
            script.next = word;
    }

    static std::optional<ScriptedEffect> awaited_from(const std::string& word) {
        static constexpr std::pair<std::string_view, WaitReason> words[] = {
            {"time", WaitReason::time},
            {"person", WaitReason::person},
            {"event", WaitReason::event},
            {"child", WaitReason::child}};
        const std::string head = word.substr(0, word.find(':'));
        for (const auto& [name, reason] : words) {
            if (head.substr(0, head.find('=')) != name) continue;
            ScriptedEffect effect{EffectClass::awaited, reason};
            if (head.size() < word.size())
                effect.within = milliseconds(std::stoll(word.substr(head.size() + 1)));
            if (head.size() > name.size()) effect.child = head.substr(name.size() + 1);
            return effect;
        }
        return std::nullopt;
    }

    Agentflow flow_;
    std::map<AgentId, AgentScript> scripts_;
};

} // namespace weft::engine
