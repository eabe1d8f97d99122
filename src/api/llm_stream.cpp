#include "api/llm.h"
#include "base/gate.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/array.hpp>

namespace weft::api {

namespace {

constexpr seconds keep_alive_after{15};
constexpr milliseconds look_after{500}; ///< whether the client still waits for the first piece
constexpr seconds let_go_max{10};       ///< for a model call that was aborted

/// A model call at work, and what it has said that nobody has been sent. The call and whoever reads
/// along are coroutines of one io thread. The call is aborted when this goes.
class Talk {
public:
    explicit Talk(const asio::any_io_executor& executor) : timer_(executor) {}

    void say(std::string_view text) {
        text_ += text;
        timer_.cancel();
    }
    void end(models::CallAnswer answer) {
        answer_ = std::move(answer);
        timer_.cancel();
    }
    void wake() { timer_.cancel(); }
    /// Until there is something to take, or `at_most` has passed.
    Task<> wait(milliseconds at_most) {
        if (!text_.empty() || answer_) co_return;
        timer_.expires_after(at_most);
        co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    /// What it still says is dropped. False: it has not ended within `at_most`.
    Task<bool> ended(milliseconds at_most) {
        const std::int64_t until_us = monotonic_us() + microseconds(at_most).count();
        while (!answer_ && monotonic_us() < until_us) {
            text_.clear();
            co_await wait(at_most);
        }
        co_return answer_.has_value();
    }
    bool has_text() const { return !text_.empty(); }
    std::string take_text() { return std::exchange(text_, {}); }
    const std::optional<models::CallAnswer>& answer() const { return answer_; }

private:
    asio::steady_timer timer_;
    std::string text_;
    std::optional<models::CallAnswer> answer_;
};

/// Ends a talk whose call was never begun, since the server was stopping.
class Ender {
public:
    explicit Ender(std::shared_ptr<Talk> talk) : talk_(std::move(talk)) {}
    Ender(Ender&&) = default;
    ~Ender() {
        if (talk_ && !talk_->answer())
            talk_->end(std::unexpected(models::CallFailure{
                .failure = {models::ErrorClass::cancelled, "The server is stopping."}}));
    }
    Talk& talk() const { return *talk_; }

private:
    std::shared_ptr<Talk> talk_;
};

/// An answer in a form is told as the JSON that it holds, without what stands around it.
Task<> ask(const models::Caller& caller, models::Call call, Ender ender) {
    Talk& talk = ender.talk();
    models::ChunkSink say = [&talk](std::string_view text) { talk.say(text); };
    const bool in_form = call.request.form.has_value();
    auto answer = co_await caller.call(std::move(call), in_form ? nullptr : std::move(say));
    if (in_form && answer) talk.say(content_of(*answer));
    talk.end(std::move(answer));
}

/// Everything that the stream needs after the request is gone.
struct Relay {
    Relay(std::shared_ptr<Talk> of, Background call, CallBill to, Gate& gate)
        : talk(std::move(of)), asking(std::move(call)), bill(to), background(gate) {}
    Relay(const Relay&) = delete;
    ~Relay() { asking.cancel(); }

    std::shared_ptr<Talk> talk;
    Background asking;
    CallBill bill;
    Gate& background;
    std::string id; ///< of all chunks
    std::string model;
    std::int64_t created_s = 0;
};

json::object chunk(const Relay& relay, json::object delta, json::value finish_reason) {
    json::object choice{
        {"index", 0}, {"delta", std::move(delta)}, {"finish_reason", std::move(finish_reason)}};
    return {{"id", relay.id},
            {"object", "chat.completion.chunk"},
            {"created", relay.created_s},
            {"model", relay.model},
            {"choices", json::array{std::move(choice)}}};
}

/// Our error body, and its sentence also where OpenAI's clients look for it.
json::object error_event(const Error& error, const std::string& request_id) {
    return {{"detail", error.message},
            {"code", code_word(error.code)},
            {"request_id", request_id},
            {"errors", json::array()},
            {"error", {{"message", error.message}, {"type", code_word(error.code)}}}};
}

/// Each piece as soon as it is there; what comes while one is written goes out as one.
Task<> send_pieces(Relay& relay, http::EventStream& out) {
    bool first = true;
    while (!out.closed()) {
        if (relay.talk->has_text()) {
            json::object delta{{"content", relay.talk->take_text()}};
            if (std::exchange(first, false)) delta["role"] = "assistant";
            if (!co_await out.send("", "", to_text(chunk(relay, std::move(delta), nullptr))))
                co_return;
        } else if (relay.talk->answer()) {
            co_return;
        } else {
            co_await relay.talk->wait(keep_alive_after);
            const bool quiet = !relay.talk->has_text() && !relay.talk->answer();
            if (quiet && !out.closed() && !co_await out.keep_alive()) co_return;
        }
    }
}

Task<> send_end(Relay& relay, http::EventStream& out) {
    const models::CallAnswer& answer = *relay.talk->answer();
    if (!answer) {
        const json::object error = error_event(error_of(answer.error()), relay.id);
        co_await out.send("", "error", to_text(error));
        co_return;
    }
    relay.model = answer->model;
    json::object last = chunk(relay, {}, json::value(finish_reason_of(answer->completion.stop)));
    last["usage"] = usage_view(relay.bill.row(answer->model, answer->spent));
    if (co_await out.send("", "", to_text(last))) co_await out.send("", "", "[DONE]");
}

CallCharge row_of(const Relay& relay) {
    const models::CallAnswer& answer = *relay.talk->answer();
    return answer ? relay.bill.row(answer->model, answer->spent)
                  : relay.bill.row(answer.error().model, answer.error().spent);
}

/// To the end, or until the client has gone: then the call is aborted. Either way it is charged.
Task<> run_stream(std::shared_ptr<Relay> relay, http::EventStream& out) {
    out.on_close([talk = relay->talk] { talk->wake(); });
    co_await send_pieces(*relay, out);
    if (!relay->talk->answer()) {
        relay->asking.cancel();
        if (!co_await relay->talk->ended(let_go_max)) co_return;
    } else {
        co_await send_end(*relay, out);
    }
    charge_later(relay->background, co_await asio::this_coro::executor, relay->bill,
                 row_of(*relay));
}

Task<bool> has_gone(const http::Request& request) {
    co_return request.delivery&& co_await request.delivery->look() == http::Delivery::Fate::lost;
}

} // namespace

Task<Result<http::Response>> stream_call(Request& rq, models::Call call, CallBill bill) {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    const auto talk = std::make_shared<Talk>(executor);
    const std::string model = call.models.front();
    Gate& gate = rq.services.background;
    const auto asking = gate.spawn(executor, ask(rq.services.caller, std::move(call), Ender(talk)));
    const auto relay = std::make_shared<Relay>(talk, asking, bill, gate);
    relay->id = rq.request_id;
    relay->model = model;
    relay->created_s = rq.services.clock.now().us / 1'000'000;
    while (!talk->has_text() && !talk->answer()) {
        co_await talk->wait(look_after);
        if (!talk->has_text() && !talk->answer() && co_await has_gone(rq.http))
            relay->asking.cancel();
    }
    if (!talk->has_text() && !*talk->answer()) {
        charge_later(gate, executor, bill, row_of(*relay));
        co_return std::unexpected(error_of(talk->answer()->error()));
    }
    http::Response response;
    response.stream = [relay](http::EventStream& out) { return run_stream(relay, out); };
    co_return response;
}

} // namespace weft::api
