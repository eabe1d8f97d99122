#include "store/project_filling.h"

#include "domain/members.h"
#include "store/agentflows.h"
#include "store/connectors.h"
#include "store/custom_actions.h"
#include "store/records.h"
#include "store/skills.h"
#include "store/tables.h"

namespace weft::store::project_filling {

namespace {

constexpr std::int64_t slice_us_max = 4'000; ///< of one write; well below the writer's 10 ms
constexpr std::size_t records_at_once = 200;
constexpr std::size_t record_bytes_at_once = 128 << 10;

using Piece = std::function<Result<>(Tx&)>;

Result<> insert_flow(Tx& tx, const Scope& scope, const ProjectFile& file, std::size_t index) {
    auto inserted = agentflows::insert(tx, scope, file.flows[index]);
    if (inserted || inserted.error().code != Code::invalid) return inserted;
    return fail_field(join_path("agentflows", index), inserted.error().message);
}

std::vector<Piece> pieces_of(const Scope& scope, const ProjectFile& file) {
    std::vector<Piece> pieces;
    for (const ConnectorAccount& each : file.connectors)
        pieces.push_back([&](Tx& tx) { return connectors::insert(tx, scope, each); });
    for (const CustomAction& each : file.actions)
        pieces.push_back([&](Tx& tx) { return custom_actions::insert(tx, scope, each); });
    for (const Table& each : file.tables)
        pieces.push_back([&](Tx& tx) { return tables::insert(tx, scope, each); });
    for (const Skill& each : file.skills)
        pieces.push_back([&](Tx& tx) { return skills::insert(tx, scope, each); });
    for (std::size_t i = 0; i < file.flows.size(); ++i)
        pieces.push_back([&, i](Tx& tx) { return insert_flow(tx, scope, file, i); });
    return pieces;
}

/// Does some of them from `first` on; the first one that is not done.
Result<std::size_t> do_some(Tx& tx, const Scope& scope, const std::vector<Piece>& pieces,
                            std::size_t first) {
    TRY(projects::fill_on(tx, scope));
    const std::int64_t until_us = monotonic_us() + slice_us_max;
    do TRY(pieces[first++](tx));
    while (first < pieces.size() && monotonic_us() < until_us);
    return first;
}

Task<Result<>> fill_records(Store& store, const Scope& scope, const ProjectFile& file,
                            const ProjectFile::Records& of) {
    const Table& table = file.tables[of.table];
    for (std::size_t next = 0; next < of.texts.size();) {
        std::vector<json::value> some;
        for (std::size_t bytes = 0; next < of.texts.size() && some.size() < records_at_once &&
                                    bytes < record_bytes_at_once;
             ++next) {
            bytes += of.texts[next].size();
            auto record = read_record(file, of, next);
            if (!record) co_return std::unexpected(std::move(record).error());
            some.push_back(*std::move(record));
        }
        CO_TRY(store.write([&](Tx& tx) -> Result<> {
            TRY(projects::fill_on(tx, scope));
            TRY(records::insert(tx, scope, table.id, some, "records"));
            return {};
        }));
    }
    co_return Result<>{};
}

} // namespace

Task<Result<Project>> begin(Store& store, const Scope& scope, projects::Draft draft) {
    co_return co_await store.write([&](Tx& tx) { return projects::begin(tx, scope, draft); });
}

Task<Result<>> fill(Store& store, const Scope& scope, const ProjectFile& file) {
    const std::vector<Piece> pieces = pieces_of(scope, file);
    for (std::size_t done = 0; done < pieces.size();)
        done = CO_TRY(store.write([&](Tx& tx) { return do_some(tx, scope, pieces, done); }));
    for (const ProjectFile::Records& each : file.records)
        CO_TRY(fill_records(store, scope, file, each));
    co_return Result<>{};
}

Task<Result<>> give_up(Store& store, const Scope& scope) {
    co_return co_await store.write([&](Tx& tx) { return projects::give_up(tx, scope); });
}

Result<ProjectFile> read(Rx& rx, const Scope& scope) {
    const Project project = TRY(projects::find(rx, scope, scope.project));
    ProjectFile file{.name = project.name,
                     .description = project.description,
                     .coworker_role = project.coworker_role,
                     .status = project.status};
    file.connectors = TRY(connectors::list(rx, scope));
    for (const ConnectorAccount& account : file.connectors)
        for (CustomAction& custom : TRY(custom_actions::list(rx, scope, account.id)))
            file.actions.push_back(std::move(custom));
    file.tables = TRY(tables::list(rx, scope));
    file.skills = TRY(skills::all(rx, scope));
    for (std::int64_t skip = 0;; skip += agentflows::page_max) {
        auto page = TRY(agentflows::list(rx, scope, skip, agentflows::page_max));
        for (Agentflow& flow : page.flows) file.flows.push_back(std::move(flow));
        if (std::ssize(page.flows) < agentflows::page_max) return file;
    }
}

} // namespace weft::store::project_filling
