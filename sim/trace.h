#pragma once

#include "sim/virtual_time.h"

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <vector>

namespace weft::sim {

/// What happened under one seed: a sum over everything noted, so that two runs can be compared, and
/// the broken promises. Printed as it happens when it is loud.
class Trace {
public:
    explicit Trace(bool loud) : loud_(loud) {}

    template <class... Args> void note(fmt::format_string<Args...> text, Args&&... args) {
        line_.clear();
        fmt::format_to(std::back_inserter(line_), text, std::forward<Args>(args)...);
        add(line_);
        if (loud_) print();
    }
    /// A promise that was not kept.
    template <class... Args> void broken(fmt::format_string<Args...> text, Args&&... args) {
        if (failures_.size() >= failures_max) return;
        failures_.push_back(fmt::format(text, std::forward<Args>(args)...));
        note("BROKEN: {}", failures_.back());
    }

    std::uint64_t sum() const { return sum_; }
    const std::vector<std::string>& failures() const { return failures_; }

private:
    static constexpr std::size_t failures_max = 10;

    void add(std::string_view text) {
        for (const char c : text)
            sum_ = (sum_ ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL; // FNV-1a
        sum_ ^= static_cast<std::uint64_t>(virtual_time::now_us());
        sum_ *= 0x100000001B3ULL;
    }
    void print() const {
        fmt::print("{:12.3f} ms  {}\n", static_cast<double>(virtual_time::now_us()) / 1e3 - 1e6,
                   line_);
    }

    bool loud_;
    std::string line_;
    std::uint64_t sum_ = 0xCBF29CE484222325ULL;
    std::vector<std::string> failures_;
};

} // namespace weft::sim
