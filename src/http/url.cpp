#include "http/url.h"

#include "http/text.h"

#include <algorithm>
#include <charconv>

namespace weft::http {

namespace {

/// A name or an address. Not outside ASCII: what libcurl makes of that depends on the locale. Not
/// with a percent sign left: read again, it could become another host.
bool is_host(std::string_view host) {
    constexpr std::string_view marks = "-._";
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    if (bracketed) host = host.substr(1, host.size() - 2);
    return !host.empty() && std::ranges::all_of(host, [&](char c) {
        const char lower = ascii_lower(c);
        return (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z') ||
               (bracketed ? c == ':' || c == '.' : marks.contains(c));
    });
}

} // namespace

std::optional<Url> Url::parse(const std::string& text) {
    // Relative texts have no scheme; libcurl would guess one only when it is asked to.
    return read(Handle(curl_url()), text);
}

/// Read twice: libcurl makes dotted decimals of a number before it decodes percent signs, so
/// "%30" would be the host "0" at first and "0.0.0.0" from then on.
std::optional<Url> Url::read(Handle handle, const std::string& text) {
    const auto once = read_once(std::move(handle), text);
    return once ? read_once(Handle(curl_url()), once->text()) : std::nullopt;
}

std::optional<Url> Url::read_once(Handle handle, const std::string& text) {
    if (!handle || has_control_character(text)) return std::nullopt;
    // A Location may hold spaces; everything else that a URL must not hold is refused.
    if (curl_url_set(handle.get(), CURLUPART_URL, text.c_str(),
                     CURLU_URLENCODE | CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
        return std::nullopt;
    curl_url_set(handle.get(), CURLUPART_FRAGMENT, nullptr, 0);
    Url out(std::move(handle));
    const std::string scheme = out.part(CURLUPART_SCHEME);
    if ((scheme != "http" && scheme != "https") || !is_host(out.part(CURLUPART_HOST)))
        return std::nullopt;
    return out;
}

Url::Url(const Url& other) : handle_(curl_url_dup(other.handle_.get())) {}

std::optional<Url> Url::follow(const std::string& location) const {
    if (location.empty()) return std::nullopt;
    const std::string target = location.substr(0, location.find('#'));
    if (target.empty()) return *this; // libcurl 7.88 would drop the query
    return read(Handle(curl_url_dup(handle_.get())), target);
}

std::string Url::part(CURLUPart which, unsigned flags) const {
    char* text = nullptr;
    if (curl_url_get(handle_.get(), which, &text, flags) != CURLUE_OK) return {};
    std::string out(text);
    curl_free(text);
    return out;
}

Origin Url::origin() const {
    Origin out{part(CURLUPART_SCHEME), part(CURLUPART_HOST), 0};
    std::ranges::transform(out.host, out.host.begin(), ascii_lower);
    const std::string port = part(CURLUPART_PORT, CURLU_DEFAULT_PORT);
    std::from_chars(port.data(), port.data() + port.size(), out.port);
    return out;
}

std::string Url::shown_host() const {
    const std::string port = part(CURLUPART_PORT);
    return part(CURLUPART_HOST) + (port.empty() ? "" : ":" + port);
}

std::string Url::text() const { return part(CURLUPART_URL); }

bool Url::has_user_or_password() const {
    return !part(CURLUPART_USER).empty() || !part(CURLUPART_PASSWORD).empty();
}

void Url::add_query(const std::string& name, const std::string& value) {
    curl_url_set(handle_.get(), CURLUPART_QUERY, (name + "=" + value).c_str(),
                 CURLU_APPENDQUERY | CURLU_URLENCODE);
}

std::optional<Origin> origin_of(const std::string& url) {
    const auto parsed = Url::parse(url);
    if (!parsed) return std::nullopt;
    return parsed->origin();
}

} // namespace weft::http
