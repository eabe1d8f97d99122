// Organizations, projects, API keys and the first start.
#include "store/projects.h"
#include "store/aggregates_testing.h"
#include "store/connectors.h"
#include "store/database_testing.h"
#include "store/organizations.h"
#include "store/skills.h"

namespace weft::store {

class ProjectsTest : public AggregateTest {
protected:
    Result<api_keys::NewKey> make_key(const Scope& scope, api_keys::Draft draft) {
        return write([&](Tx& tx) { return api_keys::create(tx, store_->vault(), scope, draft); });
    }
    Result<ApiKey> by_secret(std::string_view secret) {
        return read([&](Rx& rx) {
            return api_keys::find_by_secret(rx, store_->vault(), secret, clock_.now());
        });
    }
};

TEST_F(ProjectsTest, an_organization_is_found_by_its_own_scope) {
    const auto made =
        write([&](Tx& tx) { return organizations::create(tx, " Ärzte & Söhne "); }).value();
    EXPECT_EQ(made.name, "Ärzte & Söhne");
    EXPECT_EQ(made.id.ordinal(), 0U);
    const Scope scope{.organization = made.id, .project = {}, .principal = {}};
    EXPECT_EQ(read([&](Rx& rx) { return organizations::find(rx, scope); })->name, "Ärzte & Söhne");
    const Scope nobody{.organization = *OrganizationId::parse("aaaaaaaaaaaaaaaaaaaaaaaa")};
    EXPECT_TRUE(
        is_code(read([&](Rx& rx) { return organizations::find(rx, nobody); }), Code::not_found));
    EXPECT_TRUE(
        is_code(write([&](Tx& tx) { return organizations::create(tx, "\n"); }), Code::invalid));
    EXPECT_TRUE(is_code(write([&](Tx& tx) { return organizations::create(tx, "x", made.id); }),
                        Code::conflict));
}

TEST_F(ProjectsTest, projects_take_the_next_ordinal_and_carry_it) {
    std::vector<std::uint32_t> ordinals;
    for (const Project& each : read([&](Rx& rx) { return projects::list(rx, mine_); })->projects) {
        ordinals.push_back(each.ordinal);
        EXPECT_EQ(each.id.ordinal(), each.ordinal);
        EXPECT_EQ(read([&](Rx& rx) { return projects::find_by_ordinal(rx, each.ordinal); })->id,
                  each.id);
    }
    EXPECT_THAT(ordinals, testing::ElementsAre(1, 2));
    EXPECT_EQ(read([&](Rx& rx) { return projects::ordinal_of(rx, foreign_); }).value(), 3U);
    EXPECT_TRUE(
        is_code(read([&](Rx& rx) { return projects::find_by_ordinal(rx, 4); }), Code::not_found));
    const auto whole =
        read([&](Rx& rx) { return projects::find(rx, mine_, mine_.project); }).value();
    EXPECT_EQ(whole.name, "Project");
    EXPECT_EQ(whole.status, "published");
    EXPECT_EQ(whole.created_at, clock_.now());
}

TEST_F(ProjectsTest, a_preset_id_brings_its_ordinal_and_the_last_one_does_not_end_the_numbers) {
    const auto make = [&](std::string_view id) {
        return write([&](Tx& tx) {
            return projects::create(
                tx, mine_,
                {.name = "p" + std::string(id), .id = ProjectId::parse(id).value_or(ProjectId{})});
        });
    };
    EXPECT_EQ(make("aaaaaaaaffffffaaaaaaaaaa")->ordinal, projects::ordinal_max);
    EXPECT_TRUE(is_code(make("bbbbbbbbffffffbbbbbbbbbb"), Code::conflict));
    EXPECT_EQ(make("000000000000000000000001")->ordinal, 0U);
    const auto next = make("");
    ASSERT_TRUE(next);
    EXPECT_EQ(next->ordinal, next->id.ordinal());
    EXPECT_LT(next->ordinal, projects::ordinal_max);
    EXPECT_GT(next->ordinal, 0U);
}

TEST_F(ProjectsTest, another_organizations_project_is_not_found) {
    EXPECT_TRUE(is_code(read([&](Rx& rx) { return projects::find(rx, mine_, foreign_.project); }),
                        Code::not_found));
    const Scope crossed{
        .organization = mine_.organization, .project = foreign_.project, .principal = {}};
    EXPECT_TRUE(
        is_code(read([&](Rx& rx) { return projects::ordinal_of(rx, crossed); }), Code::not_found));
    EXPECT_TRUE(is_code(write([&](Tx& tx) {
                            return projects::create(tx, mine_,
                                                    {.name = "x", .id = foreign_.project});
                        }),
                        Code::conflict));
}

TEST_F(ProjectsTest, a_key_is_shown_once_and_found_by_its_secret) {
    const auto made =
        make_key(mine_, {.name = "Schlüssel", .role = Role::editor, .project = mine_.project});
    ASSERT_TRUE(made) << outcome(made);
    EXPECT_THAT(made->secret, testing::MatchesRegex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"));
    const auto found = by_secret(made->secret).value();
    EXPECT_EQ(found.id, made->key.id);
    EXPECT_EQ(found.name, "Schlüssel");
    EXPECT_EQ(found.role, Role::editor);
    EXPECT_EQ(found.project, mine_.project);
    EXPECT_EQ(found.organization, mine_.organization);
    EXPECT_TRUE(is_code(by_secret(made->secret + "x"), Code::unauthenticated));
    EXPECT_TRUE(is_code(by_secret(""), Code::unauthenticated));
    EXPECT_NE(make_key(mine_, {.name = "b"})->secret, made->secret);
}

TEST_F(ProjectsTest, keys_expire_and_are_revoked) {
    const auto brief =
        make_key(mine_, {.name = "a", .expires_at = clock_.now() + seconds(10)}).value();
    const auto other = make_key(mine_, {.name = "b"}).value();
    clock_.advance(microseconds(9'999'999));
    EXPECT_TRUE(by_secret(brief.secret));
    clock_.advance(microseconds(1));
    EXPECT_TRUE(is_code(by_secret(brief.secret), Code::unauthenticated));
    EXPECT_EQ(read([&](Rx& rx) { return api_keys::list(rx, mine_); })->keys.size(), 2U);
    EXPECT_TRUE(read([&](Rx& rx) { return api_keys::list(rx, foreign_); })->keys.empty());
    const auto revoke = [&](const Scope& scope) {
        return write([&](Tx& tx) { return api_keys::revoke(tx, scope, other.key.id); });
    };
    EXPECT_TRUE(is_code(revoke(foreign_), Code::not_found));
    EXPECT_TRUE(by_secret(other.secret));
    EXPECT_TRUE(revoke(mine_));
    EXPECT_TRUE(is_code(by_secret(other.secret), Code::unauthenticated));
    EXPECT_TRUE(is_code(revoke(mine_), Code::not_found));
}

TEST_F(ProjectsTest, wrong_keys) {
    Scope editor = mine_;
    editor.principal = {.kind = Principal::Kind::api_key, .role = Role::editor};
    const std::tuple<Scope, api_keys::Draft, Code> cases[] = {
        {editor, {.name = "a", .role = Role::owner}, Code::forbidden},
        {mine_, {.name = "a", .project = foreign_.project}, Code::not_found},
        {mine_, {.name = " "}, Code::invalid},
        {mine_, {.name = "a", .secret = "short"}, Code::invalid},
        {mine_, {.name = "a", .secret = "with blanks in it, long"}, Code::invalid},
        {mine_, {.name = "a", .secret = std::string(201, 'x')}, Code::invalid},
    };
    for (const auto& [scope, draft, code] : cases)
        EXPECT_TRUE(is_code(make_key(scope, draft), code));
    EXPECT_TRUE(make_key(editor, {.name = "a", .role = Role::editor}));
    EXPECT_TRUE(make_key(mine_, {.name = "a", .secret = "a-secret-that-i-chose"}));
    EXPECT_TRUE(is_code(make_key(foreign_, {.name = "a", .secret = "a-secret-that-i-chose"}),
                        Code::conflict));
}

TEST(Bootstrap, fills_an_empty_store_once) {
    FakeClock clock;
    IdMinter minter(clock);
    std::string pattern = (std::filesystem::temp_directory_path() / "weft-store-XXXXXX").string();
    const std::filesystem::path directory = ::mkdtemp(pattern.data());
    auto store =
        Store::open({.directory = directory, .url = store_url(directory)}, clock, minter).value();
    const BootstrapPresets presets{.api_key = "preset-key-of-a-script",
                                   .organization =
                                       *OrganizationId::parse("aaaaaaaaaaaaaaaaaaaaaaaa"),
                                   .project = *ProjectId::parse("bbbbbbbbbbbbbbbbbbbbbbbb")};
    const auto start = [&](const BootstrapPresets& with) {
        return await(
            store->write([&](Tx& tx) { return bootstrap(tx, store->vault(), with, kinds()); }));
    };
    EXPECT_TRUE(is_code(start({.api_key = "short"}), Code::invalid)); // and leaves nothing behind
    const auto made = start(presets);
    ASSERT_TRUE(made && *made) << outcome(made);
    EXPECT_EQ((*made)->organization.id, presets.organization);
    EXPECT_EQ((*made)->project.id, presets.project);
    EXPECT_EQ((*made)->key.secret, presets.api_key);
    const auto again = start({});
    ASSERT_TRUE(again);
    EXPECT_FALSE(*again);
    const Scope scope{
        .organization = presets.organization, .project = presets.project, .principal = {}};
    std::vector<std::string> names;
    for (const Skill& skill :
         await(store->read([&](Rx& rx) { return skills::list(rx, scope); })).value()) {
        names.push_back(skill.name);
        EXPECT_EQ(skill.id.ordinal(), presets.project.ordinal());
    }
    EXPECT_THAT(names, testing::UnorderedElementsAre("Tables - Insert records",
                                                     "Tables - List records", "Files - Read"));
    store.reset();
    remove_test_directory(directory);
}

} // namespace weft::store
