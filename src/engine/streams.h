#pragma once

#include "base/gate.h"
#include "base/mutex.h"
#include "engine/events.h"
#include "engine/limits.h"
#include "engine/step.h"
#include "engine/waker.h"
#include "store/store.h"

#include <atomic>
#include <vector>

namespace weft::engine {

/// What one performance of an effect streams, on its way into the journal. Belongs to the run's
/// coroutine, which calls Streams::finish before it goes on. Everything but `since_us` is touched
/// only on that coroutine's thread.
class Stream {
public:
    /// `run`, and `next_seq` of its journal, outlive Streams::finish.
    Stream(asio::any_io_executor on, const store::Claim& claim, const Run& run,
           std::int64_t& next_seq)
        : executor(std::move(on)), claim_(claim), run_(run), next_seq_(next_seq),
          origin_(run.next_seq - 1) {}

    const asio::any_io_executor executor;

    const ExecutionId& execution() const { return claim_.execution; }
    /// Since when text waits to be journalled; 0 = none does. Any thread.
    std::int64_t since_us() const { return since_us_; }

    /// A piece has come: what viewers are told of it.
    LiveText add(std::string_view text, Instant now);
    void measure(LiveSink::Estimate estimate) { estimate_ = std::move(estimate); }

    /// What waits, as a commit; settle() tells what became of it. None: nothing waits, an earlier
    /// commit is under way, or the effect has ended.
    std::optional<store::StepCommit> take(Instant now);
    /// Not written: it waits for the next one.
    void settle(bool written);
    /// Somebody else carries the run now.
    void give_up() { ended_ = true; }

    /// Nothing is taken any more; returns when what was taken is settled.
    Task<> end();
    /// After end(): carries the run over what became durable.
    void tell(Run& run) const;

private:
    const store::Claim claim_;
    const Run& run_;
    std::int64_t& next_seq_;
    const std::int64_t origin_;
    LiveSink::Estimate estimate_;
    std::atomic<std::int64_t> since_us_{0};
    std::string text_;         ///< all of it
    std::size_t taken_ = 0;    ///< bytes of it that are durable or being written
    std::size_t durable_ = 0;  ///< bytes of it that are durable
    Usage used_;               ///< estimated for what is taken
    Usage counted_;            ///< of it, what durable rows hold
    std::size_t measured_ = 0; ///< bytes that `used_` is about
    std::int64_t rows_ = 0;    ///< durable ones
    bool writing_ = false;
    bool ended_ = false;
    std::optional<asio::steady_timer> settled_; ///< while end() waits
};

/// Journals what models stream while they do: no piece waits longer than 2 × Limits::stream_beat
/// for its commit. One pulse for all streams, so that they share the disk's syncs. Rests while
/// nothing streams. Owned by the engine; the pulse runs on one io thread, each commit on its run's.
class Streams {
public:
    Streams(store::Store& store, Clock& clock, EventHub& events, milliseconds beat,
            asio::any_io_executor on)
        : store_(store), clock_(clock), events_(events), beat_(beat),
          waker_(std::make_shared<Waker>(std::move(on))) {}

    void start() { gate_.spawn(waker_->executor, pulse()); }
    /// No pulse any more. What is not journalled by then is lost, as in a crash.
    void ask_to_stop();
    void stop(); ///< blocks until nothing is being written

    /// Where the text of `stream` goes: to the viewers, and to the journal with the next pulse.
    LiveSink sink(std::shared_ptr<Stream> stream);
    /// The effect has ended: returns when all that is to be journalled of it is durable.
    Task<> finish(std::shared_ptr<Stream> stream);

private:
    using All = std::vector<std::shared_ptr<Stream>>;

    void add(const std::shared_ptr<Stream>& stream, std::string_view text);
    All all();
    Task<> pulse();
    Task<> flush(std::shared_ptr<Stream> stream);

    store::Store& store_;
    Clock& clock_;
    EventHub& events_;
    const milliseconds beat_;
    const std::shared_ptr<Waker> waker_;
    std::atomic<bool> stopping_{false};
    Mutex mutex_;
    All streams_ GUARDED_BY(mutex_);         ///< those that have brought text
    bool asleep_ GUARDED_BY(mutex_) = false; ///< the pulse, until it is woken
    Gate gate_;
};

} // namespace weft::engine
