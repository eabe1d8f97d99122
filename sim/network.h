#pragma once

#include "engine/scripted_testing.h"
#include "sim/book.h"
#include "sim/random.h"
#include "sim/trace.h"

namespace weft::sim {

/// The outside world behind a StepExecutor: what effects meet. They take their time, fail, ask for
/// patience, do not hear that they are cancelled; under a key that was used they happen once. Each
/// beginning is held against what people were told.
class Network {
public:
    Network(Random& random, Book& book, Trace& trace, std::vector<std::string> agents)
        : random_(random), book_(book), trace_(trace), agents_(std::move(agents)) {}

    Task<engine::EffectOutcome> perform(const engine::Run& run, std::string key,
                                        engine::LiveSink live);

    /// Nothing fails any more and everything is quick.
    void calm() { calm_ = true; }

private:
    enum class End { success, busy, retry_after, refusal, fault };
    struct Fate {
        microseconds before_act{};
        microseconds after_act{};
        bool deaf = false;
        End end = End::success;
    };

    Fate draw();
    void begin(const engine::Run& run, const std::string& key);
    void check_beginning(const Known& known, const engine::Effect& effect, std::int64_t seq,
                         int calls);
    engine::EffectOutcome outcome(const Fate& fate);
    static engine::EffectOutcome cut_off(const engine::Run& run);

    Random& random_;
    Book& book_;
    Trace& trace_;
    const std::vector<std::string> agents_;
    bool calm_ = false;
};

} // namespace weft::sim
