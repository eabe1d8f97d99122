#pragma once

#include "api/attempts.h"
#include "domain/ids.h"
#include "store/store.h"

#include <variant>

namespace weft::api {

struct Request;

/// What makes two requests the same one.
struct RetryName {
    enum class By { stamp, key }; ///< x-client-request-id, Idempotency-Key
    By by = By::stamp;
    OrganizationId organization;
    store::Blob request; ///< of key, method, path, query, the header; with a stamp of the body too
    store::Blob body_hash;

    std::string text() const { return {request.bytes.begin(), request.bytes.end()}; }
};

class Retries;

/// The right, and the duty, to do what a request asks for. While it lives, the request's retries
/// wait; when it goes, they are answered what was kept, or else one of them is next.
class Turn {
public:
    Turn(Retries& retries, RetryName name, std::shared_ptr<Attempt> attempt)
        : retries_(&retries), name_(std::move(name)), attempt_(std::move(attempt)) {}
    Turn(Turn&& other) noexcept
        : retries_(std::exchange(other.retries_, nullptr)), name_(std::move(other.name_)),
          attempt_(std::move(other.attempt_)), kept_(other.kept_) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn();

    /// Writes the answer beside what it answers for; kept() follows once that is committed.
    Result<> keep(store::Tx& tx, const http::Response& answer) const;
    void kept() { kept_ = true; }
    bool is_kept() const { return kept_; }
    /// The same for each attempt of this request: for effects outside of the store that take such a
    /// key. Empty by stamp, which may be another client's too.
    std::string effect_key() const;

private:
    Retries* retries_;
    RetryName name_;
    std::shared_ptr<Attempt> attempt_;
    bool kept_ = false;
};

/// Answers retries with the first answer (api-contract.md, Conventions): POST, PUT, PATCH and
/// DELETE with a key and the header x-client-request-id or Idempotency-Key; with both the latter
/// counts. Operations that take no key are outside of it.
///
/// What is kept: 2xx, and 4xx other than 429, for a minute by x-client-request-id and for a day by
/// Idempotency-Key, encrypted. Never event streams: whoever repeats one is served anew. Of an
/// answer above `answer_bytes_max` only that it was given: its retries are told so with 409.
///
/// What a crash leaves behind:
/// - A handler that changes the store does so in one Request::commit, and the answer is in it:
///   after a crash either both are there or neither.
/// - Bytes of files are durable before that commit; a crash in between leaves bytes that no row
///   names, and the retry writes them again.
/// - A refusal (4xx) changes nothing; it is kept by a write of its own. A crash in between lets the
///   retry be judged anew.
/// - An effect outside of the store (a model call, an action run now) comes before the commit that
///   keeps its answer: a crash in between repeats it. Actions that write to this store carry an
///   effect key of their own.
/// - What follows the commit (waking the engine, telling viewers) is found in the store at the next
///   start.
///
/// Owned by the Api, used from all io threads.
class Retries {
public:
    static constexpr seconds kept_by_stamp{60};
    static constexpr seconds kept_by_key{24 * 3600};
    static constexpr seconds wait_max{60}; ///< for the first of two at once; then 503
    static constexpr std::size_t answer_bytes_max = 4 * 1024 * 1024;

    Retries(store::Store& store, Clock& clock) : store_(store), clock_(clock) {}

    /// None: the request cannot be repeated safely and runs as it is. Hashes a large body in
    /// slices, so that its io thread serves others in between.
    Task<std::optional<RetryName>> name_of(const Request& rq);

    /// The turn to do it, or what the first request was answered. invalid: another body came with
    /// this Idempotency-Key. unavailable: the first is still at work after `wait_max`.
    Task<Result<std::variant<http::Response, Turn>>> take_turn(RetryName name,
                                                               const http::Request& request);

    /// Keeps an answer that no commit has kept.
    Task<> keep_afterwards(Turn& turn, const http::Response& answer);

    static bool is_keepable(const http::Response& answer);

private:
    friend class Turn;
    using Seen = Attempts::Seen;

    Task<std::shared_ptr<Attempt>> first_of(RetryName::By by, const Seen& seen,
                                            const http::Request& request) const;
    Task<Result<std::optional<http::Response>>> answer_of(const RetryName& name,
                                                          Instant arrived_at);
    Task<Result<std::optional<http::Response>>> kept_before(const RetryName& name,
                                                            const Seen& seen);

    store::Store& store_;
    Clock& clock_;
    Attempts attempts_;
};

} // namespace weft::api
