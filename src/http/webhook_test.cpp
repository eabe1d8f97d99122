#include "http/webhook.h"

#include <gtest/gtest.h>

namespace weft::http {

// The example of https://github.com/standard-webhooks/standard-webhooks, libraries' test vector.
TEST(Webhook, is_signed_as_the_standard_says) {
    const Headers fields =
        signed_fields("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek",
                      1614265330, R"({"test": 2432232314})");
    EXPECT_EQ(*fields.find("webhook-id"), "msg_p5jXN8AQM9LWM0D4loKWxJek");
    EXPECT_EQ(*fields.find("webhook-timestamp"), "1614265330");
    EXPECT_EQ(*fields.find("webhook-signature"), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(Webhook, another_secret_body_or_time_signs_otherwise) {
    const auto signature = [](const char* secret, std::int64_t at, const char* body) {
        return *signed_fields(secret, "m", at, body).find("webhook-signature");
    };
    const std::string one = signature("s", 1, "b");
    EXPECT_NE(signature("t", 1, "b"), one);
    EXPECT_NE(signature("s", 2, "b"), one);
    EXPECT_NE(signature("s", 1, "c"), one);
    EXPECT_EQ(signature("s", 1, "b"), one);
}

} // namespace weft::http
