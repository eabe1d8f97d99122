#pragma once

#include "whole_server.h"

#include "connectors/catalogue.h"
#include "store/api_keys.h"
#include "store/bootstrap.h"
#include "store/connectors.h"
#include "store/organizations.h"
#include "store/projects.h"

#include <boost/asio/use_future.hpp>

namespace weft {

using testing::Reply;
using testing::TestClient;
using testing::WholeServer;

/// A whole server over a data directory with two organizations: the first start's, and one that
/// wants to look into it.
class Api : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        server_ = new WholeServer(prepare());
        stranger_ = new TestClient(server_->url(), stranger_key);
        viewer_ = new TestClient(server_->url(), viewer_key);
        nobody_ = new TestClient(server_->url(), "");
    }
    static void TearDownTestSuite() {
        for (TestClient** client : {&stranger_, &viewer_, &nobody_})
            delete std::exchange(*client, nullptr);
        delete std::exchange(server_, nullptr);
        delete std::exchange(directory_, nullptr);
    }

    /// Makes the second organization and a key that may only look, before the server starts.
    static server::Settings prepare() {
        directory_ = new testing::TemporaryDirectory;
        server::Settings settings;
        settings.data = directory_->path() / "data";
        SystemClock clock;
        IdMinter ids(clock);
        auto store =
            store::Store::open({settings.data, store::store_url(settings.data)}, clock, ids)
                .value();
        http::IoThreads threads(1);
        http::Client client(threads);
        const models::Registry registry;
        const models::Caller caller(registry, clock);
        const connectors::Catalogue catalogue =
            connectors::make_catalogue(*store, client, caller, clock);
        const auto kinds = connectors::kinds(catalogue);
        threads.run();
        const auto made =
            asio::co_spawn(threads.at(0), store->write([&](store::Tx& tx) -> Result<> {
                const auto first =
                    TRY(store::bootstrap(tx, store->vault(), {WholeServer::key}, kinds));
                project_ = first->project.id.hex();
                const Scope scope{
                    first->organization.id, {}, {Principal::Kind::system, "", "test", Role::owner}};
                TRY(store::api_keys::create(
                    tx, store->vault(), scope,
                    {.name = "viewer", .role = Role::viewer, .secret = viewer_key}));
                const Organization other = TRY(store::organizations::create(tx, "Other"));
                Scope theirs{other.id, {}, {Principal::Kind::system, "", "test", Role::owner}};
                theirs.project = TRY(store::projects::create(tx, theirs, {.name = "Theirs"}))
                .id;
                TRY(store::connectors::create_defaults(tx, theirs, kinds));
                TRY(store::api_keys::create(
                    tx, store->vault(), theirs,
                    {.name = "stranger", .role = Role::owner, .secret = stranger_key}));
                return {};
            }),
                           asio::use_future)
                .get();
        EXPECT_TRUE(made.has_value());
        store->drain();
        threads.stop();
        return settings;
    }

    static constexpr const char* stranger_key = "5754a4e6-0000-4000-8000-000000000001";
    static constexpr const char* viewer_key = "71e3e400-0000-4000-8000-000000000002";

    TestClient& owner() { return server_->owner(); }
    std::string in_project(const std::string& path) {
        return path + (path.find('?') == path.npos ? "?" : "&") + "projectID=" + project_;
    }
    std::string new_flow(const std::string& name) {
        return owner().post(in_project("/agentflow/"), {{"name", name}}).at("_id");
    }

    static inline testing::TemporaryDirectory* directory_ = nullptr;
    static inline WholeServer* server_ = nullptr;
    static inline TestClient* stranger_ = nullptr;
    static inline TestClient* viewer_ = nullptr;
    static inline TestClient* nobody_ = nullptr;
    static inline std::string project_;
};

inline std::string code_of(const Reply& reply) {
    return fmt::format("{} {}", reply.status, reply.at("code"));
}

} // namespace weft
