#include "base/nearest.h"

#include <vector>

#include <gtest/gtest.h>

namespace weft {

TEST(Nearest, finds_what_was_meant_and_stays_silent_when_nothing_is_near) {
    const std::vector<std::string> known{"serve", "run", "settings", "apikey", "doctor"};
    struct Case {
        const char* written;
        const char* meant;
    };
    for (const Case& each : {Case{"sevre", "serve"}, Case{"serv", "serve"}, Case{"rn", "run"},
                             Case{"setings", "settings"}, Case{"api-key", "apikey"},
                             Case{"banana", ""}, Case{"", ""}, Case{"x", ""}})
        EXPECT_EQ(nearest(each.written, known), each.meant) << each.written;
    EXPECT_EQ(nearest(std::string(10'000, 's'), known), "");
    EXPECT_EQ(did_you_mean("docter", known), " Did you mean doctor?");
    EXPECT_EQ(did_you_mean("banana", known), "");
}

} // namespace weft
