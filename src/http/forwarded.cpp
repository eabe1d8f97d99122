#include "http/forwarded.h"

#include "http/text.h"

#include <algorithm>
#include <fmt/format.h>

namespace weft::http {

namespace {

/// Takes the last of a list of words between commas off its end.
std::string_view take_last(std::string_view& list) {
    const std::size_t comma = list.rfind(',');
    const std::string_view last = list.substr(comma == list.npos ? 0 : comma + 1);
    list = list.substr(0, comma == list.npos ? 0 : comma);
    return trimmed(last);
}

/// All words of the fields of this name, as one list: fields are read in their order.
std::string list_of(const Headers& headers, std::string_view name) {
    std::string list;
    for (const auto& [key, value] : headers.fields)
        if (equal_without_case(key, name)) list += (list.empty() ? "" : ",") + value;
    return list;
}

/// Without brackets, port and scope.
std::string_view bare(std::string_view text) {
    if (text.starts_with('['))
        text = text.contains(']') ? text.substr(1, text.find(']') - 1) : "";
    else if (std::ranges::count(text, ':') == 1)
        text = text.substr(0, text.find(':'));
    return text.substr(0, text.find('%'));
}

} // namespace

std::string plain_address(std::string_view text) {
    const auto bytes = address_bytes(bare(text));
    return bytes.empty() ? std::string() : address_text(unmapped(bytes));
}

Result<TrustedProxies> TrustedProxies::parse(std::string_view text) {
    for (std::string_view rest = text; !rest.empty();) {
        const std::string_view each = take_last(rest);
        const bool has_port = each.contains('[') || std::ranges::count(each, ':') == 1;
        if (has_port || !AllowedAddresses::parse(each))
            return fail(Code::invalid, fmt::format("'{}' is not an address such as 127.0.0.1 or "
                                                   "10.0.0.0/8 (no names, no ports).",
                                                   each));
    }
    TrustedProxies proxies;
    proxies.addresses_ = TRY(AllowedAddresses::parse(text));
    return proxies;
}

bool TrustedProxies::trusts(std::string_view address) const {
    return addresses_.holds(address_bytes(address), 0);
}

void TrustedProxies::identify(Request& request, const std::string& peer, bool over_tls) const {
    request.client = peer;
    request.is_secure = over_tls;
    if (!trusts(peer)) return;
    const std::string named = list_of(request.headers, "x-forwarded-for");
    for (std::string_view rest = named; !rest.empty() && trusts(request.client);) {
        std::string address = plain_address(take_last(rest));
        if (address.empty()) break; // "unknown", or a lie
        request.client = std::move(address);
    }
    const std::string schemes = list_of(request.headers, "x-forwarded-proto");
    std::string_view rest = schemes;
    if (!schemes.empty()) request.is_secure = equal_without_case(take_last(rest), "https");
}

} // namespace weft::http
