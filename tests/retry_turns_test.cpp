#include "api/request.h"
#include "http/server.h"
#include "store/organizations.h"
#include "store/replays.h"
#include "support/spawned.h"
#include "whole_server.h"

#include <fstream>
#include <sstream>

namespace weft::api {

namespace {

using testing::Spawned;
using Outcome = std::unique_ptr<Result<std::variant<http::Response, Turn>>>;

/// A turn ends when its outcome is reset. The request lives as long as the question.
Task<Outcome> outcome_of(Retries& retries, RetryName name, http::Request request) {
    co_return std::make_unique<Result<std::variant<http::Response, Turn>>>(
        co_await retries.take_turn(std::move(name), request));
}

/// A connection whose end the test decides.
class Client final : public http::Delivery {
public:
    Task<Fate> look() override { co_return fate.load(); }
    std::atomic<Fate> fate = Fate::waiting;
};

/// Turns over a real store on two io threads, with a clock that the test moves.
class Turns : public ::testing::Test {
protected:
    Turns() : ids_(clock_), threads_(2) {
        store_ = store::Store::open(
                     {directory_.path() / "data", store::store_url(directory_.path() / "data")},
                     clock_, ids_)
                     .value();
        retries_ = std::make_unique<Retries>(*store_, clock_);
        threads_.run();
    }
    ~Turns() override {
        store_->drain();
        threads_.stop();
    }

    template <class T> Spawned<T> spawn(Task<T> task, int thread = 0) {
        return Spawned<T>(threads_.at(thread), std::move(task));
    }

    RetryName named(RetryName::By by, const std::string& body = "{}") {
        const store::Vault& vault = store_->vault();
        const bool by_key = by == RetryName::By::key;
        return {by, organization_, vault.sign("test", by_key ? "key" : "stamp" + body),
                vault.sign("test", body)};
    }
    /// Arrives `ms` after the test's start.
    http::Request request(int ms, const std::shared_ptr<Client>& client = nullptr) {
        http::Request made;
        made.received_us = start_us_ + ms * 1'000;
        made.delivery = client;
        return made;
    }
    Spawned<Outcome> ask(const RetryName& name, const http::Request& request, int thread = 0) {
        return spawn(outcome_of(*retries_, name, request), thread);
    }
    Outcome take(const RetryName& name, const http::Request& request) {
        return ask(name, request).get();
    }
    /// What has been posted to the io threads by now has run, and what that posted, and so on.
    void settle() {
        for (int i = 0; i < 20; ++i)
            for (int thread = 0; thread < 2; ++thread)
                spawn(ready(Result<>{}), thread).get().value();
    }

    /// Does what the turn is for: one row, and the answer kept beside it.
    void act(Turn& turn, http::Response answer) {
        spawn(store_->write([&](store::Tx& tx) -> Result<> {
            ++effects_;
            return turn.keep(tx, answer);
        }))
            .get()
            .value();
        turn.kept();
    }

    static Turn& turn_of(Outcome& outcome) {
        CHECK(*outcome && std::holds_alternative<Turn>(**outcome));
        return std::get<Turn>(**outcome);
    }
    static std::string answer_of(const Outcome& outcome) {
        if (!*outcome) return std::string(code_word(outcome->error().code));
        if (std::holds_alternative<Turn>(**outcome)) return "turn";
        const auto& answer = std::get<http::Response>(**outcome);
        EXPECT_EQ(*answer.headers.find("idempotent-replayed"), "true");
        return fmt::format("{} {}", answer.status, answer.body);
    }
    std::string bytes_of_the_database() {
        std::stringstream text;
        for (const auto& file : std::filesystem::directory_iterator(directory_.path() / "data"))
            if (file.is_regular_file())
                text << std::ifstream(file.path(), std::ios::binary).rdbuf();
        return text.str();
    }

    static constexpr auto stamp = RetryName::By::stamp;
    static constexpr auto key = RetryName::By::key;

