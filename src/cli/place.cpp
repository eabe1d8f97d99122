#include "cli/place.h"

#include "store/inspect.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace weft::cli {

namespace {

constexpr milliseconds between_looks{100};

Task<Result<json::value>> get_until(ApiClient& api, std::string path,
                                    bool (*is_done)(const json::value&)) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (;;) {
        json::value answer = CO_TRY(api.get(path));
        if (is_done(answer)) co_return answer;
        timer.expires_after(between_looks);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

} // namespace

Result<Place> place_of(const server::GatheredSettings& settings, const Place& named) {
    if (!named.is_local()) {
        if (named.api_key.empty())
            return fail(Code::invalid, "A server wants a key: put yours into WEFT_API_KEY.");
        return named;
    }
    const auto holder = store::holder_of(settings.values.data);
    if (!holder) return Place{};
    if (holder->address.empty())
        return fail(Code::conflict,
                    fmt::format("Process {} holds the data directory {}. Wait until it has ended.",
                                holder->process, settings.values.data));
    if (named.api_key.empty())
        return fail(Code::conflict,
                    fmt::format("The server at {} (process {}) holds the data directory {}. "
                                "Put a key of it into WEFT_API_KEY, and this command asks the "
                                "server; or stop the server first.",
                                holder->address, holder->process, settings.values.data));
    if (holder->address.starts_with("https://"))
        return fail(Code::conflict,
                    fmt::format("The server at {} holds the data directory {}, and its certificate "
                                "is for a name: give that as --server https://NAME.",
                                holder->address, settings.values.data));
    return Place{holder->address, named.api_key};
}

Result<json::value> call(const Place& place, http::Method method, const std::string& path,
                         json::value body) {
    return ask(place, [&](ApiClient& api) { return api.call(method, path, std::move(body)); });
}

Result<json::value> look_until(const Place& place, const std::string& path,
                               bool (*is_done)(const json::value&)) {
    return ask(place, [&](ApiClient& api) { return get_until(api, path, is_done); });
}

} // namespace weft::cli
