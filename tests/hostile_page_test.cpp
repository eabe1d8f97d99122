// A real browser: what a page of another site, a script in our page and an uploaded page can do.
#include "outcome.h"
#include "whole_server.h"

namespace weft {

using testing::Outcome;
using testing::WholeServer;

TEST(HostilePage, can_do_nothing_with_a_browser_that_is_signed_in) {
    if (!std::filesystem::exists("/usr/bin/chromium"))
        GTEST_SKIP() << "Debian's chromium is not installed: ./dev setup installs it";
    WholeServer server;
    const std::string password = "correct horse battery";
    for (const char* email : {"ada@example.org", "evil@example.org"})
        EXPECT_EQ(server.owner()
                      .post("/organization/users",
                            {{"email", email}, {"password", password}, {"role", "admin"}})
                      .status,
                  200);
    http::Headers form;
    form.set("content-type", "multipart/form-data; boundary=x");
    const testing::Reply uploaded = server.owner().send(
        http::Method::post, "/files/upload",
        "--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"evil.html\"\r\n"
        "Content-Type: text/html\r\n\r\n<script>location='/docs'</script>\r\n--x--\r\n",
        form);
    ASSERT_EQ(uploaded.status, 200) << uploaded.text;

    const Outcome ran = testing::run(fmt::format(
        "WEFT_URL={} EMAIL=ada@example.org PASSWORD='{}' FILE={} {}/.tools/node/bin/node "
        "{}/tests/js/hostile_page.mjs",
        server.url(), password, text_or(uploaded.body.at("files").at(0), "_id"), WEFT_SOURCE_DIR,
        WEFT_SOURCE_DIR));
    ASSERT_EQ(ran.exit, 0) << ran.output;
    const auto found = parse_json(ran.output);
    ASSERT_TRUE(found) << ran.output;
    const json::value expected{{"signed_in", 200},
                               {"me", "ada@example.org"},
                               {"injected", "nothing ran"},
                               {"cookie_in_scripts", ""},
                               {"read", "TypeError"},
                               {"me_after_logout", "ada@example.org"},
                               {"me_after_login", "ada@example.org"},
                               {"script", "refused"},
                               {"framed", 0},
                               {"opener", "null"},
                               {"form", 401},
                               {"me_after_form", "ada@example.org"},
                               {"uploaded", "evil.html"}};
    EXPECT_EQ(*found, expected) << to_text(*found);
}

} // namespace weft
