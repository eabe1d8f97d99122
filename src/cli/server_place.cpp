#include "cli/server_place.h"

#include "store/inspect.h"

namespace weft::cli {

Result<std::string> server_of(const server::GatheredSettings& settings, const std::string& named,
                              const std::string& api_key) {
    if (!named.empty()) {
        if (api_key.empty())
            return fail(Code::invalid, "A server wants a key: put yours into WEFT_API_KEY.");
        return named;
    }
    const auto holder = store::holder_of(settings.values.data);
    if (!holder) return std::string();
    if (holder->address.empty())
        return fail(Code::conflict,
                    fmt::format("Process {} holds the data directory {}. Wait until it has ended.",
                                holder->process, settings.values.data));
    if (api_key.empty())
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
    return holder->address;
}

} // namespace weft::cli
