#pragma once

#include "domain/ids.h"

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weft::store {

/// One-dimensional arrays in PostgreSQL's binary form (its array_recv): number of dimensions,
/// whether there are NULLs, the element's type, length and first index; then each element as its
/// length in bytes, or -1, and its bytes. All numbers begin with their first byte.
class PostgresArray {
public:
    enum class Of : std::uint32_t { bytea = 17, int8 = 20, text = 25, float8 = 701 };

    explicit PostgresArray(Of of) : of_(of) {}

    void add(std::int64_t number) {
        const std::uint64_t wire = std::byteswap(static_cast<std::uint64_t>(number));
        add({reinterpret_cast<const char*>(&wire), sizeof wire});
    }
    void add(double number) { add(std::bit_cast<std::int64_t>(number)); } ///< to float8
    void add(std::string_view bytes) {
        put(elements_, static_cast<std::uint32_t>(bytes.size()));
        elements_.append(bytes);
        ++count_;
    }
    void add(std::span<const std::uint8_t> bytes) {
        add({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    }
    void add_null() {
        put(elements_, ~std::uint32_t{0});
        has_null_ = true;
        ++count_;
    }
    /// An id that is none is NULL.
    template <class Tag> void add(const Id<Tag>& id) {
        if (id)
            add(std::span<const std::uint8_t>(id.bytes));
        else
            add_null();
    }

    std::string binary() const {
        std::string out;
        put(out, count_ == 0 ? 0 : 1);
        put(out, has_null_ ? 1 : 0);
        put(out, static_cast<std::uint32_t>(of_));
        if (count_ == 0) return out;
        put(out, count_);
        put(out, 1);
        return out + elements_;
    }
    /// The type of the array itself, from the server's catalogue pg_type.
    unsigned type() const {
        switch (of_) {
        case Of::bytea: return 1001;
        case Of::int8: return 1016;
        case Of::text: return 1009;
        case Of::float8: return 1022;
        }
        return 0;
    }

private:
    static void put(std::string& out, std::uint32_t number) {
        const std::uint32_t wire = std::byteswap(number);
        out.append(reinterpret_cast<const char*>(&wire), sizeof wire);
    }

    Of of_;
    std::uint32_t count_ = 0;
    bool has_null_ = false;
    std::string elements_;
};

} // namespace weft::store
