#include "store/audit.h"

#include <limits>

namespace weft::store::audit {

namespace {

struct Head {
    std::int64_t seq = 0;
    Blob hash;
    Blob sealed;
};
constexpr Query<Head, OrganizationId> head_sql{"audit.head", R"sql(
    SELECT seq, hash, sealed FROM audit_head WHERE organization_id = $1)sql"};

constexpr Query<void, OrganizationId, std::int64_t, Blob, Blob> put_head_sql{"audit.put_head",
                                                                             R"sql(
    INSERT INTO audit_head (organization_id, seq, hash, sealed) VALUES ($1, $2, $3, $4)
    ON CONFLICT (organization_id)
    DO UPDATE SET seq = excluded.seq, hash = excluded.hash, sealed = excluded.sealed)sql"};

struct Last {
    std::int64_t seq = 0;
    Blob hash;
};
constexpr Query<Last, OrganizationId> last_sql{"audit.last", R"sql(
    SELECT seq, hash FROM audit WHERE organization_id = $1 ORDER BY seq DESC LIMIT 1)sql"};

constexpr Query<void, OrganizationId, std::int64_t, Instant, ProjectId, std::int64_t, std::string,
                std::string, std::string, std::string, std::string, std::string, std::string, Blob,
                Blob>
    insert_sql{"audit.insert", R"sql(
    INSERT INTO audit (organization_id, seq, at, project_id, who_kind, who_id, who_name, what,
                       object, details, address, request_id, previous, hash)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14))sql"};

constexpr Query<Row, OrganizationId, std::int64_t, std::int64_t> walk_sql{"audit.walk", R"sql(
    SELECT seq, at, project_id, who_kind, who_id, who_name, what, object, details, address,
           request_id, previous, hash
      FROM audit WHERE organization_id = $1 AND seq > $2 ORDER BY seq LIMIT $3)sql"};

// Each page and count comes from the key or from an index; the rows are looked into for the rest.
constexpr Query<Row, OrganizationId, std::int64_t, std::string, std::string, Instant, Instant,
                std::int64_t>
    list_sql{"audit.list", R"sql(
    SELECT seq, at, project_id, who_kind, who_id, who_name, what, object, details, address,
           request_id, previous, hash
      FROM audit
     WHERE organization_id = $1 AND seq < $2 AND ($3 = '' OR who_id = $3 OR who_name = $3)
       AND substr(what, 1, length($4)) = $4 AND at >= $5 AND at < $6
     ORDER BY seq DESC LIMIT $7)sql"};
constexpr Query<Row, OrganizationId, std::int64_t, std::string, std::string, Instant, Instant,
                std::int64_t, ProjectId>
    list_project_sql{"audit.list_project", R"sql(
    SELECT seq, at, project_id, who_kind, who_id, who_name, what, object, details, address,
           request_id, previous, hash
      FROM audit
     WHERE organization_id = $1 AND project_id = $8 AND seq < $2
       AND ($3 = '' OR who_id = $3 OR who_name = $3)
       AND substr(what, 1, length($4)) = $4 AND at >= $5 AND at < $6
     ORDER BY seq DESC LIMIT $7)sql"};
constexpr Query<Row, OrganizationId, std::int64_t, std::string, std::string, Instant, Instant,
                std::int64_t, ProjectId, std::string>
    list_object_sql{"audit.list_object", R"sql(
    SELECT seq, at, project_id, who_kind, who_id, who_name, what, object, details, address,
           request_id, previous, hash
      FROM audit
     WHERE organization_id = $1 AND object = $9 AND seq < $2 AND ($8 IS NULL OR project_id = $8)
       AND ($3 = '' OR who_id = $3 OR who_name = $3)
       AND substr(what, 1, length($4)) = $4 AND at >= $5 AND at < $6
     ORDER BY seq DESC LIMIT $7)sql"};

constexpr Query<std::int64_t, OrganizationId, std::string, std::string, Instant, Instant> count_sql{
    "audit.count", R"sql(
    SELECT count(*) FROM audit
     WHERE organization_id = $1 AND ($2 = '' OR who_id = $2 OR who_name = $2)
       AND substr(what, 1, length($3)) = $3 AND at >= $4 AND at < $5)sql"};
constexpr Query<std::int64_t, OrganizationId, std::string, std::string, Instant, Instant, ProjectId>
    count_project_sql{"audit.count_project", R"sql(
    SELECT count(*) FROM audit
     WHERE organization_id = $1 AND project_id = $6 AND ($2 = '' OR who_id = $2 OR who_name = $2)
       AND substr(what, 1, length($3)) = $3 AND at >= $4 AND at < $5)sql"};
constexpr Query<std::int64_t, OrganizationId, std::string, std::string, Instant, Instant, ProjectId,
                std::string>
    count_object_sql{"audit.count_object", R"sql(
    SELECT count(*) FROM audit
     WHERE organization_id = $1 AND object = $7 AND ($6 IS NULL OR project_id = $6)
       AND ($2 = '' OR who_id = $2 OR who_name = $2)
       AND substr(what, 1, length($3)) = $3 AND at >= $4 AND at < $5)sql"};

/// 13 is the migration that made the table.
constexpr SystemQuery<Chain> chains_sql{"audit.chains", R"sql(
    SELECT o.id, o.created_at >= (SELECT v.applied_at FROM schema_version v WHERE v.number = 13)
      FROM organization o ORDER BY o.created_at, o.id)sql"};

constexpr std::size_t hash_bytes = 32;

/// Before the first row, and where a head's seal would be if it could be trusted.
Blob zeros() { return Blob{std::vector<std::uint8_t>(hash_bytes)}; }

/// Values one after the other, such that no two lists of them are the same bytes.
class Canonical {
public:
    Canonical& number(std::int64_t value) {
        for (int shift = 56; shift >= 0; shift -= 8)
            bytes_ += static_cast<char>(static_cast<std::uint64_t>(value) >> shift);
        return *this;
    }
    Canonical& text(std::string_view value) {
        number(static_cast<std::int64_t>(value.size()));
        bytes_ += value;
        return *this;
    }
    Canonical& bytes(BytesView value) {
        return text({reinterpret_cast<const char*>(value.data()), value.size()});
    }
    const std::string& get() const { return bytes_; }

private:
    std::string bytes_;
};

Blob hash_of(const Vault& vault, const OrganizationId& organization, const Row& row) {
    Canonical all;
    all.bytes(row.previous.bytes).bytes(organization.bytes).number(row.seq).number(row.at.us);
    all.bytes(row.project.bytes).number(static_cast<std::int64_t>(row.who_kind));
    for (const std::string* text : {&row.who_id, &row.who_name, &row.what, &row.object,
                                    &row.details, &row.address, &row.request_id})
        all.text(*text);
    return vault.sign("audit row", all.get());
}

Blob seal_of(const Vault& vault, const OrganizationId& organization, std::int64_t seq,
             const Blob& hash) {
    return vault.sign("audit head",
                      Canonical().bytes(organization.bytes).number(seq).bytes(hash.bytes).get());
}

bool is_sealed(const Vault& vault, const OrganizationId& organization, const Head& head) {
    return same_secret(head.sealed, seal_of(vault, organization, head.seq, head.hash));
}

/// Where a chain goes on. A head that is not ours is never sealed again: a new row must not hide
/// that others were cut off before it.
struct End {
    Last last{0, zeros()};
    bool is_whole = true;
};
Result<End> end_of(Tx& tx, const Vault& vault, const OrganizationId& organization) {
    auto head = TRY(tx.maybe(head_sql, organization));
    if (head && is_sealed(vault, organization, *head))
        return End{{head->seq, std::move(head->hash)}};
    End end;
    auto last = TRY(tx.maybe(last_sql, organization));
    end.is_whole = !head && !last;
    if (last) end.last = *std::move(last);
    return end;
}

/// What is wrong with a row that should be the next one; none: nothing.
std::optional<Fault> fault_of(const Vault& vault, const Chain& chain, const Walk& walk,
                              const Row& row) {
    const std::int64_t next = walk.seq + 1;
    if (row.seq != next) return Fault{next, row.seq > next ? "is missing" : "is out of order"};
    const bool follows = row.previous == walk.hash;
    if (!same_secret(row.hash, hash_of(vault, chain.organization, row)))
        return Fault{next, follows ? "was changed" : "was changed or is out of order"};
    if (!follows) return Fault{next, "is out of order"};
    if (row.seq == 1 && chain.from_the_start && row.what != made_organization)
        return Fault{1, "is not the one that made the organization: all before it were removed"};
    return std::nullopt;
}

/// What is wrong with the end of a chain whose rows were all as they should be.
Result<std::optional<Fault>> fault_of_end(Rx& rx, const Vault& vault, const Chain& chain,
                                          const Walk& walk) {
    const auto head = TRY(rx.maybe(head_sql, chain.organization));
    if (!head && walk.seq == 0 && !chain.from_the_start) return std::nullopt;
    if (!head && walk.seq == 0) return Fault{1, "is missing, as are all others"};
    if (!head)
        return Fault{walk.seq, "is the last one, but nothing says so: the chain's head is missing"};
    if (head->seq > walk.seq)
        return Fault{walk.seq + 1,
                     fmt::format("is missing, as are all to row {}, the last one", head->seq)};
    if (head->seq < walk.seq)
        return Fault{head->seq + 1, "is there, but the chain's head ends before it"};
    if (!is_sealed(vault, chain.organization, *head) || head->hash != walk.hash)
        return Fault{walk.seq, "is the last one, but the chain's head was changed: rows may have "
                               "been cut off before or after it"};
    return std::nullopt;
}

Result<std::optional<std::int64_t>> total_of(Rx& rx, const Scope& scope, const Filter& filter,
                                             Instant from, Instant before) {
    const OrganizationId& in = scope.organization;
    if (!filter.object.empty())
        return rx.maybe(count_object_sql, in, filter.who, filter.what, from, before, filter.project,
                        filter.object);
    if (filter.project)
        return rx.maybe(count_project_sql, in, filter.who, filter.what, from, before,
                        filter.project);
    return rx.maybe(count_sql, in, filter.who, filter.what, from, before);
}

} // namespace

