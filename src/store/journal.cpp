#include "store/journal.h"

namespace weft::store::journal {

namespace {

struct Stored {
    std::int64_t seq = 0;
    JournalKind kind = JournalKind::intent;
    Instant at;
    std::optional<std::string> payload;
    std::optional<Blob> blob_hash;
};

constexpr Query<Stored, ProjectId, ExecutionId, std::int64_t, std::int64_t> read_sql{"journal.read",
                                                                                     R"sql(
    SELECT seq, kind, at, payload, blob_hash FROM journal
     WHERE project_id = $1 AND execution_id = $2 AND seq >= $3
     ORDER BY seq LIMIT $4)sql"};

// On top of what the row before it says; the first has none before it.
constexpr Query<void, ProjectId, ExecutionId, std::int64_t, JournalKind, Instant,
                std::optional<std::string_view>, std::optional<BytesView>, std::int64_t,
                std::int64_t, std::int64_t, std::int64_t>
    append_sql{"journal.append", R"sql(
    INSERT INTO journal (project_id, execution_id, seq, kind, at, payload, blob_hash,
                         total_input_tokens, total_output_tokens, total_cost_micro_usd,
                         total_credits_micro)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8 + coalesce(max(total_input_tokens), 0),
           $9 + coalesce(max(total_output_tokens), 0),
           $10 + coalesce(max(total_cost_micro_usd), 0),
           $11 + coalesce(max(total_credits_micro), 0)
      FROM journal WHERE project_id = $1 AND execution_id = $2 AND seq = $3 - 1)sql"};

} // namespace

Result<std::vector<JournalRow>> read(Rx& rx, const Scope& scope, const ExecutionId& execution,
                                     std::int64_t from_seq, std::int64_t rows) {
    auto stored = TRY(rx.all(read_sql, scope.project, execution, from_seq,
                             std::clamp<std::int64_t>(rows, 0, page_max)));
    std::vector<JournalRow> page;
    page.reserve(stored.size());
    std::int64_t bytes = 0;
    for (Stored& each : stored) {
        if (bytes >= page_bytes_max) break;
        JournalRow& row = page.emplace_back(JournalRow{each.seq, each.kind, each.at, {}});
        row.payload = each.blob_hash ? TRY(blobs::get(rx, scope.project, *each.blob_hash))
                                     : std::move(each.payload).value_or("");
                                     bytes += static_cast<std::int64_t>(row.payload.size());
    }
    return page;
}

Result<> append(Tx& tx, const ProjectId& project, const ExecutionId& execution,
                const JournalRow& row, std::int64_t seq, const std::optional<Packed>& packed,
                const Usage& used) {
    std::optional<std::string_view> payload;
    std::optional<BytesView> hash;
    if (packed) {
        TRY(blobs::put(tx, project, *packed));
        hash = BytesView(packed->hash.bytes);
    } else {
        payload = row.payload;
    }
    TRY(tx.put(append_sql, project, execution, seq, row.kind, row.at, payload, hash,
               used.input_tokens, used.output_tokens, used.cost_micro_usd, used.credits_micro));
    return {};
}

} // namespace weft::store::journal
