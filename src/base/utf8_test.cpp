#include "base/utf8.h"

#include <gtest/gtest.h>

namespace weft {

TEST(Utf8, what_is_and_what_is_not) {
    for (const char* good :
         {"", "abc", "\u00e9", "\u20ac", "\U0001F600", "a\u00e9b", "\xf4\x8f\xbf\xbf"})
        EXPECT_TRUE(is_utf8(good)) << good;
    for (const char* bad :
         {"\x80", "\xff", "\xc3", "\xe2\x82", "\xc0\xaf", "\xe0\x80\xaf", "\xf0\x80\x80\x80",
          "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xc3\x41", "a\xfe"})
        EXPECT_FALSE(is_utf8(bad));
}

} // namespace weft
