#include "api/routes.h"
#include "connectors/accounts.h"
#include "connectors/catalogue.h"
#include "domain/project_file_texts.h"
#include "domain/project_settings.h"
#include "http/mask.h"
#include "store/connectors.h"
#include "store/project_filling.h"
#include "store/records.h"
#include "store/vault.h"
#include "json/outline.h"

#include <boost/json/array.hpp>

namespace weft::api {

namespace {

constexpr std::size_t secret_bytes_min = 8; ///< shorter ones cannot be told from ordinary words
constexpr std::size_t piece_bytes = 64 << 10;
constexpr std::int64_t page_bytes = 1 << 20;
constexpr std::int64_t first_page = 32;

struct ExportProject {
    ProjectId id;
    bool records = false;
    static constexpr auto params() {
        using In = ExportProject;
        return std::tuple{
            path("P", &In::id, "The project"),
            query("records", &In::records, "true: with the records of all tables"),
        };
    }
};

/// An export on its way out. Outlives the request.
struct Export {
    store::Store& store;
    Scope scope;
    std::vector<Table> tables;
    std::vector<std::string> secrets; ///< of the project, in clear
    std::string head;                 ///< all but the records
};

/// Somebody may have written a secret where none belongs: into a prompt, a header, a record.
void hide(json::value& value, const http::Mask& mask) {
    project_file::change_texts(
        value, [&mask](std::string_view text) { return mask.text(std::string(text)); });
}

Result<std::vector<std::string>> secrets_of(store::Rx& rx, const Request& rq,
                                            const ProjectFile& file) {
    std::vector<std::string> secrets;
    for (const ConnectorAccount& account : file.connectors)
        for (auto& [name, value] :
             TRY(store::connectors::open_secrets(rx, rq.store.vault(), rq.scope, account.id)))
            if (value.size() >= secret_bytes_min) secrets.push_back(std::move(value));
    for (const std::string& name :
         TRY(store::secrets::names_below(rx, rq.scope, settings_secrets_prefix)))
        if (auto value = TRY(store::secrets::get(rx, rq.store.vault(), rq.scope, name));
            value && value->size() >= secret_bytes_min)
            secrets.push_back(*std::move(value));
    return secrets;
}

Result<Export> read_head(store::Rx& rx, Request& rq) {
    ProjectFile file = TRY(store::project_filling::read(rx, rq.scope));
    Export made { .store = rq.store, .scope = rq.scope, .secrets = TRY(secrets_of(rx, rq, file)) };
    const auto kinds = connectors::kinds(rq.services.catalogue);
    json::value head = project_file_json(file, rq.scope.project, kinds);
    hide(head, http::Mask(made.secrets, std::string(connectors::secret_mask)));
    made.tables = std::move(file.tables);
    made.head = to_pretty_text(head);
    return made;
}

/// How many records are read at once, so that they take about `page_bytes`.
std::int64_t next_page(std::size_t records, std::size_t bytes) {
    const auto each = static_cast<std::int64_t>(bytes / std::max<std::size_t>(records, 1));
    return std::clamp<std::int64_t>(page_bytes / std::max<std::int64_t>(each, 1), 1,
                                    store::records::page_size_max);
}

/// All records of one table. False: the client has gone, or they could not be read.
Task<bool> write_table(const Export& from, const http::Mask& mask, const Table& table,
                       http::EventStream& out) {
    std::string text;
    RecordId last;
    std::int64_t most = first_page;
    bool first = true;
    for (;;) {
        const auto page = co_await from.store.read([&](store::Rx& rx) {
            return store::records::after(rx, from.scope, table, last, most);
        });
        if (!page) co_return false;
        if (page->empty()) break;
        std::size_t bytes = 0;
        for (const Record& record : *page) {
            json::value shown = record_json(table, record);
            hide(shown, mask);
            const std::string line = to_text(shown);
            text.append(std::exchange(first, false) ? "\n      " : ",\n      ").append(line);
            bytes += line.size();
            if (text.size() < piece_bytes) continue;
            if (!co_await out.write(std::exchange(text, {}))) co_return false;
        }
        last = page->back().id;
        most = next_page(page->size(), bytes);
    }
    text += first ? "]" : "\n    ]";
    co_return co_await out.write(std::move(text));
}

Task<bool> is_there(const Export& from) {
    const auto found = co_await from.store.read_point(
        [&](store::Rx& rx) { return store::projects::find(rx, from.scope, from.scope.project); });
    co_return found.has_value();
}

/// The head, and before its last bracket the records. What does not end with that is not whole.
Task<bool> write_all(const Export& from, http::EventStream& out) {
    const http::Mask mask(from.secrets, std::string(connectors::secret_mask));
    const std::string_view end = "\n}";
    std::string text = from.head.substr(0, from.head.size() - end.size());
    text += ",\n  \"records\": {";
    for (std::size_t i = 0; i < from.tables.size(); ++i) {
        const std::string name = to_text(json::value(mask.text(from.tables[i].name)));
        text.append(i == 0 ? "\n    " : ",\n    ").append(name).append(": [");
        if (!co_await out.write(std::exchange(text, {}))) co_return false;
        if (!co_await write_table(from, mask, from.tables[i], out)) co_return false;
    }
    // Of a project that was deleted meanwhile records may be missing.
    if (!co_await is_there(from)) co_return false;
    text += from.tables.empty() ? "}\n}\n" : "\n  }\n}\n";
    co_return co_await out.write(std::move(text));
}

Task<> stream(std::shared_ptr<const Export> from, http::EventStream& out) {
    if (!co_await write_all(*from, out)) out.cut_off();
}

Task<Result<Bytes<"application/json">>> export_project(Request& rq, ExportProject in) {
    auto from = std::make_shared<Export>(
        CO_TRY(rq.store.read([&](store::Rx& rx) { return read_head(rx, rq); })));
    rq.audited.details["records"] = in.records;
    CO_TRY(rq.commit([](store::Tx&) -> Result<Answer<"Project">> { return Answer<"Project">{}; }));
    http::Response response;
    response.headers.set("content-disposition",
                         fmt::format("attachment; filename=\"{}.weft.json\"", in.id.hex()));
    if (in.records)
        response.stream = [from](http::EventStream& out) { return stream(from, out); };
    else
        response.body = from->head + "\n";
    co_return Bytes<"application/json">{std::move(response)};
}

constexpr Route routes[] = {
    {http::Method::get, "/v1/project/{P}/export", "projects.export",
     needs(Role::owner).also_in_trash(),
     "A project as one JSON text for POST /v1/project/import: flows, skills, tables and connectors "
     "without their secrets; with records=true the records too",
     handler<&export_project>, Audit::taking},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> project_export_routes() { return routes; }

} // namespace weft::api
