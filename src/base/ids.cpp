#include "base/ids.h"

#include <sodium.h>

namespace weft {

namespace {

int digit_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

} // namespace

std::string to_hex(std::span<const std::uint8_t> bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string hex(bytes.size() * 2, '\0');
    char* at = hex.data();
    for (const std::uint8_t byte : bytes) {
        *at++ = digits[byte >> 4];
        *at++ = digits[byte & 15];
    }
    return hex;
}

bool from_hex(std::string_view hex, std::span<std::uint8_t> out) {
    if (hex.size() != out.size() * 2) return false;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const int high = digit_value(hex[2 * i]);
        const int low = digit_value(hex[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        out[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return true;
}

std::string Uuid::text() const {
    const std::string hex = to_hex(bytes);
    std::string text(36, '-');
    for (const auto& [to, from, size] :
         {std::array{0, 0, 8}, {9, 8, 4}, {14, 12, 4}, {19, 16, 4}, {24, 20, 12}})
        hex.copy(text.data() + to, static_cast<std::size_t>(size), static_cast<std::size_t>(from));
    return text;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
    if (text.size() != 36) return std::nullopt;
    std::string hex;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash != (text[i] == '-')) return std::nullopt;
        if (!dash) hex += text[i];
    }
    Uuid uuid;
    if (!from_hex(hex, uuid.bytes)) return std::nullopt;
    return uuid;
}

void fill_random(std::span<std::uint8_t> out) { randombytes_buf(out.data(), out.size()); }

IdMinter::IdMinter(Clock& clock) : clock_(clock) {
    std::array<std::uint8_t, 6> seed{};
    fill_random(seed);
    process_ = static_cast<std::uint16_t>(seed[0] << 8 | seed[1]);
    counter_ = static_cast<std::uint32_t>(seed[2] << 16 | seed[3] << 8 | seed[4]);
}

IdBytes IdMinter::next(std::uint32_t project_ordinal) {
    const auto seconds = static_cast<std::uint32_t>(clock_.now().us / 1'000'000);
    const std::uint32_t count = counter_.fetch_add(1, std::memory_order_relaxed);
    IdBytes id{};
    for (int i = 0; i < 4; ++i) id[i] = static_cast<std::uint8_t>(seconds >> (24 - 8 * i));
    for (int i = 0; i < 3; ++i)
        id[4 + i] = static_cast<std::uint8_t>(project_ordinal >> (16 - 8 * i));
    id[7] = static_cast<std::uint8_t>(process_ >> 8);
    id[8] = static_cast<std::uint8_t>(process_);
    for (int i = 0; i < 3; ++i) id[9 + i] = static_cast<std::uint8_t>(count >> (16 - 8 * i));
    return id;
}

Uuid IdMinter::mint_uuid(std::uint32_t project_ordinal) {
    Uuid uuid;
    fill_random(uuid.bytes);
    for (int i = 0; i < 3; ++i)
        uuid.bytes[i] = static_cast<std::uint8_t>(project_ordinal >> (16 - 8 * i));
    uuid.bytes[6] = static_cast<std::uint8_t>((uuid.bytes[6] & 0x0F) | 0x40);
    uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3F) | 0x80);
    return uuid;
}

} // namespace weft
