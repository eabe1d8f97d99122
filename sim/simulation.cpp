#include "sim/simulation.h"

#include "sim/checks.h"
#include "sim/network.h"
#include "sim/people.h"
#include "store/claims.h"

#include <boost/asio/steady_timer.hpp>

namespace weft::sim {

namespace {

constexpr std::int64_t handlers_max = 200'000;
constexpr microseconds end_us_max{4 * 3'600'000'000LL}; // for all to end once nothing disturbs
constexpr microseconds round_us{10'000'000};

engine::Limits limits_of(Random& random) {
    engine::Limits limits;
    limits.steps_max = static_cast<int>(random.between(3, 12));
    limits.effects_max = static_cast<int>(random.between(6, 40));
    limits.runs_live_max = static_cast<int>(random.chance(20) ? random.between(1, 3) : 2'000);
    return limits;
}

/// One of what an agent does: an effect of some class, or a wait. A child begins at a later agent
/// than its parent's, so that families stay finite.
std::string effect_of(Random& random, std::int64_t agent, std::int64_t agents) {
    static constexpr const char* classes[] = {"pure", "keyed", "checkable", "once"};
    static constexpr const char* waits[] = {"time", "person", "event"};
    if (random.chance(80)) return random.pick(classes);
    if (agent < agents && random.chance(35))
        return fmt::format("child=a{}", random.between(agent + 1, agents));
    const std::string wait = random.pick(waits);
    if (wait != "time" && random.chance(50)) return wait;
    return fmt::format("{}:{}", wait, random.duration(seconds(90)).count() / 1'000 + 1);
}

std::string seconds_between(Random& random, std::int64_t least_ms, std::int64_t most_ms) {
    return fmt::format("{}", static_cast<double>(random.between(least_ms, most_ms)) / 1e3);
}

/// Retries and time-outs of one agent.
std::string rules_of(Random& random, std::int64_t agent) {
    std::string members;
    if (random.chance(20))
        members += fmt::format(R"("retry": {{"attempts": {}, "first_s": {}, "factor": 1.5}}, )",
                               random.between(1, 6), seconds_between(random, 0, 20'000));
    if (random.chance(20))
        members += fmt::format(R"("call_timeout_s": {}, )", seconds_between(random, 100, 10'000));
    if (random.chance(25))
        members += fmt::format(R"("step_timeout_s": {}, )", seconds_between(random, 100, 60'000));
    if (members.empty()) return "";
    return fmt::format("rules a{} {{{}}}\n", agent, members.substr(0, members.size() - 2));
}

/// Lines as ScriptedExecutor reads them.
std::string script_of(Random& random) {
    const std::int64_t agents = random.between(1, 4);
    std::string script;
    for (std::int64_t i = 1; i <= agents; ++i) {
        script += fmt::format("agent a{}:", i);
        const std::int64_t effects = random.between(0, 3);
        for (std::int64_t n = 0; n < effects; ++n) script += " " + effect_of(random, i, agents);
        if (random.chance(20)) script += " heals";
        if (random.chance(2)) script += " throws";
        if (effects > 0 && random.chance(25))
            script += " -> choice\n";
        else
            script += i < agents ? fmt::format(" -> a{}\n", i + 1) : " -> end\n";
        script += rules_of(random, i);
    }
    if (random.chance(25))
        script += fmt::format("flow {{\"execution_timeout_s\": {}}}\n",
                              seconds_between(random, 200, 120'000));
    return script;
}

std::vector<std::string> titles(const Agentflow& flow) {
    std::vector<std::string> all{"end"};
    for (const Agent& agent : flow.agents) all.push_back(agent.title);
    return all;
}

class Simulation {
public:
    Simulation(std::uint64_t seed, const Template& on, Loud loud)
        : random_(seed), trace_(loud == Loud::yes), faulty_(seed % 2 == 1),
          executor_(script_of(random_)),
          network_(random_, book_, trace_, titles(*executor_.flow())),
          machine_(on, executor_, random_, book_, trace_, limits_of(random_)),
          people_(machine_, random_, book_, trace_) {
        executor_.performing = [this](const engine::Run& run, std::string key,
                                      engine::LiveSink live) {
            return network_.perform(run, std::move(key), std::move(live));
        };
    }

    Outcome run() {
        boot();
        machine_.begin(people_.save(*executor_.flow()));
        acts_left_ = random_.between(4, 24);
        while (acts_left_ > 0 && good()) live_on();
        settle();
        end();
        return report();
    }

private:
    bool good() {
        if (handlers_ > handlers_max) trace_.broken("it goes on without an end");
        return trace_.failures().empty();
    }

    void boot() {
        if (!machine_.boot()) return trace_.broken("the server does not start");
        people_.find_unknown();
        check_all(machine_, book_, trace_);
        if (faulty_ && random_.chance(20)) machine_.lose_power_after(random_.between(1, 40));
        arm();
    }
    void again(Machine::Fall how) {
        ++falls_;
        machine_.fall(how);
        virtual_time::pass(random_.duration(seconds(60)));
        boot();
    }

    /// Wakes the loop for the next thing that somebody does.
    void arm() {
        next_us_ = virtual_time::now_us() + random_.duration(seconds(8)).count();
        wake_at(next_us_);
    }
    void wake_at(std::int64_t at_us) {
        auto timer = std::make_shared<asio::steady_timer>(
            machine_.executor(), microseconds(at_us - virtual_time::now_us()));
        timer->async_wait([timer](const boost::system::error_code&) {});
    }

    void live_on() {
        step();
        if (virtual_time::now_us() < next_us_) return;
        --acts_left_;
        if (faulty_ && random_.chance(12))
            fault();
        else
            people_.act();
        if (virtual_time::now_us() >= next_us_) arm();
    }
    void step() {
        ++handlers_;
        machine_.step();
        if (machine_.lost_power()) again(Machine::Fall::power);
        if (mend_at_us_ != 0 && virtual_time::now_us() >= mend_at_us_) mend();
    }

    void fault() {
        const std::int64_t dice = random_.between(1, 100);
        if (dice <= 20) return again(Machine::Fall::kill);
        if (dice <= 35) return again(Machine::Fall::power);
        if (dice <= 50) return machine_.lose_power_after(random_.between(1, 60));
        if (dice <= 58) return restart();
        ++other_faults_;
        if (dice <= 74) return refuse();
        if (dice <= 84) return set_clock();
        if (dice <= 92) return machine_.begin(lose_lease());
        trace_.note("the disk is slow");
        machine_.stall(random_.duration(seconds(10)));
    }
    void restart() {
        ++falls_;
        mend();
        machine_.stop();
        virtual_time::pass(random_.duration(seconds(60)));
        boot();
    }
    void refuse() {
        const bool full = random_.chance(50);
        const bool once = random_.chance(50);
        trace_.note("the disk {}{}", full ? "is full" : "fails", once ? " once" : "");
        machine_.disk.fail(
            {.error = full ? store::DiskFault::Error::full : store::DiskFault::Error::io,
             .at = machine_.disk.operations() + random_.between(1, 12),
             .lasts =
                 once ? store::DiskFault::Lasts::once : store::DiskFault::Lasts::from_then_on});
        mend_at_us_ = virtual_time::now_us() + random_.duration(seconds(20)).count();
        wake_at(mend_at_us_);
    }
    void mend() {
        if (mend_at_us_ != 0) trace_.note("the disk works again");
        machine_.disk.mend();
        mend_at_us_ = 0;
    }
    void set_clock() {
        microseconds by = random_.duration(seconds(3'600));
        if (random_.chance(40)) by = -random_.duration(seconds(60));
        trace_.note("the clock is set by {} us", by.count());
        machine_.clock.set(by);
    }
    /// As if another node took this one for dead: whatever runs here runs on with an old epoch.
    Task<> lose_lease() {
        const auto taken = co_await machine_.store().write([&](store::Tx& tx) {
            return store::claims::recover(tx, machine_.store().node() + 1'000'000, 256);
        });
        trace_.note("leases lost: {}", taken.value_or(0));
        machine_.engine().wake();
    }

    /// Nothing disturbs any more; all must end.
    void settle() {
        if (!good()) return;
        trace_.note("faults and people cease");
        mend();
        network_.calm();
        machine_.disk.cut_at(0);
        faulty_ = false;
        const std::int64_t until_us = virtual_time::now_us() + end_us_max.count();
        std::int64_t round_at_us = 0;
        while (good() && !all_ended()) {
            if (virtual_time::now_us() >= round_at_us) {
                people_.put_in_order();
                round_at_us = virtual_time::now_us() + round_us.count();
                wake_at(round_at_us);
            }
            step();
            if (virtual_time::now_us() > until_us) return trace_.broken("{}", who_lives());
        }
    }
    bool all_ended() { return virtual_time::now_us() >= next_us_ && who_lives().empty(); }
    std::string who_lives() {
        next_us_ = virtual_time::now_us() + 100'000;
        const auto page = machine_.store().read_here([&](store::Rx& rx) {
            return store::executions::list(rx, machine_.scope, {.limit = 500});
        });
        if (!page) return "the store does not answer";
        for (const Execution& each : page->executions)
            if (!is_final(each.state) || each.owner != 0)
                return fmt::format("{}: is {}, owned by {}, and does not end", each.id.hex(),
                                   to_text(each.state), each.owner);
        return {};
    }

    void end() {
        if (!machine_.up()) return;
        tally_ = tally_of(machine_, people_.flow().id);
        if (trace_.failures().empty()) {
            check_nothing_is_lost(machine_, trace_);
            check_all(machine_, book_, trace_);
        }
        if (trace_.failures().empty()) machine_.stop();
    }

    Outcome report() {
        Outcome out{.sum = trace_.sum(),
                    .failures = trace_.failures(),
                    .falls = falls_,
                    .other_faults = other_faults_,
                    .handlers = handlers_,
                    .taken_over = tally_.taken_over,
                    .timed_out = tally_.timed_out,
                    .virtual_us = virtual_time::now_us()};
        for (const auto& [key, calls] : book_.calls) out.effects += calls;
        for (const auto& [id, known] : book_.executions) out.rows += std::ssize(known.row_sums);
        out.executions = std::ssize(book_.executions);
        return out;
    }

    Random random_;
    Trace trace_;
    bool faulty_;
    Book book_;
    engine::ScriptedExecutor executor_;
    Network network_;
    Machine machine_;
    People people_;
    std::int64_t next_us_ = 0;    ///< when somebody does something
    std::int64_t mend_at_us_ = 0; ///< when the disk works again; 0 = it does
    std::int64_t acts_left_ = 0;  ///< of people and faults
    std::int64_t handlers_ = 0;
    Tally tally_;
    int falls_ = 0;
    int other_faults_ = 0;
};

} // namespace

Outcome simulate(std::uint64_t seed, const Template& on, Loud loud) {
    virtual_time::reset();
    seed_random_bytes(seed);
    Simulation simulation(seed, on, loud);
    return simulation.run();
}

} // namespace weft::sim
