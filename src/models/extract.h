#pragma once

#include "domain/field.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace weft::models {

inline constexpr std::size_t records_max = 50'000; ///< of one document
inline constexpr std::size_t matches_per_array_max = 10'000;

/// Finds the values of schema fields in text by their patterns. Knows no document format. Each
/// pattern is compiled once in its life, which is one call of the model; not thread-safe.
class Extractor {
public:
    Extractor();
    ~Extractor();

    /// The records of a text: each begins with a match of `split` and ends where the next begins;
    /// what comes before the first is no record. The views live as long as `text`. invalid: RE2
    /// does not accept the pattern.
    Result<std::vector<std::string_view>> records(std::string_view text, const std::string& split);

    /// What the field's pattern finds: for a scalar the first match that is a value of its type (a
    /// date is also read in the form of mail and turned into ISO 8601; a boolean says whether there
    /// is a match), for an array its distinct matches in order of appearance. A match is group 1 if
    /// the pattern has one. nullopt: a scalar without a match. invalid: RE2 does not accept the
    /// pattern.
    Result<std::optional<json::value>> value(const Field& field, std::string_view text);

private:
    Result<const re2::RE2*> compiled(const std::string& pattern);

    std::map<std::string, std::unique_ptr<re2::RE2>> patterns_;
};

} // namespace weft::models
