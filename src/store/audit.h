#pragma once

#include "store/vault.h"
#include "json/json.h"

/// Who changed what: rows that are written in the transaction of the change and never again. Each
/// organization's are a chain: a row's hash is a keyed BLAKE2b-256 of all of it and of the hash
/// before it, and the head says which row is the last one. The keys derive from the vault's root
/// key, so that somebody with only the database cannot make a row, a head or a chain of others.
/// What that does not show: an old copy of the rows together with the head of that time
/// (docs/audit.md).
namespace weft::store::audit {

/// The first row of an organization that was made since there is an audit log.
inline constexpr std::string_view made_organization = "organizations.create";

struct Entry {
    std::string what;          ///< an operation's id: "api_keys.create"
    std::string object;        ///< the id of what was changed; empty: it has none
    json::object details = {}; ///< names and ids; never what may be secret
    std::string address = {};  ///< of the peer; empty: no request brought it
    std::string request_id = {};
};

/// Adds a row to the chain of the scope's organization; who is the scope's principal.
Result<> append(Tx& tx, const Vault& vault, const Scope& scope, const Entry& entry);

/// The columns that make a row, in this order.
struct Row {
    std::int64_t seq = 0;
    Instant at;
    ProjectId project; ///< none: it belongs to the organization
    Principal::Kind who_kind = Principal::Kind::system;
    std::string who_id;
    std::string who_name;
    std::string what;
    std::string object;
    std::string details; ///< JSON
    std::string address;
    std::string request_id;
    Blob previous;
    Blob hash;
};

inline constexpr std::int64_t page_max = 500;

struct Filter {
    ProjectId project = {};  ///< none: any, and those of no project
    std::string object = {}; ///< empty: any; so below
    std::string who = {};    ///< id or name
    std::string what = {};   ///< what it begins with: "api_keys."
    std::optional<Instant> from = {};
    std::optional<Instant> before = {};
    std::int64_t below = 0;   ///< only rows with a smaller seq: the page's end; 0: the first page
    std::int64_t limit = 100; ///< at most page_max
};
struct Page {
    std::vector<Row> rows;  ///< newest first
    std::int64_t total = 0; ///< that match the filter, wherever the page begins
};
Result<Page> list(Rx& rx, const Scope& scope, const Filter& filter);

/// An organization and whether it has had a chain since its first commit.
struct Chain {
    OrganizationId organization;
    bool from_the_start = false; ///< else it is older than the audit log, and may have no row yet
};
Result<std::vector<Chain>> chains(Rx& rx);

/// The first place where a chain is not as it was written.
struct Fault {
    std::int64_t seq = 0;
    std::string what; ///< "was changed": completes "Row 7 "
};

/// How far a chain was looked at.
struct Walk {
    std::int64_t seq = 0; ///< of the last row that is as it was written
    Blob hash = {};       ///< its
    bool is_done = false;
    std::optional<Fault> fault = {};
};

inline constexpr std::int64_t rows_per_look = 2'000;

/// Looks at the next rows of a chain, and at its end, in the same view of the store, at its head.
/// To be called until the walk is done: rows may be added meanwhile.
Result<> verify(Rx& rx, const Vault& vault, const Chain& chain, Walk& walk);

} // namespace weft::store::audit
