#pragma once

#include "agents/agent_executor.h"
#include "agents/effects.h"
#include "connectors/testing.h"
#include "engine/decide.h"
#include "engine/progress.h"

#include <deque>

namespace weft::agents {

using connectors::await;
using connectors::must;

/// A model that answers what a test says and remembers what it was asked.
class Scripted final : public models::Model {
public:
    using Answer = std::function<models::ModelAnswer(const models::ModelRequest&)>;

    Task<models::ModelAnswer> complete(models::ModelRequest request,
                                       models::ChunkSink on_text) override {
        asked.push_back(std::move(request));
        if (script.empty())
            co_return std::unexpected(
                models::ModelFailure{models::ErrorClass::refused, "no script"});
        Answer answer = script.front();
        if (script.size() > 1) script.pop_front();
        auto made = answer(asked.back());
        if (made && on_text) on_text(made->text);
        co_return made;
    }
    models::ModelLimits limits(std::string_view) const override { return known_limits; }

    /// The last one is repeated for ever.
    std::deque<Answer> script;
    std::vector<models::ModelRequest> asked;
    models::ModelLimits known_limits;

    void says(std::string text) {
        script.push_back([text](const auto&) { return models::Completion{.text = text}; });
    }
    void fails(models::ModelFailure failure) {
        script.push_back([failure](const auto&) { return std::unexpected(failure); });
    }
    void calls(std::string tool, std::string_view arguments) {
        json::value given = js(arguments);
        script.push_back([tool, given](const auto&) {
            return models::Completion{.calls = {{"c1", tool, given}},
                                      .stop = models::StopReason::tool_calls};
        });
    }
};

inline AgentId agent_id(std::uint8_t n) {
    AgentId id;
    id.bytes[11] = n;
    return id;
}

/// A flow from JSON whose agents need no ids: they are 1, 2, 3 … in order.
inline std::shared_ptr<Agentflow> flow_of(std::string_view text) {
    std::uint8_t n = 0;
    Agentflow flow = must(agentflow_from_json(js(text), [&] { return agent_id(++n); }));
    must(resolve(flow));
    return std::make_shared<Agentflow>(std::move(flow));
}

/// An executor over a real store, the real connectors and the scripted models "test/any" and
/// "spare/any".
class ExecutorTest : public connectors::StoreTest {
protected:
    ExecutorTest() {
        auto model = std::make_unique<Scripted>();
        model_ = model.get();
        registry_.providers.emplace_back("test", std::move(model));
        auto spare = std::make_unique<Scripted>();
        spare_ = spare.get();
        registry_.providers.emplace_back("spare", std::move(spare));
        executor_.emplace(*store_, caller_, catalogue_);
    }

    engine::Run run_of(std::shared_ptr<const Agentflow> flow) {
        engine::Run run;
        run.scope = scope_;
        run.uuid = minter_.mint_uuid(1);
        run.created_at = clock_.now();
        run.flow = std::move(flow);
        return run;
    }

    /// Decides and performs until the run ends or waits; the engine without its journal.
    engine::Run drive(engine::Run run) {
        engine::Decision made =
            engine::decide(std::move(run), engine::Claimed{}, clock_.now(), limits_, *executor_);
        while (made.act == engine::Act::perform) {
            const engine::Run& at = made.run;
            const std::string key = fmt::format("{}/{}/{}", at.uuid.text(), at.steps.size(),
                                                at.steps.back().effects.size());
            clock_.advance(milliseconds(1));
            auto outcome = await(executor_->perform(at, key, {}));
            made = engine::decide(std::move(made.run), engine::Performed{std::move(outcome)},
                                  clock_.now(), limits_, *executor_);
        }
        return std::move(made.run);
    }

    models::Registry registry_;
    models::Caller caller_{registry_, clock_};
    Scripted* model_ = nullptr;
    Scripted* spare_ = nullptr;
    std::optional<AgentExecutor> executor_;
    engine::Limits limits_{.attempts_max = 1};
};

/// The same for runs that ask people.
class AskingTest : public ExecutorTest {
protected:
    /// Until it ends or waits; `ask` is then what it waits for.
    void go(engine::Run run) {
        made_ =
            engine::decide(std::move(run), engine::Claimed{}, clock_.now(), limits_, *executor_);
        while (made_.act == engine::Act::perform) {
            const std::string key = fmt::format("key {}", made_.run.steps.back().effects.size());
            auto outcome = await(executor_->perform(made_.run, key, {}));
            made_ = engine::decide(std::move(made_.run), engine::Performed{std::move(outcome)},
                                   clock_.now(), limits_, *executor_);
        }
    }
    /// As the journal's answer does it.
    void answer(json::object output) {
        ASSERT_EQ(made_.act, engine::Act::wait);
        output["timed_out"] = false;
        engine::close_effect(made_.run, {{{"output", std::move(output)}}, {}, {}}, clock_.now());
        go(std::move(made_.run));
    }
    json::value asked() const { return js(made_.ask->asked); }
    std::string asked(std::string_view member) const {
        const json::value all = asked();
        return std::string(text_or(all, member));
    }
    static std::string kinds_of(const engine::Run& run) {
        std::string kinds;
        for (const engine::Effect& effect : run.steps.back().effects)
            kinds += (kinds.empty() ? "" : " ") + std::string(text_member(effect.intent, "kind"));
        return kinds;
    }

    engine::Decision made_;
};

} // namespace weft::agents
