// Users, their sessions, invitations and memberships: what ends when.
#include "store/users.h"

#include "store/aggregates_testing.h"
#include "store/invitations.h"
#include "store/members.h"
#include "store/projects.h"
#include "store/sessions.h"

namespace weft::store {

class UsersTest : public AggregateTest {
protected:
    User add(const std::string& email, OrganizationRole role = OrganizationRole::member) {
        return write([&](Tx& tx) -> Result<User> {
                   User user = TRY(users::create(tx, email, "Somebody", "hash"));
                   TRY(users::join(tx, mine_, user.id, role));
                   return user;
               })
            .value();
    }
    sessions::NewSession begin(const User& user) {
        return write([&](Tx& tx) {
                   return sessions::begin(tx, store_->vault(), mine_, {user.id, "::1", "curl"});
               })
            .value();
    }
    Result<sessions::Found> by_token(const std::string& token) {
        return read([&](Rx& rx) {
            return sessions::find_by_token(rx, store_->vault(), token, clock_.now());
        });
    }
    Result<invitations::Invitation> invited(const std::string& token) {
        return read([&](Rx& rx) {
            return invitations::find_by_token(rx, store_->vault(), token, clock_.now());
        });
    }
};

TEST_F(UsersTest, a_session_ends_by_itself_and_expired_ones_are_forgotten) {
    const User user = add("ada@example.org");
    const auto first = begin(user);
    clock_.advance(sessions::lifetime - seconds(1));
    const auto second = begin(user);
    ASSERT_TRUE(by_token(first.token)) << by_token(first.token).error().message;
    EXPECT_EQ(by_token(first.token)->user_email, "ada@example.org");
    clock_.advance(seconds(1));
    EXPECT_TRUE(is_code(by_token(first.token), Code::unauthenticated));
    const auto listed =
        read([&](Rx& rx) { return sessions::list(rx, mine_, user.id, clock_.now()); }).value();
    ASSERT_EQ(listed.size(), 1U);
    EXPECT_EQ(listed.front().id, second.session.id);
    EXPECT_EQ(write([&](Tx& tx) { return sessions::forget_expired(tx, 10); }).value(), 1);
    EXPECT_TRUE(by_token(second.token));
    EXPECT_TRUE(is_code(
        write([&](Tx& tx) { return sessions::end(tx, foreign_, user.id, second.session.id); }),
        Code::not_found));
}

TEST_F(UsersTest, whoever_leaves_has_no_session_and_no_project_left) {
    add("boss@example.org", OrganizationRole::admin);
    const User user = add("bert@example.org");
    const auto session = begin(user);
    ASSERT_TRUE(write([&](Tx& tx) {
        Scope owner = mine_;
        owner.principal.role = Role::owner;
        return members::add(tx, owner, user.id, Role::editor);
    }));
    EXPECT_EQ(read([&](Rx& rx) { return members::role_of(rx, mine_.project, user.id); }).value(),
              Role::editor);
    ASSERT_TRUE(write([&](Tx& tx) { return users::leave(tx, mine_, user.id); }));
    EXPECT_TRUE(is_code(by_token(session.token), Code::unauthenticated));
    EXPECT_EQ(read([&](Rx& rx) { return members::role_of(rx, mine_.project, user.id); }).value(),
              std::nullopt);
}

TEST_F(UsersTest, nobody_gives_or_takes_a_role_above_his_own) {
    const User user = add("carl@example.org");
    Scope editor = mine_;
    editor.principal = {.kind = Principal::Kind::user, .role = Role::editor};
    Scope owner = editor;
    owner.principal.role = Role::owner;
    EXPECT_TRUE(
        is_code(write([&](Tx& tx) { return members::add(tx, editor, user.id, Role::owner); }),
                Code::forbidden));
    const auto added =
        write([&](Tx& tx) { return members::add(tx, owner, user.id, Role::owner); }).value();
    EXPECT_TRUE(
        is_code(write([&](Tx& tx) { return members::change(tx, editor, added.id, Role::viewer); }),
                Code::forbidden));
    EXPECT_TRUE(is_code(write([&](Tx& tx) { return members::remove(tx, editor, added.id); }),
                        Code::forbidden));
    EXPECT_TRUE(is_code(write([&](Tx& tx) { return members::remove(tx, foreign_, added.id); }),
                        Code::not_found));
}

TEST_F(UsersTest, an_invitation_expires_and_a_deleted_project_is_not_joined) {
    Scope scope = mine_;
    const Project project =
        write([&](Tx& tx) { return projects::create(tx, scope, {.name = "Short-lived"}); }).value();
    const auto made =
        write([&](Tx& tx) {
            return invitations::create(
                tx, store_->vault(), scope,
                {.email = "dora@example.org", .project = project.id, .project_role = Role::editor});
        }).value();
    ASSERT_TRUE(write([&](Tx& tx) { return projects::mark_deleted(tx, scope, project.id); }));
    const User user =
        write([&](Tx& tx) { return users::create(tx, "dora@example.org", "Dora", ""); }).value();
    ASSERT_TRUE(write([&](Tx& tx) { return invitations::accept(tx, made.invitation, user.id); }));
    EXPECT_EQ(read([&](Rx& rx) { return users::member(rx, scope, user.id); })->role,
              OrganizationRole::member);
    EXPECT_EQ(read([&](Rx& rx) { return members::role_of(rx, project.id, user.id); }).value(),
              std::nullopt);

    const auto next =
        write([&](Tx& tx) {
            return invitations::create(tx, store_->vault(), scope, {.email = "emil@example.org"});
        }).value();
    EXPECT_TRUE(invited(next.token));
    clock_.advance(invitations::lifetime);
    EXPECT_TRUE(is_code(invited(next.token), Code::not_found));
}

} // namespace weft::store
