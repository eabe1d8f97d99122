#include "auth/counts.h"

#include <algorithm>

namespace weft::auth {

std::optional<int> Counts::refuse(const std::string& name, Instant now) {
    const Lock lock(mutex_);
    if (counts_.size() >= counted_max) {
        std::erase_if(counts_, [now](const auto& each) { return each.second.until <= now; });
        if (counts_.size() >= counted_max) counts_.clear();
    }
    Count& count = counts_[name];
    if (count.until <= now) count = {.until = now + microseconds(window_)};
    if (count.times < max_) {
        ++count.times;
        return std::nullopt;
    }
    constexpr std::int64_t second_us = 1'000'000;
    return static_cast<int>((count.until.us - now.us + second_us - 1) / second_us);
}

void Counts::take_back(const std::string& name) {
    const Lock lock(mutex_);
    const auto found = counts_.find(name);
    if (found != counts_.end()) found->second.times = std::max(0, found->second.times - 1);
}

void Counts::forget(const std::string& name) {
    const Lock lock(mutex_);
    counts_.erase(name);
}

void Counts::forget_ending_in(std::string_view end_of_name) {
    const Lock lock(mutex_);
    std::erase_if(counts_, [&](const auto& each) { return each.first.ends_with(end_of_name); });
}

} // namespace weft::auth
