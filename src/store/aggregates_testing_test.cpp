#include "store/aggregates_testing.h"

#include "store/database_testing.h"
#include "store/organizations.h"

#include <cstdlib>
#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace weft::store {

void drive(Task<> task) {
    asio::io_context loop;
    std::exception_ptr broken;
    asio::co_spawn(loop, std::move(task), [&](std::exception_ptr why) { broken = why; });
    loop.run();
    if (broken) std::rethrow_exception(broken);
}

std::vector<ConnectorKind> kinds() {
    const auto fields = [](std::string_view text) {
        return fields_from_json(js(text), "").value();
    };
    return {
        {.category = "tables",
         .display_name = "Tables",
         .description = "Rows and columns",
         .actions = {{.name = "Insert records",
                      .category = "tables",
                      .sort = "insert_records",
                      .input = fields(R"([{"field_id":"table","required":true},
                              {"field_id":"records","type":"array","required":true,
                                  "description":"d"}])"),
                      .output = fields(R"([{"field_id":"count","type":"number"}])"),
                      .effect = EffectClass::keyed},
                     {.name = "List records",
                      .category = "tables",
                      .sort = "list_records",
                      .effect = EffectClass::pure}}},
        {.category = "files",
         .display_name = "Files",
         .description = "Documents",
         .actions = {
             {.name = "Read", .category = "files", .sort = "read", .effect = EffectClass::pure}}}};
}

AggregateTest::AggregateTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weft-store-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    auto opened =
        Store::open({.directory = directory_, .url = store_url(directory_)}, clock_, minter_);
    if (!opened) throw std::runtime_error(opened.error().message);
    store_ = *std::move(opened);
    const auto scope_of = [&](std::optional<OrganizationId> organization) {
        return write([&](Tx& tx) -> Result<Scope> {
                   Scope scope;
                   scope.organization =
                       organization ? *organization : TRY(organizations::create(tx, "Org"))
                   .id;
                   scope.project = TRY(
                       projects::create(tx, scope, {.name = organization ? "Sibling" : "Project"}))
                   .id;
                   return scope;
               })
            .value();
    };
    mine_ = scope_of(std::nullopt);
    sibling_ = scope_of(mine_.organization);
    foreign_ = scope_of(std::nullopt);
}

AggregateTest::~AggregateTest() {
    store_.reset();
    remove_test_directory(directory_);
}

} // namespace weft::store