    testing::TemporaryDirectory directory_;
    FakeClock clock_;
    IdMinter ids_;
    http::IoThreads threads_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<Retries> retries_;
    OrganizationId organization_{{1}};
    const std::int64_t start_us_ = monotonic_us();
    std::atomic<int> effects_ = 0;
};

http::Response answer(std::string body, int status = 200) {
    http::Response made = json_text_response(status, std::move(body));
    return made;
}

} // namespace

TEST_F(Turns, a_retry_is_answered_the_first_answer_with_its_headers) {
    {
        auto first = take(named(stamp), request(0));
        act(turn_of(first), answer("one", 201));
    }
    const auto again = take(named(stamp), request(100));
    ASSERT_EQ(answer_of(again), "201 one");
    EXPECT_EQ(*std::get<http::Response>(**again).headers.find("content-type"), "application/json");
    EXPECT_EQ(answer_of(take(named(stamp, "other"), request(100))), "turn");
}

TEST_F(Turns, two_clients_with_one_stamp_are_two_requests_and_each_is_kept) {
    const auto client = std::make_shared<Client>();
    const auto other = std::make_shared<Client>();
    {
        auto first = take(named(stamp), request(0, client));
        auto second = take(named(stamp), request(99, other));
        act(turn_of(second), answer("two"));
        act(turn_of(first), answer("one"));
    }
    EXPECT_EQ(answer_of(take(named(stamp), request(300))), "200 one");
}

TEST_F(Turns, answered_a_moment_ago_it_is_another_request) {
    const auto client = std::make_shared<Client>();
    {
        auto first = take(named(stamp), request(0, client));
        act(turn_of(first), answer("one"));
    }
    client->fate = http::Delivery::Fate::answered;
    EXPECT_EQ(answer_of(take(named(stamp), request(99))), "turn");
    EXPECT_EQ(answer_of(take(named(stamp), request(100))), "200 one");
}

TEST_F(Turns, a_connection_closed_unanswered_makes_the_next_a_retry_at_once) {
    const auto client = std::make_shared<Client>();
    auto first = take(named(stamp), request(0, client));
    client->fate = http::Delivery::Fate::lost;
    auto retry = ask(named(stamp), request(1), 1);
    settle();
    EXPECT_FALSE(retry.ended());
    act(turn_of(first), answer("one"));
    first.reset();
    EXPECT_EQ(answer_of(retry.get()), "200 one");
    EXPECT_EQ(answer_of(take(named(stamp), request(2))), "200 one");
    EXPECT_EQ(effects_, 1);
}

TEST_F(Turns, a_request_that_its_retry_has_overtaken_is_not_done) {
    const auto given_up = std::make_shared<Client>();
    given_up->fate = http::Delivery::Fate::lost;
    auto retry = take(named(stamp), request(1, std::make_shared<Client>()));
    auto overtaken = ask(named(stamp), request(1, given_up));
    act(turn_of(retry), answer("one"));
    retry.reset();
    EXPECT_EQ(answer_of(overtaken.get()), "200 one");
}

TEST_F(Turns, of_two_that_look_the_same_the_lost_one_is_retried) {
    const auto client = std::make_shared<Client>();
    const auto other = std::make_shared<Client>();
    auto first = take(named(stamp), request(0, client));
    auto second = take(named(stamp), request(10, other));
    other->fate = http::Delivery::Fate::lost;
    auto retry = ask(named(stamp), request(20));
    act(turn_of(second), answer("two"));
    second.reset();
    EXPECT_EQ(answer_of(retry.get()), "200 two");
}

TEST_F(Turns, by_key_the_second_waits_however_soon_it_comes) {
    auto first = take(named(key), request(0, std::make_shared<Client>()));
    auto second = ask(named(key), request(0), 1);
    settle();
    EXPECT_FALSE(second.ended());
    EXPECT_EQ(answer_of(take(named(key, "other body"), request(0))), "invalid");
    act(turn_of(first), answer("one"));
    first.reset();
    EXPECT_EQ(answer_of(second.get()), "200 one");
    EXPECT_EQ(answer_of(take(named(key, "other body"), request(0))), "invalid");
}

TEST_F(Turns, what_was_not_kept_is_done_again_by_one_of_those_that_wait) {
    auto first = take(named(key), request(0));
    auto second = ask(named(key), request(0), 0);
    auto third = ask(named(key), request(0), 1);
    settle();
    first.reset(); // as after a 503
    for (int i = 0; i < 1'000 && second.ended() == third.ended(); ++i) settle();
    ASSERT_NE(second.ended(), third.ended());
    auto& ahead = second.ended() ? second : third;
    auto& behind = second.ended() ? third : second;
    {
        auto turn = ahead.get();
        act(turn_of(turn), answer("one"));
    }
    EXPECT_EQ(answer_of(behind.get()), "200 one");
    EXPECT_EQ(effects_, 1);
}

TEST_F(Turns, a_waiting_retry_may_go_away_and_changes_nothing) {
    auto first = take(named(key), request(0));
    auto gone = ask(named(key), request(0), 0);
    auto stays = ask(named(key), request(0), 1);
    settle();
    gone.cancel();
    settle();
    EXPECT_TRUE(gone.ended());
    EXPECT_FALSE(stays.ended());
    act(turn_of(first), answer("one"));
    first.reset();
    EXPECT_EQ(answer_of(stays.get()), "200 one");
}

TEST_F(Turns, a_stamp_holds_a_minute_and_a_key_a_day) {
    for (const auto by : {stamp, key}) {
        auto first = take(named(by), request(0));
        act(turn_of(first), answer("one"));
    }
    clock_.advance(seconds(59));
    EXPECT_EQ(answer_of(take(named(stamp), request(59'000))), "200 one");
    clock_.advance(seconds(1));
    EXPECT_EQ(answer_of(take(named(stamp), request(60'000))), "turn");
    clock_.advance(seconds(24 * 3600 - 61));
    EXPECT_EQ(answer_of(take(named(key), request(0))), "200 one");
    clock_.advance(seconds(1));
    EXPECT_EQ(answer_of(take(named(key), request(0))), "turn");
}

TEST_F(Turns, what_another_process_kept_a_moment_ago_was_cut_off_with_it) {
    {
        auto first = take(named(stamp), request(0));
        act(turn_of(first), answer("one"));
    }
    retries_ = std::make_unique<Retries>(*store_, clock_);
    EXPECT_EQ(answer_of(take(named(stamp), request(1))), "200 one");
}

TEST_F(Turns, a_failed_change_keeps_nothing) {
    auto first = take(named(key), request(0));
    const auto written = spawn(store_->write([&](store::Tx& tx) -> Result<> {
                             TRY(turn_of(first).keep(tx, answer("one")));
                             return fail(Code::conflict, "No.");
                         })).get();
    EXPECT_FALSE(written.has_value());
    first.reset();
    EXPECT_EQ(answer_of(take(named(key), request(0))), "turn");
}

TEST_F(Turns, of_an_answer_that_is_too_large_only_the_fact_is_kept) {
    {
        auto first = take(named(key), request(0));
        act(turn_of(first), answer(std::string(Retries::answer_bytes_max + 1, 'x')));
    }
    const auto again = take(named(key), request(0));
    EXPECT_TRUE(answer_of(again).starts_with("409 ")) << answer_of(again);
    EXPECT_NE(answer_of(again).find("carried out before"), std::string::npos);
}

TEST_F(Turns, a_kept_answer_is_nowhere_in_the_clear) {
    {
        auto first = take(named(key), request(0));
        act(turn_of(first), answer("a secret that is shown once"));
    }
    EXPECT_EQ(bytes_of_the_database().find("shown once"), std::string::npos);
    EXPECT_EQ(answer_of(take(named(key), request(0))), "200 a secret that is shown once");
}

TEST_F(Turns, expired_answers_are_removed_a_few_at_a_time) {
    for (int i = 0; i < 5; ++i) {
        auto first = take(named(stamp, std::to_string(i)), request(0));
        act(turn_of(first), answer("one"));
    }
    {
        auto lasting = take(named(key), request(0));
        act(turn_of(lasting), answer("lasting"));
    }
    clock_.advance(seconds(60));
    std::vector<std::int64_t> removed;
    for (int i = 0; i < 3; ++i)
        removed.push_back(spawn(store_->write([](store::Tx& tx) {
                              return store::replays::forget_expired(tx, 3);
                          }))
                              .get()
                              .value());
    EXPECT_EQ(removed, (std::vector<std::int64_t>{3, 2, 0}));
    EXPECT_EQ(answer_of(take(named(key), request(0))), "200 lasting");
}

namespace {

/// What a request with a key does, from its arrival to its answer.
Task<Result<std::string>> one_request(Retries& retries, store::Store& store, RetryName name,
                                      http::Request request, std::atomic<int>& effects) {
    auto outcome = CO_TRY(retries.take_turn(std::move(name), request));
    if (const auto* kept = std::get_if<http::Response>(&outcome)) co_return kept->body;
    Turn& turn = std::get<Turn>(outcome);
    const std::string body = std::to_string(++effects);
    CO_TRY(store.write([&](store::Tx& tx) { return turn.keep(tx, answer(body)); }));
    turn.kept();
    co_return body;
}

} // namespace

TEST_F(Turns, many_at_once_on_all_threads_are_one) {
    for (int round = 0; round < 20; ++round) {
        effects_ = 0;
        const RetryName name = named(key, std::to_string(round));
        RetryName distinct = name;
        distinct.request = store_->vault().sign("round", std::to_string(round));
        std::vector<Spawned<Result<std::string>>> all;
        for (int i = 0; i < 40; ++i)
            all.push_back(
                spawn(one_request(*retries_, *store_, distinct, request(0), effects_), i % 2));
        for (auto& each : all) EXPECT_EQ(each.get().value(), "1");
        EXPECT_EQ(effects_, 1);
    }
}

TEST_F(Turns, attempts_are_forgotten_when_they_are_no_longer_young) {
    Attempts attempts;
    const auto enter = [&](const std::string& name, int ms) {
        auto attempt = std::make_shared<Attempt>();
        attempt->received_us = ms * 1'000;
        EXPECT_TRUE(attempts.enter(name, attempt, attempts.of(name, attempt->received_us)));
        return attempt;
    };
    const auto a = enter("a", 0);
    const auto same = enter("a", 1);
    EXPECT_LT(a->arrived_at, same->arrived_at);
    EXPECT_FALSE(attempts.enter("a", std::make_shared<Attempt>(), {a}));
    attempts.leave("a", same, true);
    attempts.leave("a", a, false);
    EXPECT_EQ(attempts.of("a", 2'000), Attempts::Seen{same});
    attempts.leave("b", enter("b", 3), true);
    EXPECT_EQ(attempts.size(), 2u);
    EXPECT_EQ(attempts.of("c", 101'000), Attempts::Seen{});
    EXPECT_EQ(attempts.size(), 1u); // b
    EXPECT_EQ(attempts.of("b", 103'000), Attempts::Seen{});
    EXPECT_EQ(attempts.size(), 0u);
}

} // namespace weft::api
