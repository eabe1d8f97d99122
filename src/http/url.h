#pragma once

#include <curl/curl.h>

#include <memory>
#include <optional>
#include <string>

namespace weft::http {

/// Who is spoken to. Two of them are the same only when all three parts are (RFC 6454).
struct Origin {
    std::string scheme; ///< "http" or "https"
    std::string host;   ///< in lower case; numeric IPv4 spellings are dotted decimals
    int port = 0;       ///< the scheme's own when the URL names none

    bool operator==(const Origin&) const = default;
};

/// A parsed http or https URL. It is read by libcurl's parser and handed to the transfer as it was
/// read, so what is checked here and what is connected to cannot be two different hosts.
class Url {
public:
    /// nullopt: not a URL with scheme http or https and a host, or one with control characters. A
    /// host outside ASCII must be written in its xn-- form.
    static std::optional<Url> parse(const std::string& text);

    Url(const Url& other);
    Url(Url&&) = default;
    Url& operator=(const Url&) = delete;
    Url& operator=(Url&&) = default;

    /// Where a Location leads from here; nullopt as parse.
    std::optional<Url> follow(const std::string& location) const;

    Origin origin() const;
    /// For messages: the host as written, with the port when one is written. Never the path or
    /// query, which may hold secrets.
    std::string shown_host() const;
    /// Without the fragment.
    std::string text() const;
    bool has_user_or_password() const;
    /// Appends `name=value` to the query, percent-encoded.
    void add_query(const std::string& name, const std::string& value);

    CURLU* handle() const { return handle_.get(); } ///< lives as long as this object

private:
    struct Free {
        void operator()(CURLU* handle) const { curl_url_cleanup(handle); }
    };
    using Handle = std::unique_ptr<CURLU, Free>;

    explicit Url(Handle handle) : handle_(std::move(handle)) {}
    static std::optional<Url> read(Handle handle, const std::string& text);
    static std::optional<Url> read_once(Handle handle, const std::string& text);
    std::string part(CURLUPart which, unsigned flags = 0) const;

    Handle handle_;
};

/// The origin of a URL; nullopt when Url::parse has none.
std::optional<Origin> origin_of(const std::string& url);

} // namespace weft::http
