#pragma once

#include "api/letters.h"
#include "api/params.h"
#include "api/pressure.h"
#include "api/retries.h"
#include "auth/authenticator.h"
#include "auth/login_throttle.h"
#include "auth/mail_limits.h"
#include "auth/oidc.h"
#include "auth/passwords.h"
#include "base/gate.h"
#include "connectors/connector.h"
#include "engine/engine.h"
#include "http/message.h"
#include "models/caller.h"
#include "store/store.h"

#include <boost/json/monotonic_resource.hpp>

namespace weft::api {

/// What handlers work with; built once in server/wiring.cpp.
struct Services {
    store::Store& store;
    engine::Engine& engine;
    engine::EventHub& events;
    auth::Authenticator& authenticator;
    connectors::Catalogue& catalogue;
    Clock& clock;
    IdMinter& ids;
    const models::Caller& caller; ///< of questions outside runs
    Gate& background;             ///< work that goes on after its answer
    auth::Passwords& passwords;
    auth::LoginThrottle& login_throttle;
    auth::MailLimits& mail_limits;
    PublicFace face;
    auth::OidcProvider* provider; ///< null: people sign in with passwords alone
    bool open_sign_up;            ///< whether whoever comes may make an organization of his own
    const Pressure& pressure;
    std::string sign_up_plan = {}; ///< what such an organization gets; empty: the default
    bool counts_credits = true;    ///< false: nobody runs out of them
};

/// What the audit log is told of a request's change (api/audited.h).
struct Audited {
    const char* what = nullptr; ///< the operation's id; none: nothing is told
    std::string object = {};    ///< the id of what is changed, said by a handler; else:
    std::string in_path = {};   ///< where the answer has no `_id`
    json::object details = {};  ///< names and ids alone: it is kept for ever, and read by owners
    bool is_written = false;
};

struct Access;

/// One call on its way through a handler. Lives until the answer is complete.
struct Request {
    const http::Request& http;
    Services& services;
    store::Store& store;
    engine::Engine& engine;
    auth::KeyHolder holder; ///< whose key or session it is
    Scope scope; ///< `organization` and `principal` after the key is known, `project` after
                 ///< enter_project
    std::string request_id;
    std::vector<http::Part> form; ///< of a route that reads forms, when one was sent
    Turn* turn = nullptr;         ///< set: what is answered is kept for retries
    Audited audited;
    /// For the JSON of large answers: taken in blocks and given back as a whole.
    json::monotonic_resource arena{arena_block_bytes};
    static constexpr std::size_t arena_block_bytes = 8 * 1024;

    Request(const http::Request& incoming, Services& with, std::string id)
        : http(incoming), services(with), store(with.store), engine(with.engine),
          request_id(std::move(id)) {}

    /// Confines the rest of the request to the project it means: the one it names, else the one
    /// that its first id lies in, else the only one that the key can see. not_found: no such
    /// project for this key. invalid: none is named. forbidden: the role is too low. conflict: it
    /// is in the trash, where `access` does not reach.
    Task<Result<>> enter_project(ProjectHint hint, Access access);
    Result<> require_role(Role at_least) const;

    /// How a handler changes the store: runs `fn(Tx&) -> Result<Answer<…>>` on the writer and, in
    /// the same commit, tells the audit log of it and keeps its answer for retries (api/retries.h),
    /// so that what it returns is what must be answered. Once per request: of several the last
    /// one's answer counts. What must happen afterwards (waking the engine, telling viewers)
    /// follows the await.
    template <class F> auto commit(F fn) -> Task<std::invoke_result_t<F, store::Tx&>> {
        return turn || audited.what ? commit_with(std::move(fn)) : store.write(std::move(fn));
    }

private:
    template <class F> auto commit_with(F fn) -> Task<std::invoke_result_t<F, store::Tx&>> {
        using Outcome = std::invoke_result_t<F, store::Tx&>;
        auto outcome = co_await store.write([&](store::Tx& tx) -> Outcome {
            Outcome answer = fn(tx);
            if (!answer) return answer;
            if (audited.what) TRY(audit(tx, text_or(answer->value, "_id")));
            if (turn) TRY(turn->keep(tx, settled_response(*answer)));
            return answer;
        });
        if (outcome && turn) turn->kept();
        co_return outcome;
    }
    /// Writes the row; `answered` is the id in the answer, if it has one.
    Result<> audit(store::Tx& tx, std::string_view answered);
};

inline constexpr std::string_view form_media_type = "multipart/form-data";
/// The content type in lower case and without parameters; empty when there is none.
std::string media_type_of(const http::Request& request);

/// Compact JSON with its length and media type.
http::Response json_response(int status, const json::value& value);
http::Response json_text_response(int status, std::string text);

/// The contract's error body {detail, code, request_id, errors}. `log_text` is not in it.
http::Response error_response(const Error& error, const std::string& request_id);

/// The one place that maps error codes to HTTP.
int http_status_of(Code code);
std::string_view code_word(Code code);
std::string_view code_word(const Error& error);

/// A value as a task that is already done, so that CO_TRY reads the same for both.
template <class T> Task<Result<T>> ready(Result<T> result) { co_return std::move(result); }

} // namespace weft::api
