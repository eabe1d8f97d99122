#include "engine/streams.h"

#include "base/log.h"
#include "engine/journal.h"
#include "engine/progress.h"

#include <boost/asio/this_coro.hpp>

namespace weft::engine {

namespace {

constexpr seconds nothing_streams{3'600};

/// Tells a stream what became of a commit, also when the coroutine that waits for it is destroyed.
struct Writing {
    Stream& stream;
    bool written = false;

    ~Writing() { stream.settle(written); }
};

} // namespace

LiveText Stream::add(std::string_view text, Instant now) {
    const auto offset = static_cast<std::int64_t>(text_.size());
    text_ += text;
    if (since_us_ == 0) since_us_ = now.us;
    return {origin_, offset, text};
}

std::optional<store::StepCommit> Stream::take(Instant now) {
    if (ended_ || writing_ || text_.size() == durable_) return std::nullopt;
    writing_ = true;
    since_us_ = 0;
    taken_ = text_.size();
    if (estimate_) used_ = estimate_(std::string_view(text_).substr(measured_));
    measured_ = taken_;
    const Usage more = difference(used_, counted_);
    JournalRow row = record_partial(run_, static_cast<std::int64_t>(durable_),
                                    std::string_view(text_).substr(durable_), more, now);
    row.seq = next_seq_;
    return store::StepCommit{.project = claim_.project,
                             .execution = claim_.execution,
                             .epoch = claim_.epoch,
                             .expected_seq = next_seq_,
                             .results = {std::move(row)},
                             .usage = more,
                             .progress = true};
}

void Stream::settle(bool written) {
    writing_ = false;
    if (written) {
        durable_ = taken_;
        counted_ = used_;
        ++rows_;
        ++next_seq_;
    }
    if (settled_) settled_->cancel();
}

Task<> Stream::end() {
    ended_ = true;
    while (writing_) {
        settled_.emplace(executor, nothing_streams);
        co_await settled_->async_wait(asio::as_tuple(asio::use_awaitable));
    }
    settled_.reset();
    estimate_ = nullptr;
}

void Stream::tell(Run& run) const {
    if (rows_ == 0) return;
    stream_effect(run, std::string_view(text_).substr(0, durable_), counted_);
    run.next_seq += rows_;
}

void Streams::ask_to_stop() {
    stopping_ = true;
    waker_->wake();
    gate_.ask_to_stop();
}

void Streams::stop() {
    ask_to_stop();
    gate_.close();
}

LiveSink Streams::sink(std::shared_ptr<Stream> stream) {
    Stream& of = *stream;
    return LiveSink(
        [this, stream = std::move(stream)](std::string_view text) { add(stream, text); },
        [&of](LiveSink::Estimate estimate) { of.measure(std::move(estimate)); });
}

void Streams::add(const std::shared_ptr<Stream>& stream, std::string_view text) {
    if (text.empty()) return;
    const LiveText live = stream->add(text, clock_.now());
    events_.live_text(stream->execution(), live);
    if (live.offset > 0) return;
    bool asleep = false;
    {
        Lock lock(mutex_);
        streams_.push_back(stream);
        asleep = std::exchange(asleep_, false);
    }
    if (asleep) waker_->wake();
}

Task<> Streams::finish(std::shared_ptr<Stream> stream) {
    {
        Lock lock(mutex_);
        std::erase(streams_, stream);
    }
    co_await stream->end();
}

/// With none the pulse goes to sleep.
Streams::All Streams::all() {
    Lock lock(mutex_);
    asleep_ = streams_.empty();
    return streams_;
}

Task<> Streams::pulse() {
    co_await asio::this_coro::throw_if_cancelled(false);
    while (!stopping_) {
        waker_->woken = false;
        const All streams = all();
        const std::int64_t before_us = (clock_.now() + -microseconds(beat_)).us;
        for (const std::shared_ptr<Stream>& each : streams)
            if (const std::int64_t since = each->since_us(); since > 0 && since <= before_us)
                gate_.spawn(each->executor, flush(each));
        if (!stopping_) co_await waker_->rest(streams.empty() ? nothing_streams : beat_);
    }
}

Task<> Streams::flush(std::shared_ptr<Stream> stream) {
    co_await asio::this_coro::throw_if_cancelled(false);
    auto step = stream->take(clock_.now());
    if (!step) co_return;
    Writing writing{*stream};
    const auto verdict = co_await store_.commit(*std::move(step));
    if (!verdict) {
        log_error("What a model streams cannot be kept.",
                  {{"execution", stream->execution().hex()}, {"reason", verdict.error().log_text}});
        co_return;
    }
    writing.written = *verdict != store::Verdict::fenced;
    if (!writing.written) stream->give_up();
    events_.changed(stream->execution());
}

} // namespace weft::engine
