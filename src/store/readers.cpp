#include "store/readers.h"

#include "base/log.h"

namespace weft::store {

Readers::Readers(std::vector<std::unique_ptr<Connection>> connections, Hands hands)
    : connections_(std::move(connections)) {
    if (hands == Hands::caller) return;
    for (const auto& connection : connections_)
        threads_.emplace_back([this, each = connection.get()] { loop(*each); });
}

Readers::~Readers() { stop(); }

void Readers::submit(ReadJob& job) {
    bool accepted = true;
    {
        const Lock lock(mutex_);
        accepted = !stopping_;
        if (accepted) queue_.push_back(&job);
    }
    if (accepted) return work_.notify_one();
    turn_away(job, shutting_down());
}

void Readers::stop() {
    {
        const Lock lock(mutex_);
        stopping_ = true;
    }
    work_.notify_all();
    for (std::thread& thread : threads_)
        if (thread.joinable()) thread.join();
    while (work()) {}
}

bool Readers::work() {
    ReadJob* job = nullptr;
    {
        const Lock lock(mutex_);
        if (queue_.empty()) return false;
        job = queue_.front();
        queue_.pop_front();
    }
    finish(*connections_.front(), *job);
    return true;
}

bool Readers::has_work() const {
    const Lock lock(mutex_);
    return !queue_.empty();
}

void Readers::abandon() {
    std::deque<ReadJob*> forgotten;
    {
        const Lock lock(mutex_);
        stopping_ = true;
        forgotten.swap(queue_);
    }
    // The waiting coroutine, and with it the job, goes with the function that would resume it.
    for (ReadJob* job : forgotten) std::exchange(job->done, nullptr) = nullptr;
}

std::int64_t Readers::statements() const {
    std::int64_t sum = 0;
    for (const auto& connection : connections_) sum += connection->statements();
    return sum;
}

void Readers::loop(Connection& connection) {
    pthread_setname_np(pthread_self(), "weft-reader");
    for (;;) {
        ReadJob* job = nullptr;
        {
            const Lock lock(mutex_);
            while (queue_.empty() && !stopping_) work_.wait(mutex_);
            if (queue_.empty()) return;
            job = queue_.front();
            queue_.pop_front();
        }
        finish(connection, *job);
    }
}

void Readers::finish(Connection& connection, ReadJob& job) {
    run(connection, job);
    store::finish(job);
}

/// The border at which a broken invariant becomes the failure of one read: the one catch of this
/// folder's readers.
void Readers::run(Connection& connection, ReadJob& job) {
    if (job.deadline_us != 0 && monotonic_us() > job.deadline_us)
        return job.refuse({Code::timed_out, "The server was too busy to answer in time."});
    if (auto begun = connection.begin_reading(); !begun)
        return job.refuse(std::move(begun).error());
    connection.set_deadline(job.deadline_us);
    try {
        Rx rx(connection);
        job.run(rx);
    } catch (const std::exception& broken) {
        log_error("A read broke an invariant.", {{"reason", broken.what()}});
        job.refuse(
            {Code::internal, "The server made a mistake; it has been logged.", broken.what()});
    }
    connection.set_deadline(0);
    connection.end_reading();
}

} // namespace weft::store
