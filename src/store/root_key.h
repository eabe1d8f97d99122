#pragma once

#include "store/vault.h"

/// The root key as it lies in the database, and how another master key becomes that of a store
/// while processes use it.
///
/// A master key is replaced in one ordinary write, of which there is one at a time in a database:
/// it seals the root key and all data keys under the new one, and leaves in the same commit a
/// letter with it for every other process that is up, which only that one can open (a mailbox: the
/// public half of a key pair that the process made in its memory at its start). Who meets a root
/// key that no key at hand opens looks for its letter. Nothing is announced, nobody is waited for,
/// and no request fails; what was sealed under the old key is gone from the tables with the commit.
namespace weft::store::root_key {

/// The sealed root key from its value in store_info; empty: it is none.
Blob sealed_root_of(std::string_view value);

/// At a start: unlocks the vault, or begins a new database's root key. invalid: the master key is
/// not the one of this database; says when it was replaced.
Result<> unlock(Connection& connection, Vault& vault);
/// At a start on a database that others use too: makes the mailbox known. A process that has seen
/// a thousand others start after it has none any more, and must be started anew after a
/// replacement.
Result<> open_mailbox(Connection& connection, const Vault& vault, std::int64_t node);

/// The master key that seals now. internal: it was replaced, and there is no letter for this
/// process.
Result<MasterKey> master(Rx& rx, const Vault& vault);

/// Makes `next` the master key; the vault is prepared for it (Vault::prepare) and settled
/// afterwards (settle). How many data keys were sealed under it. conflict: it is the master key
/// already.
Result<std::int64_t> replace(Tx& tx, const Vault& vault, const MasterKey& next, KeyPlace place);
/// After the commit of a replacement, and now and then where others may have replaced it: reads
/// this process's letter, and brings master.key up to date.
Result<> settle(Rx& rx, const Vault& vault);
/// When the master key was last replaced.
Result<std::optional<Instant>> replaced_at(Rx& rx);

} // namespace weft::store::root_key
