#include "base/check.h"
#include "engine/journal.h"
#include "engine/progress.h"
#include "fuzz/input.h"
#include "fuzz/targets.h"

#include <charconv>

namespace weft::fuzz {

namespace {

std::shared_ptr<const Agentflow> flow_of_two() {
    auto flow = std::make_shared<Agentflow>();
    for (const char* title : {"fetch", "write"}) {
        Agent agent;
        agent.title = title;
        agent.id.bytes.front() = 0xA0;
        agent.id.bytes.back() = static_cast<std::uint8_t>(flow->agents.size() + 1);
        flow->agents.push_back(std::move(agent));
    }
    return flow;
}

/// A kind, a space, a payload.
JournalRow row_of(std::string_view line, std::int64_t seq) {
    int kind = 0;
    const auto text = take_until(line, ' ');
    std::from_chars(text.data(), text.data() + text.size(), kind);
    return {seq, static_cast<JournalKind>(kind), {1'785'000'000'000'000 + seq}, std::string(line)};
}

/// What the rows fold to, row by row as far as they do.
std::string folded(std::string_view rows, const std::shared_ptr<const Agentflow>& flow) {
    engine::Run run;
    run.flow = flow;
    while (!rows.empty()) {
        const JournalRow row = row_of(take_until(rows, '\n'), run.next_seq);
        const auto events = engine::events_of(row, *flow);
        // A part of a stream carries no number: who resumes is sent the stream from its start.
        if (events && !events->empty() && row.kind != JournalKind::partial)
            CHECK(events->back().id == row.seq);
        const std::int64_t before = run.next_seq;
        if (!engine::fold(run, row)) break;
        CHECK(run.next_seq == before + 1);
        std::ignore = engine::attempts_of(run);
        if (const engine::Effect* open = engine::open_effect_of(run)) CHECK(!open->done);
    }
    return engine::describe(run);
}

} // namespace

/// Rows of a journal, one a line.
void journal(std::string_view bytes) {
    static const auto flow = flow_of_two();
    CHECK(folded(bytes, flow) == folded(bytes, flow));
}

} // namespace weft::fuzz
