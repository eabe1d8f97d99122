#include "store/vault.h"
#include "store/directory.h"
#include "store/root_key.h"
#include "store/test_world.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sys/stat.h>

namespace weft::store {

namespace {

const std::string key_a(64, 'a');
const std::string key_b(64, 'b');

Vault vault_of(const std::string& hex) { return must(Vault::open(-1, hex)); }

} // namespace

TEST(Vault, seals_and_opens_only_unchanged_and_in_its_context) {
    const Vault vault = vault_of(key_a);
    const MasterKey master = *MasterKey::from_hex(key_a);
    const Blob sealed = master.seal("data keys", "the secret", "here");
    EXPECT_EQ(must(vault.open_data_key(sealed, "here")), "the secret");
    EXPECT_NE(master.seal("data keys", "the secret", "here"), sealed);
    EXPECT_FALSE(vault.open_data_key(sealed, "there"));
    EXPECT_FALSE(vault.open_data_key(master.seal("orders", "the secret", "here"), "here"));
    EXPECT_FALSE(vault_of(key_b).open_data_key(sealed, "here"));
    for (std::size_t i = 0; i < sealed.bytes.size(); ++i) {
        Blob changed = sealed;
        changed.bytes[i] ^= 1;
        EXPECT_FALSE(vault.open_data_key(changed, "here")) << i;
    }
    EXPECT_FALSE(vault.open_data_key(Blob{}, "here"));
    EXPECT_EQ(must(vault.open_data_key(master.seal("data keys", "", "x"), "x")), "");
}

TEST(Vault, hashes_depend_on_key_and_purpose) {
    const Vault vault = vault_of(key_a);
    EXPECT_EQ(vault.hash_api_key("k").bytes.size(), 32U);
    EXPECT_TRUE(same_secret(vault.hash_api_key("k"), vault_of(key_a).hash_api_key("k")));
    EXPECT_FALSE(same_secret(vault.hash_api_key("k"), vault.hash_api_key("l")));
    EXPECT_FALSE(same_secret(vault.hash_api_key("k"), vault_of(key_b).hash_api_key("k")));
    EXPECT_FALSE(same_secret(vault.sign("upload", "k"), vault.sign("download", "k")));
    EXPECT_FALSE(same_secret(vault.sign("upload", "k"), vault.hash_api_key("k")));
}

TEST(Vault, makes_its_key_file_once_and_for_its_owner_alone) {
    const std::string path = testing::TempDir() + "weft_vault";
    std::filesystem::remove_all(path);
    std::filesystem::create_directories(path);
    const Descriptor directory(open(path.c_str(), O_RDONLY | O_DIRECTORY));
    const Blob first = must(Vault::open(directory.get(), "")).hash_api_key("k");
    EXPECT_EQ(must(Vault::open(directory.get(), "")).hash_api_key("k"), first);
    struct stat about{};
    ASSERT_EQ(stat((path + "/master.key").c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777, 0600U);
    EXPECT_EQ(about.st_size, 32);
    std::ofstream(path + "/master.key") << "short";
    EXPECT_EQ(Vault::open(directory.get(), "").error().code, Code::invalid);
    EXPECT_EQ(Vault::open(directory.get(), "xyz").error().code, Code::invalid);
    std::filesystem::remove_all(path);
}

TEST(Secrets, are_stored_encrypted_per_project) {
    World world;
    Vault vault = vault_of(key_a);
    must(root_key::unlock(world.connection, vault));
    const Scope other = world.project();
    Tx tx = world.tx();
    must(secrets::put(tx, vault, world.scope, "token", "canary-1234"));
    must(secrets::put(tx, vault, world.scope, "token", "canary-5678"));
    must(secrets::put(tx, vault, world.scope, "other", "x"));
    EXPECT_EQ(must(secrets::get(tx, vault, world.scope, "token")), "canary-5678");
    EXPECT_EQ(must(secrets::get(tx, vault, world.scope, "absent")), std::nullopt);
    EXPECT_EQ(must(secrets::get(tx, vault, other, "token")), std::nullopt);
    EXPECT_THAT(must(secrets::names(tx, world.scope)), testing::ElementsAre("other", "token"));
    EXPECT_EQ(world.count(fmt::format("secret WHERE {} > 0",
                                      on_postgres() ? "position('canary'::bytea IN sealed)"
                                                    : "instr(sealed, 'canary')")),
              0);
    EXPECT_EQ(world.count("data_key"), 1);

    EXPECT_EQ(secrets::get(tx, vault_of(key_b), world.scope, "token").error().code, Code::internal);
    world.execute("UPDATE secret SET name = 'moved' WHERE name = 'token'");
    EXPECT_EQ(secrets::get(tx, vault, world.scope, "moved").error().code, Code::internal);
    must(secrets::remove(tx, world.scope, "other"));
    must(secrets::remove(tx, world.scope, "other"));
    EXPECT_EQ(must(secrets::get(tx, vault, world.scope, "other")), std::nullopt);
}

} // namespace weft::store
