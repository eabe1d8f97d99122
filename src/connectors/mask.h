#pragma once

#include "json/json.h"

#include <boost/json/array.hpp>

#include <string>
#include <vector>

namespace weft::connectors {

/// Takes secrets out of what comes back from the outside: a server may repeat what it was sent.
/// Each is found as it is, percent-encoded, in base64 and as JSON writes it in a string. Lives for
/// one call.
class Mask {
public:
    /// Empty ones are passed over.
    explicit Mask(const std::vector<std::string>& secrets);

    std::string text(std::string text) const;
    /// All texts, names of members, and numbers whose digits hold a secret.
    json::value value(json::value value) const;

private:
    void add(std::string form);

    std::vector<std::string> forms_; ///< the longest first
};

} // namespace weft::connectors
