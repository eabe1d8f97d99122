#include "base/log.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace weft {

namespace json = boost::json;

/// What `write` put on standard error.
template <class F> std::string captured(F write) {
    testing::internal::CaptureStderr();
    write();
    return testing::internal::GetCapturedStderr();
}

TEST(Log, one_line_of_json_with_typed_fields) {
    const std::string line = captured([] {
        log_warning("It is \"late\".\n",
                    {{"count", 3}, {"share", 0.5}, {"ok", true}, {"who", "a\tb"}});
    });
    ASSERT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
    const json::object object = json::parse(line).as_object();
    EXPECT_EQ(object.at("level"), "warning");
    EXPECT_EQ(object.at("message"), "It is \"late\".\n");
    EXPECT_EQ(object.at("count"), 3);
    EXPECT_EQ(object.at("share"), 0.5);
    EXPECT_EQ(object.at("ok"), true);
    EXPECT_EQ(object.at("who"), "a\tb");
    EXPECT_TRUE(object.at("time").as_string().ends_with("Z"));
}

TEST(Log, bytes_that_are_not_utf8_stay_valid_json) {
    const std::string line =
        captured([] { log_error("a\xff\xc3", {{"b", std::string("\xed\xa0\x80", 3)}}); });
    const json::object object = json::parse(line).as_object();
    EXPECT_EQ(object.at("message"), "a\uFFFD\uFFFD");
    EXPECT_EQ(object.at("b"), "\uFFFD\uFFFD\uFFFD");
}

TEST(Log, text_under_the_name_of_a_secret_is_not_written) {
    const std::string line = captured([] {
        log_info("x", {{"api_key", "canary"},
                       {"Authorization", "canary"},
                       {"x-token", "canary"},
                       {"keyed", "seen"}});
    });
    EXPECT_EQ(line.find("canary"), std::string::npos) << line;
    EXPECT_NE(line.find("seen"), std::string::npos) << line;
}

TEST(Log, level_decides) {
    set_log_level(LogLevel::error);
    EXPECT_EQ(captured([] { log_warning("no"); }), "");
    EXPECT_NE(captured([] { log_error("yes"); }), "");
    set_log_level(LogLevel::info);
    EXPECT_EQ(captured([] { log_debug("no"); }), "");
    EXPECT_EQ(log_level_from("off"), LogLevel::off);
    EXPECT_FALSE(log_level_from("loud"));
}

} // namespace weft
