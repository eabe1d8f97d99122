#include "http/mail_text.h"

#include <gtest/gtest.h>

namespace weft::http {
namespace {

TEST(MailText, headers_are_ascii_in_lines_that_are_not_too_long) {
    EXPECT_EQ(mail_header_text("A new password"), "A new password");
    EXPECT_EQ(mail_header_text("Zoë"), "=?UTF-8?B?Wm/Dqw==?=");
    EXPECT_EQ(mail_header_text("=?UTF-8?Q?x?="), "=?UTF-8?B?PT9VVEYtOD9RP3g/PQ==?=")
        << "what looks encoded is not taken for it";
    EXPECT_EQ(mail_header_text("a\r\nBcc: eve@example.org"), "a  Bcc: eve@example.org");
    std::string nights;
    for (int i = 0; i < 40; ++i) nights += "夜";
    const std::string text = mail_header_text(nights);
    for (std::size_t at = 0; at != text.npos;) {
        const std::size_t end = text.find("\r\n ", at);
        const std::string word = text.substr(at, end == text.npos ? end : end - at);
        EXPECT_LE(word.size(), 75U);
        EXPECT_EQ((word.size() - 12) % 4, 0U) << "no character is cut: " << word;
        at = end == text.npos ? end : end + 3;
    }
}

TEST(MailText, reads_the_address_of_a_mailbox) {
    EXPECT_EQ(mail_address_of("ada@example.org"), "ada@example.org");
    EXPECT_EQ(mail_address_of("Ada L. <ada@example.org>"), "ada@example.org");
    for (const char* bad : {"", "ada", "@example.org", "ada@", "Ada <ada@example.org", "a b@c.org",
                            "ada@example.org>\r\nRCPT TO:<eve@example.org", "<a@b.org> x",
                            "a@b.org,c@d.org", "ada@example.org\n"})
        EXPECT_EQ(mail_address_of(bad), "") << bad;
}

TEST(MailText, writes_a_whole_message) {
    EXPECT_EQ(write_mail({"Ada <ada@example.org>", "bob@example.org", "Hallo", "Grüße\nA.\n", "m1",
                          Instant{1'769'860'800'000'000}}),
              "Date: Sat, 31 Jan 2026 12:00:00 +0000\r\n"
              "From: \"Ada\" <ada@example.org>\r\n"
              "To: <bob@example.org>\r\n"
              "Subject: Hallo\r\n"
              "Message-ID: <m1@example.org>\r\n"
              "Auto-Submitted: auto-generated\r\n"
              "MIME-Version: 1.0\r\n"
              "Content-Type: text/plain; charset=utf-8\r\n"
              "Content-Transfer-Encoding: base64\r\n"
              "\r\n"
              "R3LDvMOfZQ0KQS4NCg==\r\n");
}

} // namespace
} // namespace weft::http
