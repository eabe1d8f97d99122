#pragma once

#include "cli/api_client.h"
#include "http/client.h"
#include "server/settings_gather.h"
#include "json/json.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

namespace weft::cli {

/// Where a command works: on a server with a key of it, or on the data directory or database
/// itself.
struct Place {
    std::string server; ///< its address; empty: the directory, or the server that holds it
    std::string api_key;

    bool is_local() const { return server.empty(); }
};

/// The server that was named, else the one that holds the directory, else the directory. invalid:
/// a server was named, and no key for it. conflict: one holds the directory, and no key was given
/// or it does not say where it answers; says what to do.
Result<Place> place_of(const server::GatheredSettings& settings, const Place& named);

/// Waits for what `fn(ApiClient&)`, a task, answers.
template <class F> auto ask(const Place& place, F fn) {
    http::IoThreads threads(1);
    http::Client client(threads);
    ApiClient api(client, place.server, place.api_key);
    threads.run();
    auto answered = asio::co_spawn(threads.at(0), fn(api), asio::use_future).get();
    client.stop();
    threads.stop();
    return answered;
}

/// One call to the server, waited for. The error's message is the server's own.
Result<json::value> call(const Place& place, http::Method method, const std::string& path,
                         json::value body = nullptr);

/// GETs, ten times a second, until `is_done` of the answer.
Result<json::value> look_until(const Place& place, const std::string& path,
                               bool (*is_done)(const json::value&));

} // namespace weft::cli
