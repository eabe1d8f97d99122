// The outbox, and who may set a new password: what is claimed, tried again, replaced and forgotten.
#include "store/mails.h"

#include "store/aggregates_testing.h"
#include "store/password_resets.h"

namespace weft::store {

using mails::MailKind;
using mails::MailState;

class MailsTest : public AggregateTest {
protected:
    void put(const std::string& about, const std::string& text,
             MailState state = MailState::waiting) {
        ASSERT_TRUE(write([&](Tx& tx) {
            return mails::put(tx, store_->vault(),
                              {MailKind::invitation,
                               about,
                               {"ada@example.org", "subject", text},
                               tx.now() + microseconds(seconds(3600)),
                               state});
        }));
    }
    std::optional<mails::Claimed> claim() {
        return write([&](Tx& tx) { return mails::claim(tx, store_->vault()); }).value();
    }
    bool any_due() {
        return read([&](Rx& rx) { return mails::any_due(rx, clock_.now()); }).value();
    }
    std::optional<mails::Status> status(const std::string& about) {
        return read([&](Rx& rx) { return mails::status(rx, MailKind::invitation, about); }).value();
    }
    Result<std::optional<password_resets::NewReset>> mail_out(const std::string& email) {
        return write([&](Tx& tx) { return password_resets::mail_out(tx, store_->vault(), email); });
    }
    Result<std::string> whose(const std::string& token) {
        return read([&](Rx& rx) {
            return password_resets::find_by_token(rx, store_->vault(), token, clock_.now());
        });
    }
};

TEST_F(MailsTest, one_claims_a_mail_and_after_a_while_another_may) {
    EXPECT_FALSE(any_due());
    put("1", "hello");
    put("2", "nobody's", MailState::decoy);
    EXPECT_TRUE(any_due());
    const auto mine = claim();
    ASSERT_TRUE(mine);
    EXPECT_EQ(mine->letter.value().text, "hello");
    EXPECT_EQ(mine->attempt, 1);
    EXPECT_FALSE(any_due());
    EXPECT_FALSE(claim()) << "it is another one's";
    clock_.advance(mails::claimed_for);
    const auto again = claim();
    ASSERT_TRUE(again) << "the process that had it is gone";
    EXPECT_EQ(again->message, mine->message);
    EXPECT_EQ(again->attempt, 2);
    ASSERT_TRUE(write([&](Tx& tx) { return mails::sent(tx, again->message); }));
    clock_.advance(mails::claimed_for);
    EXPECT_FALSE(claim());
    EXPECT_EQ(status("1")->state, MailState::sent);
}

TEST_F(MailsTest, a_refused_mail_waits_or_is_given_up) {
    put("1", "hello");
    const auto first = claim();
    const Instant later = clock_.now() + microseconds(seconds(60));
    ASSERT_TRUE(write([&](Tx& tx) { return mails::failed(tx, first->message, "busy", later); }));
    EXPECT_FALSE(any_due());
    EXPECT_EQ(status("1")->failure, "busy");
    clock_.advance(seconds(60));
    const auto second = claim();
    ASSERT_TRUE(second);
    ASSERT_TRUE(
        write([&](Tx& tx) { return mails::failed(tx, second->message, "no", std::nullopt); }));
    clock_.advance(mails::claimed_for);
    EXPECT_FALSE(any_due());
    EXPECT_EQ(status("1")->state, MailState::given_up);
    EXPECT_EQ(status("1")->attempts, 2);
    clock_.advance(seconds(3600));
    EXPECT_EQ(write([&](Tx& tx) { return mails::forget_expired(tx, 10); }).value(), 1);
    EXPECT_FALSE(status("1"));
}

TEST_F(MailsTest, a_newer_one_takes_the_place_and_what_becomes_of_the_older_says_nothing) {
    put("1", "first");
    const auto first = claim();
    put("1", "second");
    ASSERT_TRUE(write([&](Tx& tx) { return mails::sent(tx, first->message); }));
    const auto second = claim();
    ASSERT_TRUE(second);
    EXPECT_EQ(second->letter.value().text, "second");
    EXPECT_EQ(second->attempt, 1);
    ASSERT_TRUE(write([&](Tx& tx) { return mails::remove(tx, MailKind::invitation, "1"); }));
    EXPECT_FALSE(status("1"));
}

TEST_F(MailsTest, a_token_opens_once_and_not_for_ever) {
    const auto first = mail_out("ada@example.org").value();
    ASSERT_TRUE(first);
    EXPECT_EQ(whose(first->token).value(), "ada@example.org");
    clock_.advance(password_resets::mailed_lifetime);
    EXPECT_TRUE(is_code(whose(first->token), Code::not_found));
    const auto second = mail_out("ada@example.org").value();
    ASSERT_TRUE(second);
    EXPECT_TRUE(whose(second->token));
    ASSERT_TRUE(write([&](Tx& tx) { return password_resets::remove(tx, "ada@example.org"); }));
    EXPECT_TRUE(is_code(whose(second->token), Code::not_found));
    const auto handed =
        write([&](Tx& tx) {
            return password_resets::hand_out(tx, store_->vault(), "ada@example.org");
        }).value();
    clock_.advance(password_resets::handed_lifetime - seconds(1));
    EXPECT_TRUE(whose(handed.token));
    clock_.advance(seconds(1));
    EXPECT_TRUE(is_code(whose(handed.token), Code::not_found));
    EXPECT_EQ(write([&](Tx& tx) { return password_resets::forget_expired(tx, 10); }).value(), 2);
}

TEST_F(MailsTest, whoever_asks_for_a_mail_does_not_end_what_an_admin_handed_on) {
    const auto hand_out = [&] {
        return write([&](Tx& tx) {
                   return password_resets::hand_out(tx, store_->vault(), "ada@example.org");
               })
            .value();
    };
    const auto older = hand_out();
    const auto handed = hand_out();
    EXPECT_TRUE(is_code(whose(older.token), Code::not_found));
    const auto mailed = mail_out("ada@example.org").value();
    EXPECT_TRUE(whose(handed.token));
    EXPECT_TRUE(whose(mailed->token));
    ASSERT_TRUE(write([&](Tx& tx) { return password_resets::remove(tx, "ada@example.org"); }));
    EXPECT_TRUE(is_code(whose(handed.token), Code::not_found)) << "the password is another one";
    EXPECT_TRUE(is_code(whose(mailed->token), Code::not_found));
}

TEST_F(MailsTest, nobody_is_flooded_by_who_knows_his_address) {
    const auto first = mail_out("ada@example.org").value();
    EXPECT_FALSE(mail_out("ada@example.org").value()) << "within a minute";
    EXPECT_TRUE(whose(first->token)) << "the one before still opens";
    for (int i = 1; i < password_resets::mails_max; ++i) {
        clock_.advance(password_resets::between_mails);
        EXPECT_TRUE(mail_out("ada@example.org").value()) << i;
    }
    clock_.advance(password_resets::mailed_lifetime);
    EXPECT_FALSE(mail_out("ada@example.org").value()) << "enough for a day";
    EXPECT_EQ(write([&](Tx& tx) { return password_resets::forget_expired(tx, 10); }).value(), 0)
        << "it is still counted";
    EXPECT_TRUE(mail_out("bob@example.org").value());
    clock_.advance(password_resets::mails_window);
    EXPECT_TRUE(mail_out("ada@example.org").value());
}

} // namespace weft::store
