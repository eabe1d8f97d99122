#pragma once

#include "engine/scripted_testing.h"
#include "store/tasks.h"

/// What the storms of stops and pauses share: stop_storm_test.cpp, turn by turn, and
/// stop_race_test.cpp, on all threads at once.
namespace weft::engine {

/// Every class of effect, an expression between two steps, waits of every kind, a child, one that
/// fails once and is retried, and streams (all that is keyed).
inline const std::string storm_script = "agent a: pure keyed -> b\n"
                                        "agent b: -> w\n"
                                        "agent w: time:400 person:400 event:400 child=z -> c\n"
                                        "agent c: checkable once -> d\n"
                                        "agent d: keyed -> end\n"
                                        "agent z: keyed -> end\n";

enum class Verb { pause, resume, stop };

inline Result<store::tasks::Changed> ask_for(store::Tx& tx, const Scope& scope, const TaskId& task,
                                             Verb verb) {
    if (verb == Verb::pause) return store::tasks::request_pause(tx, scope, task);
    if (verb == Verb::resume) return store::tasks::request_resume(tx, scope, task);
    return store::tasks::request_stop(tx, scope, task);
}

/// Of a run that is performed.
inline const Effect& open_effect(const Run& run) { return run.steps.back().effects.back(); }
inline const ExecutionId& root_of(const Run& run) {
    return run.start.parent ? run.start.parent : run.start.id;
}
inline bool is_streamed(const Run& run) {
    return open_effect(run).effect_class == EffectClass::keyed;
}
/// Every byte of text costs.
inline void measure_bytes(const LiveSink& live) {
    live.measure([all = Usage{5, 0, 5, 0}](std::string_view more) mutable {
        const auto bytes = static_cast<std::int64_t>(more.size());
        return all += Usage{0, bytes, bytes, 0};
    });
}

inline EffectOutcome cut_outcome() {
    return {{{"text", "cut"}}, EffectError{"cancelled", "Stopped."}, {7, 3, 11, 0}};
}
/// Of one that was not cut: what is checkable fails the first time.
inline EffectOutcome whole_outcome(const Run& run) {
    const Effect& effect = open_effect(run);
    if (effect.effect_class == EffectClass::checkable && effect.attempt == 1)
        return {{}, EffectError{"busy", "Busy.", true}, {2, 0, 2, 0}};
    return ScriptedExecutor::success(run);
}

} // namespace weft::engine
