#pragma once

#include "base/time.h"

#include <array>
#include <atomic>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weft {

using IdBytes = std::array<std::uint8_t, 12>;

/// Lower-case hex of any bytes.
std::string to_hex(std::span<const std::uint8_t> bytes);
/// Fills `out` from exactly 2 × out.size() hex digits of either case; false for anything else.
bool from_hex(std::string_view hex, std::span<std::uint8_t> out);

/// An `_id`: 12 bytes inside, 24 hex digits at the edge. Big endian: seconds 32 bits | project
/// ordinal 24 | process random 16 | counter 24. The ordinal routes a look-up by id alone; it grants
/// nothing. `Tag` makes ids of different things different types. All zero = none.
template <class Tag> struct Id {
    IdBytes bytes{};

    friend auto operator<=>(const Id&, const Id&) = default;
    explicit operator bool() const { return bytes != IdBytes{}; }

    std::string hex() const { return to_hex(bytes); }
    std::uint32_t ordinal() const {
        return std::uint32_t{bytes[4]} << 16 | std::uint32_t{bytes[5]} << 8 | bytes[6];
    }
    static std::optional<Id> parse(std::string_view hex) {
        Id id;
        if (!from_hex(hex, id.bytes)) return std::nullopt;
        return id;
    }
};

/// An execution's second id: a UUID v4 whose bytes 0–2 carry the project ordinal.
struct Uuid {
    std::array<std::uint8_t, 16> bytes{};

    friend auto operator<=>(const Uuid&, const Uuid&) = default;
    explicit operator bool() const { return bytes != std::array<std::uint8_t, 16>{}; }
    std::string text() const; ///< 8-4-4-4-12, lower case
    std::uint32_t ordinal() const {
        return std::uint32_t{bytes[0]} << 16 | std::uint32_t{bytes[1]} << 8 | bytes[2];
    }
    static std::optional<Uuid> parse(std::string_view text);
};

/// Cryptographically random bytes.
void fill_random(std::span<std::uint8_t> out);

/// Makes ids. One per process, shared by all threads. Ids of one minter are unique; they sort by
/// second.
class IdMinter {
public:
    explicit IdMinter(Clock& clock);

    template <class Tag> Id<Tag> mint(std::uint32_t project_ordinal) {
        return Id<Tag>{next(project_ordinal)};
    }
    Uuid mint_uuid(std::uint32_t project_ordinal);

private:
    IdBytes next(std::uint32_t project_ordinal);

    Clock& clock_;
    std::uint16_t process_;
    std::atomic<std::uint32_t> counter_;
};

} // namespace weft

template <class Tag> struct std::hash<weft::Id<Tag>> {
    std::size_t operator()(const weft::Id<Tag>& id) const noexcept {
        std::uint64_t tail = 0; // process and counter: the part that differs
        std::memcpy(&tail, id.bytes.data() + 4, sizeof tail);
        std::uint32_t head = 0;
        std::memcpy(&head, id.bytes.data(), sizeof head);
        return std::hash<std::uint64_t>{}(tail * 0x9E3779B97F4A7C15ULL ^ head);
    }
};
