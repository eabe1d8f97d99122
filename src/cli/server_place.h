#pragma once

#include "cli/api_client.h"
#include "http/client.h"
#include "server/settings_gather.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

namespace weft::cli {

/// The URL of the server that was named, else of the one that holds the data directory; empty: none
/// holds it. invalid, conflict: there is one and no key for it was given, or it does not say where
/// it answers; says what to do.
Result<std::string> server_of(const server::GatheredSettings& settings, const std::string& named,
                              const std::string& api_key);

/// Waits for what `fn(ApiClient&)`, a task, answers.
template <class F> auto ask(const std::string& server, const std::string& api_key, F fn) {
    http::IoThreads threads(1);
    http::Client client(threads);
    ApiClient api(client, server, api_key);
    threads.run();
    auto answered = asio::co_spawn(threads.at(0), fn(api), asio::use_future).get();
    client.stop();
    threads.stop();
    return answered;
}

} // namespace weft::cli
