#include "domain/column_mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft {

TEST(ColumnMapping, names_are_alike_whatever_their_case_and_separators) {
    EXPECT_EQ(likeness("First name", "first_name"), 1);
    EXPECT_EQ(likeness("E-Mail", "email"), 1);
    EXPECT_EQ(likeness("abcd", "abcx"), 0.75);
    EXPECT_EQ(likeness("", ""), 1);
    EXPECT_EQ(likeness("--", "name"), 0);
    EXPECT_EQ(likeness("Größe", "größe"), 1);
    EXPECT_LT(likeness("phone", "city"), 0.6);
}

TEST(ColumnMapping, each_header_gets_the_likest_column_that_is_free) {
    const std::vector<std::string> headers{"e-mail adress", "Name", "First Name",
                                           "Nothing like it"};
    const std::vector<std::pair<std::string, std::string>> columns{
        {"First name", "first_name"}, {"E-mail address", "email"}, {"Full name", "name"}};
    std::vector<int> found;
    for (const Mapped& each : map_columns(headers, columns))
        found.push_back(each.column ? static_cast<int>(*each.column) : -1);
    EXPECT_THAT(found, testing::ElementsAre(1, 2, 0, -1));
}

} // namespace weft
