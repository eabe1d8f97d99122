#pragma once

#include "weft_process.h"
#include "whole_server.h"

#include <map>

namespace weft::testing {

struct Check {
    std::string health;
    std::string sentence;
    std::string mend;
};

/// What the doctor says of a data directory, by check; several of one name are in order.
struct Diagnosis {
    int exit = 0;
    std::multimap<std::string, Check> checks;

    /// The worst of that name.
    Check of(const std::string& name) const {
        Check worst{"absent", "", ""};
        for (auto [at, end] = checks.equal_range(name); at != end; ++at)
            if (worst.health == "absent" || worst.health == "ok" || at->second.health == "problem")
                worst = at->second;
        return worst;
    }
};

inline Diagnosis examine(const std::string& data, std::vector<std::string> flags = {},
                         std::vector<std::string> environment = {}) {
    const TemporaryDirectory directory;
    std::vector<std::string> arguments{"doctor", "--json", "--data", data};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    if (std::ranges::find(flags, "--listen") == flags.end())
        arguments.insert(arguments.end(), {"--listen", "127.0.0.1:0"});
    WeftProcess process(std::move(arguments), directory.path() / "out", std::move(environment));
    Diagnosis diagnosis;
    diagnosis.exit = process.wait();
    const auto all = parse_json(process.output());
    EXPECT_TRUE(all) << process.output() << process.errors();
    if (!all) return diagnosis;
    for (const json::value& check : all->at("checks").as_array())
        diagnosis.checks.emplace(text_or(check, "check"),
                                 Check{std::string(text_or(check, "health")),
                                       std::string(text_or(check, "sentence")),
                                       std::string(text_or(check, "mend"))});
    EXPECT_EQ(all->at("ok").as_bool(), diagnosis.exit == 0);
    return diagnosis;
}

} // namespace weft::testing
