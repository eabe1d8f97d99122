#include "tests/support/scripted_dns.h"

#include "base/mutex.h"

#include <algorithm>

namespace weft::testing {

namespace {

struct State {
    Mutex mutex;
    std::optional<std::map<std::string, std::vector<ScriptedDns::Answer>>> names GUARDED_BY(mutex);
    std::map<std::string, int> lookups GUARDED_BY(mutex);
};

State& state() {
    static State one;
    return one;
}

std::string canonical(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    std::string out(name);
    std::ranges::transform(out, out.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

} // namespace

ScriptedDns::ScriptedDns(std::map<std::string, std::vector<Answer>> names) {
    State& s = state();
    const Lock lock(s.mutex);
    s.names = std::move(names);
    s.lookups.clear();
}

ScriptedDns::~ScriptedDns() {
    State& s = state();
    const Lock lock(s.mutex);
    s.names.reset();
}

int ScriptedDns::lookups(const std::string& name) {
    State& s = state();
    const Lock lock(s.mutex);
    return s.lookups[name];
}

std::optional<std::vector<std::string>> scripted_answer(std::string_view name) {
    State& s = state();
    const Lock lock(s.mutex);
    if (!s.names) return std::nullopt;
    const std::string key = canonical(name);
    const int turn = s.lookups[key]++;
    const auto found = s.names->find(key);
    if (found == s.names->end() || found->second.empty()) return std::vector<std::string>{};
    const std::size_t last = found->second.size() - 1;
    return found->second[std::min(static_cast<std::size_t>(turn), last)];
}

} // namespace weft::testing
