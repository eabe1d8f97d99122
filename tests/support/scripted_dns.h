#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::testing {

/// The only resolver while it lives (see hanging_dns.h, which defines `getaddrinfo`): a name
/// answers what it is given, look-up by look-up, the last answer again and again. Other names are
/// unknown, so that no look-up leaves the machine; numeric addresses and localhost are read as
/// ever.
class ScriptedDns {
public:
    /// Addresses of one look-up, in the order in which they are tried; empty: the name is unknown.
    using Answer = std::vector<std::string>;

    explicit ScriptedDns(std::map<std::string, std::vector<Answer>> names);
    ~ScriptedDns();
    ScriptedDns(const ScriptedDns&) = delete;
    ScriptedDns& operator=(const ScriptedDns&) = delete;

    /// How often the name was looked up.
    static int lookups(const std::string& name);
};

/// What it says to this look-up; nullopt: none lives, ask the C library. Called by `getaddrinfo`.
std::optional<std::vector<std::string>> scripted_answer(std::string_view name);

} // namespace weft::testing
