#include "store/root_key.h"

#include "base/log.h"
#include "store/data_keys.h"

#include <charconv>
#include <cstring>

namespace weft::store::root_key {

namespace {

constexpr std::int64_t starts_remembered = 1'000;
constexpr const char* mailboxes = "mailbox "; ///< how their names begin

constexpr SystemQuery<std::string> find_sql{"root_key.find", R"sql(
    SELECT value FROM store_info WHERE name = 'root_key')sql"};

constexpr SystemQuery<void, std::string> insert_sql{"root_key.insert", R"sql(
    INSERT INTO store_info (name, value) VALUES ('root_key', $1))sql"};

constexpr SystemQuery<void, std::string> update_sql{"root_key.update", R"sql(
    UPDATE store_info SET value = $1 WHERE name = 'root_key')sql"};

/// Of a database from before there were root keys: a hash with the master key.
constexpr SystemQuery<std::string> check_sql{"root_key.check", R"sql(
    SELECT value FROM store_info WHERE name = 'master_key_check')sql"};

constexpr SystemQuery<void> drop_check_sql{"root_key.drop_check", R"sql(
    DELETE FROM store_info WHERE name = 'master_key_check')sql"};

constexpr SystemQuery<std::int64_t> replaced_sql{"root_key.replaced", R"sql(
    SELECT CAST(value AS BIGINT) FROM store_info WHERE name = 'master_key_replaced_at')sql"};

constexpr SystemQuery<void, std::string> set_replaced_sql{"root_key.set_replaced", R"sql(
    INSERT INTO store_info (name, value) VALUES ('master_key_replaced_at', $1)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value)sql"};

struct Mailbox {
    std::string name;  ///< "mailbox " and its hex digits
    std::string value; ///< the node's number, a proof that the vault's root key was known, a letter
};

constexpr SystemQuery<void, std::string, std::string> open_mailbox_sql{"root_key.open_mailbox",
                                                                       R"sql(
    INSERT INTO store_info (name, value) VALUES ($1, $2))sql"};

constexpr SystemQuery<std::string, std::string> mailbox_sql{"root_key.mailbox", R"sql(
    SELECT value FROM store_info WHERE name = $1)sql"};

constexpr SystemQuery<Mailbox> mailboxes_sql{"root_key.mailboxes", R"sql(
    SELECT name, value FROM store_info WHERE name >= 'mailbox ' AND name < 'mailbox!')sql",
                                             R"sql(
    SELECT name, value FROM store_info WHERE name LIKE 'mailbox %')sql"};

constexpr SystemQuery<void, std::string, std::string> post_sql{"root_key.post", R"sql(
    UPDATE store_info SET value = $2 WHERE name = $1)sql"};

constexpr SystemQuery<void, std::string> close_sql{"root_key.close", R"sql(
    DELETE FROM store_info WHERE name = $1)sql"};

std::string hex_of(std::string_view bytes) {
    return to_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

/// What `hex_of` or to_hex wrote; empty: something else did.
Blob blob_of(std::string_view hex) {
    Blob blob{std::vector<std::uint8_t>(hex.size() / 2)};
    return from_hex(hex, blob.bytes) ? blob : Blob{};
}
std::string bytes_of(std::string_view hex) {
    const Blob blob = blob_of(hex);
    return {blob.bytes.begin(), blob.bytes.end()};
}

std::string name_of(const Vault& vault) { return mailboxes + hex_of(vault.mailbox()); }

/// Only who knows the root key can make one: who can merely write to the database cannot have a
/// letter sent to himself.
std::string proof_of(const Vault& vault, std::string_view name) {
    return to_hex(vault.sign("mailbox", name).bytes);
}

/// The `index`-th word of a mailbox's value.
std::string_view word(std::string_view value, int index) {
    for (; index > 0; --index) value.remove_prefix(std::min(value.find(' ') + 1, value.size()));
    return value.substr(0, value.find(' '));
}

std::int64_t node_of(const Mailbox& mailbox) {
    const std::string_view text = word(mailbox.value, 0);
    std::int64_t node = 0;
    std::from_chars(text.data(), text.data() + text.size(), node);
    return node;
}

Result<> post_letters(Tx& tx, const Vault& vault, const MasterKey& next, KeyPlace place) {
    std::string letter = (place == KeyPlace::file ? "f" : "e") + std::string(next.key.view());
    const std::string own = name_of(vault);
    for (const Mailbox& each : TRY(tx.all(mailboxes_sql))) {
        const std::string_view proof = word(each.value, 1);
        const std::string to = bytes_of(std::string_view(each.name).substr(std::strlen(mailboxes)));
        if (each.name == own || proof != proof_of(vault, each.name) ||
            to.size() != vault.mailbox().size())
            continue;
        TRY(tx.run(post_sql, each.name,
                   fmt::format("{} {} {}", node_of(each), proof, hex_of(letter_to(to, letter)))));
    }
    wipe(letter);
    return {};
}

/// Reads this process's letter. False: there is none.
Result<bool> read_letter(Rx& rx, const Vault& vault) {
    const auto value = TRY(rx.maybe(mailbox_sql, name_of(vault)));
    if (!value) return false;
    auto letter = vault.open_letter(bytes_of(word(*value, 2)));
    if (!letter || letter->size() != 1 + SecretKey::size) return false;
    const MasterKey next{SecretKey::of(std::string_view(*letter).substr(1))};
    const KeyPlace place = letter->front() == 'f' ? KeyPlace::file : KeyPlace::elsewhere;
    wipe(*letter);
    TRY(vault.prepare(next, place));
    return true;
}

Result<Blob> sealed_root(Rx& rx) {
    const auto hex = TRY(rx.maybe(find_sql));
    if (!hex) return fail(Code::internal, "The database has no root key.");
    return sealed_root_of(*hex);
}

Result<> begin(Connection& connection, Vault& vault) {
    const auto check = TRY(connection.maybe<std::string>(check_sql.text()));
    if (check && *check != to_hex(vault.sign("check", "master key").bytes))
        return vault.unlock({}); // says what to do
    const Blob root = check ? vault.inherit_root() : vault.begin_root();
    TRY(connection.run(insert_sql.text(), to_hex(root.bytes)));
    if (check) TRY(connection.run(drop_check_sql.text()));
    return {};
}

} // namespace

Blob sealed_root_of(std::string_view value) { return blob_of(value); }

Result<> unlock(Connection& connection, Vault& vault) {
    const auto hex = TRY(connection.maybe<std::string>(find_sql.text()));
    if (!hex) return begin(connection, vault);
    auto unlocked = vault.unlock(sealed_root_of(*hex));
    if (unlocked || unlocked.error().code != Code::invalid) return unlocked;
    const auto at = TRY(connection.maybe<std::int64_t>(replaced_sql.text()));
    if (at)
        unlocked.error().message = fmt::format(
            "The master key is not the one of this data: it was replaced on {}, and the old one "
            "opens nothing. Give the new one: in WEFT_MASTER_KEY, master-key-file or "
            "master-key-command, or as master.key in the data directory.",
            to_iso8601(Instant{*at}));
    return unlocked;
}

Result<> open_mailbox(Connection& connection, const Vault& vault, std::int64_t node) {
    for (const Mailbox& each : TRY(connection.all<Mailbox>(mailboxes_sql.text())))
        if (node_of(each) < node - starts_remembered)
            TRY(connection.run(close_sql.text(), each.name));
    const std::string name = name_of(vault);
    TRY(connection.run(open_mailbox_sql.text(), name,
                       fmt::format("{} {}", node, proof_of(vault, name))));
    return {};
}

Result<MasterKey> master(Rx& rx, const Vault& vault) {
    const Blob root = TRY(sealed_root(rx));
    if (auto held = vault.master_of(root)) return *held;
    if (TRY(read_letter(rx, vault)))
        if (auto held = vault.master_of(root)) {
            TRY(vault.settle(root));
            log_info("The master key was replaced; this process has the new one.");
            return *held;
        }
    return fail(Code::internal,
                "The master key was replaced while this server was cut off from the database: "
                "start it anew with the new one.");
}

Result<std::int64_t> replace(Tx& tx, const Vault& vault, const MasterKey& next, KeyPlace place) {
    const MasterKey before = TRY(master(tx, vault));
    if (before.key == next.key) return fail(Code::conflict, "That is the master key already.");
    const std::int64_t count = TRY(data_keys::seal_all(tx, vault, next));
    TRY(tx.run(update_sql, to_hex(vault.seal_root(next).bytes)));
    TRY(tx.run(set_replaced_sql, std::to_string(tx.now().us)));
    TRY(post_letters(tx, vault, next, place));
    return count;
}

Result<> settle(Rx& rx, const Vault& vault) {
    TRY(master(rx, vault));
    return vault.settle(TRY(sealed_root(rx)));
}

Result<std::optional<Instant>> replaced_at(Rx& rx) {
    const auto at = TRY(rx.maybe(replaced_sql));
    if (!at) return std::nullopt;
    return Instant{*at};
}

} // namespace weft::store::root_key
