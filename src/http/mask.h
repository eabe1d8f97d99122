#pragma once

#include "json/json.h"

#include <boost/json/array.hpp>

#include <string>
#include <vector>

namespace weft::http {

/// Takes secrets out of what comes back from the outside: a server may repeat what it was sent.
/// Each is found as it is, percent-encoded, in hexadecimal, in base64 (wherever in what was encoded
/// it stood) and as JSON writes it in a string. Any thread.
class Mask {
public:
    /// `by`: what stands in their place. Empty secrets are passed over.
    Mask(const std::vector<std::string>& secrets, std::string by);

    std::string text(std::string text) const;
    /// All texts, names of members, and numbers whose digits hold a secret.
    json::value value(json::value value) const;

    /// How many of the last bytes of `text` may be the beginning of a secret.
    std::size_t undecided(std::string_view text) const;

private:
    void add(std::string form);

    std::string by_;
    std::vector<std::string> forms_; ///< the longest first
};

/// The same for a text that comes in pieces, of which each is passed on as soon as it is known to
/// hold no part of a secret.
class MaskedPieces {
public:
    explicit MaskedPieces(const Mask& mask) : mask_(mask) {}

    /// What may be passed on now.
    std::string take(std::string_view piece);
    /// The rest, when nothing follows.
    std::string end();

private:
    const Mask& mask_;
    std::string held_;
};

} // namespace weft::http
