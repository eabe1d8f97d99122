#pragma once

#include "base/mutex.h"
#include "base/time.h"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace weft::auth {

/// How often something has happened, by name, in windows that begin with the first time. Counts
/// live in this process. Any thread.
class Counts {
public:
    Counts(int at_most, seconds window) : max_(at_most), window_(window) {}

    /// Counts one more time. Set: it has happened often enough, and was not counted; the seconds
    /// until the window ends.
    std::optional<int> refuse(const std::string& name, Instant now);
    void take_back(const std::string& name); ///< one time
    void forget(const std::string& name);
    void forget_ending_in(std::string_view end_of_name);

private:
    struct Count {
        int times = 0;
        Instant until;
    };
    static constexpr std::size_t counted_max = 100'000; ///< beyond it, those that are over go

    Mutex mutex_;
    int max_;
    seconds window_;
    std::unordered_map<std::string, Count> counts_ GUARDED_BY(mutex_);
};

} // namespace weft::auth
