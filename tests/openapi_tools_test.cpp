// /openapi.json and /docs as other people's tools see them: Redocly's linter, a TypeScript client
// generated from it, and a browser.
#include "outcome.h"
#include "whole_server.h"

namespace weft {

using testing::Outcome;
using testing::run;
using testing::WholeServer;

namespace {

const std::string js = WEFT_SOURCE_DIR "/tests/js";
const std::string node = WEFT_SOURCE_DIR "/.tools/node/bin/node";

class OpenApiTools : public ::testing::Test {
protected:
    OpenApiTools() { std::ofstream(document()) << server_.owner().get("/openapi.json").text; }
    std::string document() const { return directory_.path() / "openapi.json"; }
    std::string in_directory(const char* name) const { return directory_.path() / name; }

    WholeServer server_;
    testing::TemporaryDirectory directory_;
};

} // namespace

TEST_F(OpenApiTools, redocly_finds_nothing_to_complain_about) {
    const Outcome lint =
        run(fmt::format("REDOCLY_TELEMETRY=off {} {}/node_modules/.bin/redocly lint "
                        "{} --config {}/redocly.yaml --max-problems 20",
                        node, js, document(), js));
    EXPECT_EQ(lint.exit, 0) << lint.output;
    EXPECT_NE(lint.output.find("Your API description is valid"), std::string::npos) << lint.output;
    EXPECT_EQ(lint.output.find("warning"), std::string::npos) << lint.output;
}

TEST_F(OpenApiTools, a_generated_typescript_client_runs_the_quick_start) {
    const Outcome made = run(fmt::format("{} {}/node_modules/.bin/openapi-typescript {} -o {}",
                                         node, js, document(), in_directory("api.d.ts")));
    ASSERT_EQ(made.exit, 0) << made.output;
    // Beside the node modules, so that imports are found; the generated types by another name.
    std::ofstream(in_directory("tsconfig.json"))
        << fmt::format(R"({{"extends":"{0}/tsconfig.json","files":["{0}/quick_start.mts"],)"
                       R"("compilerOptions":{{"paths":{{"weft-api":["{1}"]}},)"
                       R"("typeRoots":["{0}/node_modules/@types"]}}}})",
                       std::filesystem::absolute(js).string(), in_directory("api.d.ts"));
    const Outcome typed = run(
        fmt::format("{} {}/node_modules/.bin/tsc -p {}", node, js, in_directory("tsconfig.json")));
    ASSERT_EQ(typed.exit, 0) << typed.output;
    const Outcome ran = run(fmt::format("WEFT_URL={} WEFT_API_KEY={} {} {}/quick_start.mts",
                                        server_.url(), WholeServer::key, node, js));
    ASSERT_EQ(ran.exit, 0) << ran.output;
    EXPECT_NE(ran.output.find("rehearsal, not a language model"), std::string::npos) << ran.output;
    EXPECT_TRUE(ran.output.find("stopped: cancelled") != std::string::npos ||
                ran.output.find("stopped: completed") != std::string::npos)
        << ran.output;
    EXPECT_NE(ran.output.find("refusal: There is nothing with this id."), std::string::npos)
        << ran.output;
}

TEST_F(OpenApiTools, the_reference_page_draws_all_operations_and_asks_nobody_else) {
    if (!std::filesystem::exists("/usr/bin/chromium"))
        GTEST_SKIP() << "Debian's chromium is not installed: ./dev setup installs it";
    const Outcome ran =
        run(fmt::format("WEFT_URL={} {} {}/docs_page.mjs", server_.url(), node, js));
    ASSERT_EQ(ran.exit, 0) << ran.output;
    const auto found = parse_json(ran.output);
    ASSERT_TRUE(found) << ran.output;
    for (const json::value& url : found->at("requests").as_array())
        EXPECT_TRUE(std::string(url.as_string()).starts_with(server_.url() + "/")) << url;
    EXPECT_TRUE(found->at("complaints").as_array().empty()) << found->at("complaints");
    std::int64_t operations = 0;
    const json::value api = server_.owner().get("/openapi.json").body;
    for (const auto& [path, methods] : api.at("paths").as_object())
        operations += std::int64_t(methods.as_object().size());
    for (const char* width : {"desktop", "phone"}) {
        const json::value& page = found->at(width);
        EXPECT_EQ(page.at("operations").to_number<std::int64_t>(), operations);
        EXPECT_EQ(page.at("overflow").to_number<std::int64_t>(), 0) << width;
        const std::string opened(page.at("opened").as_string());
        EXPECT_NE(opened.find("anomaly_detection"), std::string::npos) << opened; // of the body
        EXPECT_EQ(to_text(page.at("found")), R"(["tasks.stop"])");
        EXPECT_NE(std::string(page.at("policy").as_string()).find("default-src 'none'"),
                  std::string::npos);
    }
}

} // namespace weft