Result<> append(Tx& tx, const Vault& vault, const Scope& scope, const Entry& entry) {
    const OrganizationId& organization = scope.organization;
    End end = TRY(end_of(tx, vault, organization));
    Row row{.seq = end.last.seq + 1,
            .at = tx.now(),
            .project = scope.project,
            .who_kind = scope.principal.kind,
            .who_id = scope.principal.id,
            .who_name = scope.principal.name,
            .what = entry.what,
            .object = entry.object,
            .details = to_text(entry.details),
            .address = entry.address,
            .request_id = entry.request_id,
            .previous = std::move(end.last.hash),
            .hash = {}};
    row.hash = hash_of(vault, organization, row);
    TRY(tx.put(insert_sql, organization, row.seq, row.at, row.project,
               static_cast<std::int64_t>(row.who_kind), row.who_id, row.who_name, row.what,
               row.object, row.details, row.address, row.request_id, row.previous, row.hash));
    return tx.put(put_head_sql, organization, row.seq, row.hash,
                  end.is_whole ? seal_of(vault, organization, row.seq, row.hash) : zeros());
}

Result<Page> list(Rx& rx, const Scope& scope, const Filter& filter) {
    const OrganizationId& in = scope.organization;
    const Instant from = filter.from.value_or(Instant{0});
    const Instant before =
        filter.before.value_or(Instant{std::numeric_limits<std::int64_t>::max()});
    const std::int64_t below =
        filter.below > 0 ? filter.below : std::numeric_limits<std::int64_t>::max();
    const std::int64_t limit = std::clamp<std::int64_t>(filter.limit, 0, page_max);
    Page page;
    page.total = TRY(total_of(rx, scope, filter, from, before))
    .value_or(0);
    if (!filter.object.empty())
        page.rows = TRY(rx.all(list_object_sql, in, below, filter.who, filter.what, from, before,
                               limit, filter.project, filter.object));
    else if (filter.project)
        page.rows = TRY(rx.all(list_project_sql, in, below, filter.who, filter.what, from, before,
                               limit, filter.project));
    else
        page.rows = TRY(rx.all(list_sql, in, below, filter.who, filter.what, from, before, limit));
    return page;
}

Result<std::vector<Chain>> chains(Rx& rx) { return rx.all(chains_sql); }

Result<> verify(Rx& rx, const Vault& vault, const Chain& chain, Walk& walk) {
    if (walk.is_done) return {};
    if (walk.seq == 0) walk.hash = zeros();
    std::int64_t looked_at = 0;
    const auto look = [&](Row& row) {
        ++looked_at;
        walk.fault = fault_of(vault, chain, walk, row);
        if (walk.fault) return false;
        walk.seq = row.seq;
        walk.hash = std::move(row.hash);
        return true;
    };
    TRY(rx.each(walk_sql, look, chain.organization, walk.seq, rows_per_look));
    if (!walk.fault && looked_at == rows_per_look) return {};
    if (!walk.fault) walk.fault = TRY(fault_of_end(rx, vault, chain, walk));
    walk.is_done = true;
    return {};
}

} // namespace weft::store::audit
