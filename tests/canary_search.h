#pragma once

#include "base/ids.h"
#include "http/message.h"
#include "json/json.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace weft::testing {

/// Secrets with a mark of their own, and where they were found: as they are, in base64 (wherever in
/// what was encoded they stood), hexadecimal, percent-encoded and as JSON writes them in a string.
class Canaries {
public:
    /// `raw` too: a key whose digits are known also exists as bytes.
    void add(const std::string& name, const std::string& secret) {
        auto& forms = forms_[name];
        if (secret.size() < 8) return;
        forms.insert({secret, hex(secret), upper(hex(secret)), http::percent_encode(secret),
                      lower(http::percent_encode(secret)), quoted(secret)});
        for (std::size_t skip = 0; skip < 3; ++skip)
            for (const bool for_urls : {false, true})
                forms.insert(base64_of_whole(secret.substr(skip), for_urls));
    }
    void add_hex(const std::string& name, const std::string& digits) {
        add(name, digits);
        std::string bytes(digits.size() / 2, '\0');
        from_hex(digits, {reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
        add(name, bytes);
    }

    /// Looks through bytes from a place. `shown`: the secrets that this one place is to show.
    void look(const std::string& place, const std::string& bytes,
              const std::set<std::string>& shown = {}) {
        bytes_ += bytes.size();
        for (const auto& [name, forms] : forms_)
            for (const std::string& form : forms)
                if (!shown.contains(name) && bytes.contains(form))
                    found_.insert(name + " in " + place);
    }
    void look_at_files(const std::filesystem::path& folder) {
        std::error_code ignored;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, ignored)) {
            if (!entry.is_regular_file(ignored)) continue;
            std::ifstream in(entry.path(), std::ios::binary);
            std::ostringstream bytes;
            bytes << in.rdbuf();
            look(entry.path().string(), std::move(bytes).str());
            ++files_;
        }
    }

    const std::set<std::string>& found() const { return found_; } ///< "name in place"
    std::size_t bytes() const { return bytes_; }                  ///< looked through
    std::size_t files() const { return files_; }

private:
    static std::string hex(const std::string& bytes) {
        return to_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    }
    static std::string upper(std::string text) {
        for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        return text;
    }
    static std::string lower(std::string text) {
        for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        return text;
    }
    static std::string quoted(const std::string& secret) {
        const std::string text = to_text(json::value(secret));
        return text.substr(1, text.size() - 2);
    }
    /// Of the whole groups of three bytes: what follows does not change these characters.
    static std::string base64_of_whole(const std::string& bytes, bool for_urls) {
        const std::string digits =
            std::string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") +
            (for_urls ? "-_" : "+/");
        std::string out;
        for (std::size_t i = 0; i + 3 <= bytes.size(); i += 3) {
            const auto byte = [&](std::size_t at) {
                return static_cast<std::uint32_t>(static_cast<std::uint8_t>(bytes[i + at]));
            };
            const std::uint32_t three = byte(0) << 16 | byte(1) << 8 | byte(2);
            for (const int shift : {18, 12, 6, 0}) out += digits[three >> shift & 63];
        }
        return out;
    }

    std::map<std::string, std::set<std::string>> forms_;
    std::set<std::string> found_;
    std::size_t bytes_ = 0;
    std::size_t files_ = 0;
};

} // namespace weft::testing
