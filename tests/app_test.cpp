// The web app as the binary brings it: its page, its files, and what browsers are told of them.
// What it shows is tested in a browser (ui/tests).
#include "api_world.h"

#include "api/app_files.h"

namespace weft {

class WebApp : public Api {
protected:
    Reply get(const std::string& path, const char* name = "accept", const char* value = "*/*") {
        http::Headers headers;
        headers.set(name, value);
        // Of the app /openapi.json tells the page alone, not its files and what is told of them.
        TestClient client(server_->url(), "", TestClient::Answers::unchecked);
        return client.send(http::Method::get, path, "", std::move(headers));
    }
    static const api::AppFile& file(std::string_view end) {
        for (const api::AppFile& each : api::app_files())
            if (each.path.ends_with(end)) return each;
        throw std::runtime_error("the app has no such file");
    }
};

TEST_F(WebApp, root_leads_there_and_each_of_its_places_answers_the_page) {
    const Reply root = get("/");
    EXPECT_EQ(root.status, 302);
    EXPECT_EQ(root.header("location"), "/app/");
    for (const char* path : {"/app", "/app/", "/app/sign-in", "/app/p/1/flows/2?panel=3"}) {
        const Reply page = get(path);
        EXPECT_EQ(page.status, 200) << path;
        EXPECT_EQ(page.text, file("index.html").plain) << path;
        EXPECT_EQ(page.header("cache-control"), "no-cache");
    }
    EXPECT_EQ(get("/app/assets/gone-1234.js").status, 404) << "a page is no script";
}

TEST_F(WebApp, files_are_kept_for_good_and_come_packed_when_the_client_can_unpack_them) {
    const api::AppFile& script = file(".js");
    const std::string path = "/app/" + std::string(script.path);
    const Reply plain = get(path, "accept-encoding", "identity");
    EXPECT_EQ(plain.text, script.plain);
    EXPECT_EQ(plain.header("content-type"), "text/javascript; charset=utf-8");
    EXPECT_TRUE(plain.header("cache-control").contains("immutable"));
    EXPECT_EQ(plain.header("content-encoding"), "");
    EXPECT_LT(script.brotli.size(), script.gzip.size());
    EXPECT_LT(script.gzip.size(), script.plain.size());
}

// A browser takes what a 304 says over to what it has kept: without a policy of its own it would
// get that of every other answer, under which nothing runs.
TEST_F(WebApp, what_is_known_is_not_sent_again_and_stays_usable) {
    const Reply page = get("/app/");
    const std::string etag = page.header("etag");
    const Reply again = get("/app/", "if-none-match", etag.c_str());
    EXPECT_EQ(again.status, 304);
    EXPECT_EQ(again.text, "");
    EXPECT_EQ(again.header("content-security-policy"), page.header("content-security-policy"));
    EXPECT_EQ(get("/app/", "if-none-match", "\"another\"").status, 200);
}

} // namespace weft
