#include "http/mask.h"

#include <boost/json/object.hpp>
#include <gtest/gtest.h>

namespace weft::http {

namespace {

const std::string secret = "se/cr+et\"%value";
const Mask mask({secret, ""}, "[key]");

std::string in_pieces(const std::string& text, std::size_t size) {
    MaskedPieces pieces(mask);
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += size)
        out += pieces.take(text.substr(at, size));
    return out + pieces.end();
}

} // namespace

TEST(Mask, finds_a_secret_in_every_form_and_wherever_a_piece_ends) {
    const std::pair<std::string, std::string> cases[] = {
        {"a " + secret + " b", "a [key] b"},
        {"a se/cr+et\\\"%value b", "a [key] b"},
        {"se%2Fcr%2Bet%22%25value", "[key]"},
        {"se%2fcr%2bet%22%25value", "[key]"},
        {"73652f63722b6574222576616c7565", "[key]"},
        {"73652F63722B6574222576616C7565", "[key]"},
        {"c2UvY3IrZXQiJXZhbHVl", "[key]"},            // it alone
        {"eHNlL2NyK2V0IiV2YWx1ZQ==", "eH[key]ZQ=="},  // of "x" and it
        {"eHhzZS9jcitldCIldmFsdWV4", "eHh[key]dWV4"}, // of "xx", it and "x"
        {secret + secret, "[key][key]"},
        {"se/cr+e se/cr", "se/cr+e se/cr"},
        {"", ""},
    };
    for (const auto& [text, clean] : cases) {
        const std::string whole = mask.text(text);
        EXPECT_EQ(whole.find("[key]") == whole.npos, clean.find("[key]") == clean.npos) << text;
        EXPECT_EQ(whole.find(secret), whole.npos);
        for (std::size_t size = 1; size <= text.size(); ++size)
            EXPECT_EQ(in_pieces(text, size), whole) << text << " in pieces of " << size;
    }
    EXPECT_EQ(mask.text(cases[0].first), cases[0].second);
    EXPECT_EQ(mask.text(cases[4].first), cases[4].second);
}

TEST(Mask, takes_a_secret_out_of_json_and_its_base64_with_its_end) {
    const std::string other = "s3cr\"t/+ä";
    const Mask stars({other, "12345678"}, "***");
    EXPECT_EQ(stars.text("czNjciJ0LyvDpA=="), "***");
    EXPECT_EQ(stars.text(R"(x s3cr\"t/+ä y)"), "x *** y");
    const json::value answer =
        parse_json(R"({"n":12345678,"12345678":[true,null,1.5,"x12345678"]})").value();
    EXPECT_EQ(weft::to_text(stars.value(answer)), R"({"n":"***","***":[true,null,1.5,"x***"]})");
}

TEST(Mask, passes_on_at_once_what_is_no_beginning_of_a_secret) {
    MaskedPieces pieces(mask);
    EXPECT_EQ(pieces.take("Hello"), "Hello");
    EXPECT_EQ(pieces.take(" se"), " ");
    EXPECT_EQ(pieces.take("/cr, you"), "se/cr, you");
    EXPECT_EQ(pieces.end(), "");
}

} // namespace weft::http
