#include "http/mail_text.h"

#include "http/text.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <ctime>

namespace weft::http {

namespace {

constexpr std::size_t base64_line_max = 76;        // RFC 2045, 6.8
constexpr std::size_t encoded_word_bytes_max = 42; // so that a word has at most 75 characters

std::string base64(std::string_view bytes) {
    std::string text(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(text.data(), text.size(),
                      reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                      sodium_base64_VARIANT_ORIGINAL);
    text.pop_back(); // the zero
    return text;
}

bool is_printable_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

std::string without_controls(std::string_view text) {
    std::string clean(text);
    for (char& c : clean)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    return clean;
}

/// How many bytes of `text` fit into one encoded word, none of its characters cut.
std::size_t word_length(std::string_view text) {
    std::size_t length = std::min(text.size(), encoded_word_bytes_max);
    const auto continues = [&](std::size_t at) {
        return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
    };
    while (length > 1 && continues(length)) --length;
    return length;
}

/// "Thu, 31 Jan 2026 12:00:00 +0000"
std::string date_text(Instant at) {
    const std::time_t seconds = at.us / 1'000'000;
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000", days[utc.tm_wday], utc.tm_mday,
                       months[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

std::string with_crlf(std::string_view text) {
    std::string lines;
    for (const char c : text) {
        if (c == '\n') lines += '\r';
        lines += c;
    }
    return lines;
}

/// "Ada <ada@example.org>" with the name as headers have it.
std::string mailbox_text(std::string_view mailbox) {
    const std::string address = mail_address_of(mailbox);
    const auto open = mailbox.find('<');
    if (open == mailbox.npos) return "<" + address + ">";
    std::string name(trimmed(mailbox.substr(0, open)));
    if (name.size() > 1 && name.starts_with('"') && name.ends_with('"'))
        name = name.substr(1, name.size() - 2);
    const bool plain = is_printable_ascii(name) && name.find_first_of("\"\\") == name.npos;
    return (plain ? "\"" + name + "\"" : mail_header_text(name)) + " <" + address + ">";
}

} // namespace

std::string mail_address_of(std::string_view mailbox) {
    if (const auto open = mailbox.find('<'); open != mailbox.npos) {
        const auto close = mailbox.find('>', open);
        if (close == mailbox.npos || !trimmed(mailbox.substr(close + 1)).empty()) return {};
        mailbox = mailbox.substr(open + 1, close - open - 1);
    }
    const std::string_view address = trimmed(mailbox);
    const auto at = address.find('@');
    const bool good = at != address.npos && at > 0 && at + 1 < address.size() &&
                      address.find_first_of(" \t\r\n<>,;\"") == address.npos &&
                      !has_control_character(address);
    return good ? std::string(address) : std::string();
}

std::string mail_header_text(std::string_view text) {
    const std::string clean = without_controls(text);
    // What looks like an encoded word is encoded, too.
    if (is_printable_ascii(clean) && clean.find("=?") == clean.npos) return clean;
    std::string words;
    for (std::string_view rest = clean; !rest.empty();) {
        const std::size_t length = word_length(rest);
        words += (words.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?") +
                 base64(rest.substr(0, length)) + "?=";
        rest.remove_prefix(length);
    }
    return words;
}

std::string write_mail(const MailText& mail) {
    const std::string from = mail_address_of(mail.from);
    std::string text = fmt::format(
        "Date: {}\r\nFrom: {}\r\nTo: <{}>\r\nSubject: {}\r\nMessage-ID: <{}@{}>\r\n"
        "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n",
        date_text(mail.at), mailbox_text(mail.from), mail_address_of(mail.to),
        mail_header_text(mail.subject), mail.message, from.substr(from.find('@') + 1));
    const std::string body = base64(with_crlf(mail.text));
    for (std::size_t at = 0; at < body.size(); at += base64_line_max)
        text += body.substr(at, base64_line_max) + "\r\n";
    return text;
}

} // namespace weft::http
