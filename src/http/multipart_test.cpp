#include "http/message.h"

#include <gtest/gtest.h>

namespace weft::http {

using namespace std::string_literals;

constexpr std::string_view type_of_b = "multipart/form-data; boundary=b";

/// A body of one part with this header.
std::string one_part(std::string_view head, std::string_view body = "x") {
    return "--b\r\n"s.append(head).append("\r\n\r\n").append(body).append("\r\n--b--\r\n");
}

TEST(Multipart, fields_and_files) {
    const std::string body = "--b\r\n"
                             "Content-Disposition: form-data; name=\"tags\"\r\n\r\n"
                             "one\r\n"
                             "--b  \r\n"
                             "content-disposition: FORM-DATA; Name=file; filename=\"a.bin\"\r\n"
                             "Content-Type: application/x-thing; v=1\r\n"
                             "Content-Transfer-Encoding: binary\r\n\r\n"
                             "\r\n-\0-\r\r\n--\r\n--a\r\n\r\n"s
                             "\r\n--b\r\n"
                             "Content-Disposition: form-data; name=empty; filename=e\r\n\r\n"
                             "\r\n--b\r\n"
                             "Content-Disposition: form-data; name=absent\r\n"
                             "\r\n--b--";
    const auto parts = parse_multipart("Multipart/Form-Data ; charset=utf-8; boundary=b", body);
    ASSERT_TRUE(parts) << parts.error().message;
    ASSERT_EQ(parts->size(), 4U);
    EXPECT_EQ(parts->at(0).name, "tags");
    EXPECT_EQ(parts->at(0).file_name, "");
    EXPECT_EQ(parts->at(0).media_type, "text/plain");
    EXPECT_EQ(parts->at(0).body, "one");
    EXPECT_EQ(parts->at(1).name, "file");
    EXPECT_EQ(parts->at(1).file_name, "a.bin");
    EXPECT_EQ(parts->at(1).media_type, "application/x-thing; v=1");
    EXPECT_EQ(parts->at(1).body, "\r\n-\0-\r\r\n--\r\n--a\r\n\r\n"s);
    EXPECT_EQ(parts->at(2).body, "");
    EXPECT_EQ(parts->at(2).media_type, "application/octet-stream");
    EXPECT_EQ(parts->at(3).name, "absent");
    EXPECT_EQ(parts->at(3).body, "");
}

TEST(Multipart, every_byte_survives) {
    std::string bytes;
    for (int i = 0; i < 70'000; ++i) bytes += static_cast<char>(i * 7 + i / 256);
    const auto parts =
        parse_multipart(type_of_b, one_part("Content-Disposition: form-data; name=n", bytes));
    ASSERT_TRUE(parts);
    EXPECT_EQ(parts->at(0).body, bytes);
}

TEST(Multipart, names) {
    struct Case {
        std::string_view parameters;
        std::string name;
        std::string file_name;
    };
    const Case cases[] = {
        {R"(name="a \"b\" \\ \c"; filename="x")", R"(a "b" \ \c)", "x"},
        {R"(name="a%22b"; filename="%22.txt")", "a\"b", "\".txt"},
        {R"(name=n; filename="C:\dir\file.txt")", "n", "file.txt"},
        {R"(name=n; filename="../../etc/passwd")", "n", "passwd"},
        {"name=n; filename=\"na\u00efve \u20ac.txt\"", "n", "na\u00efve \u20ac.txt"},
        {"name=n; filename=plain; filename*=UTF-8''na%C3%AFve%20%E2%82%AC.txt", "n",
         "na\u00efve \u20ac.txt"},
        {"name=n; filename*=utf-8'de'%C3%A9; filename=plain", "n", "\u00e9"},
        {"name=n; filename=\"a;b=c\"", "n", "a;b=c"},
        {"name=n; filename=\"\"", "n", ""},
        {"name = n ;", "n", ""},
    };
    for (const Case& each : cases) {
        const auto parts = parse_multipart(
            type_of_b, one_part("Content-Disposition: form-data; "s.append(each.parameters)));
        ASSERT_TRUE(parts) << each.parameters << ": " << parts.error().message;
        EXPECT_EQ(parts->at(0).name, each.name) << each.parameters;
        EXPECT_EQ(parts->at(0).file_name, each.file_name) << each.parameters;
    }
}

TEST(Multipart, boundaries) {
    const std::string field = "Content-Disposition: form-data; name=n\r\n\r\nv\r\n";
    const auto with = [&](std::string_view boundary) {
        return "--"s.append(boundary)
            .append("\r\n")
            .append(field)
            .append("--")
            .append(boundary)
            .append("--");
    };
    const std::string longest(70, 'x');
    EXPECT_TRUE(parse_multipart("multipart/form-data; boundary=\"a b:c\"", with("a b:c")));
    EXPECT_TRUE(parse_multipart("multipart/form-data;boundary=----WebKitFormBoundary7MA4",
                                with("----WebKitFormBoundary7MA4")));
    EXPECT_TRUE(parse_multipart("multipart/form-data; BOUNDARY=" + longest, with(longest)));

    struct Case {
        std::string content_type;
        Code code;
    };
    const Case cases[] = {
        {"", Code::media_type},
        {"application/json", Code::media_type},
        {"multipart/mixed; boundary=b", Code::media_type},
        {"multipart/form-data", Code::malformed},
        {"multipart/form-data; charset=utf-8", Code::malformed},
        {"multipart/form-data; boundary=", Code::malformed},
        {"multipart/form-data; boundary=\"\"", Code::malformed},
        {"multipart/form-data; boundary=\"b", Code::malformed},
        {"multipart/form-data; boundary=\"b \"", Code::malformed},
        {"multipart/form-data; boundary=b; boundary=c", Code::malformed},
        {"multipart/form-data; boundary=b c", Code::malformed},
        {"multipart/form-data; boundary=\"b@\"", Code::malformed},
        {"multipart/form-data; boundary=" + longest + "x", Code::malformed},
        {"multipart/form-data boundary=b", Code::media_type},
    };
    for (const Case& each : cases) {
        const auto parts = parse_multipart(each.content_type, with("b"));
        ASSERT_FALSE(parts) << each.content_type;
        EXPECT_EQ(parts.error().code, each.code) << each.content_type;
    }
}

TEST(Multipart, refusals) {
    const std::string head = "Content-Disposition: form-data; name=n";
    const std::string cases[] = {
        "",
        "--",
        "--b",
        "--b\r\n",
        "--c\r\n" + head + "\r\n\r\nx\r\n--c--",
        "preamble\r\n" + one_part(head),
        one_part(head) + "epilogue",
        "--b\r\n" + head + "\r\n\r\nx",
        "--b\r\n" + head + "\r\n\r\nx\r\n--b",
        "--b\r\n" + head + "\r\n\r\nx\r\n--b\r\n",
        "--b\r\n" + head + "\r\n\r\nx\r\n--b-",
        "--b\r\n" + head + "\r\n\r\nx\r\n--bb--",
        "--b\n" + head + "\n\nx\n--b--",
        "--b\r\n" + head + "\r\n\r\nx\n--b--",
        "--b\r\n\r\nno head\r\n--b--",
        one_part("Content-Type: text/plain"),
        one_part(head + "\r\n" + head),
        one_part("Content-Disposition: form-data"),
        one_part("Content-Disposition: form-data; name=\"\""),
        one_part("Content-Disposition: form-data; filename=f"),
        one_part("Content-Disposition: attachment; name=n"),
        one_part(head + "; name=m"),
        one_part(head + "; x=\"open"),
        one_part(head + " filename=f"),
        one_part(head + "; filename=\"\xff\""),
        one_part(head + "; filename=\"a\tb\""),
        one_part(head + "; filename=\"a\0b\""s),
        one_part(head + "; filename*=ISO-8859-1''%E9"),
        one_part(head + "; filename*=UTF-8''%E9"),
        one_part(head + "; filename*=UTF-8''a%00b"),
        one_part(head + "; filename*=plain"),
        one_part(head + "\r\n folded: x"),
        one_part(head + "\r\nX-Bad : x"),
        one_part(head + "\r\nno colon"),
        one_part(head + "\nX: y"),
        one_part(head + "\r\nContent-Transfer-Encoding: base64"),
    };
    for (const std::string& body : cases) {
        const auto parts = parse_multipart(type_of_b, body);
        ASSERT_FALSE(parts) << body;
        EXPECT_EQ(parts.error().code, Code::malformed) << body;
    }
}

TEST(Multipart, each_prefix_of_a_form_is_refused) {
    const std::string whole =
        "--b\r\nContent-Disposition: form-data; name=\"n\"; filename=\"f\"\r\n\r\nx\r\n--b\r\n"
        "Content-Disposition: form-data; name=m\r\n\r\ny\r\n--b--";
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(parse_multipart(type_of_b, std::string_view(whole).substr(0, size))) << size;
    EXPECT_TRUE(parse_multipart(type_of_b, whole));
}

TEST(Multipart, limits) {
    const MultipartLimits limits{.parts_max = 1, .part_header_bytes_max = 60, .part_bytes_max = 3};
    const std::string head = "Content-Disposition: form-data; name=n";
    const std::string two = "--b\r\n" + head + "\r\n\r\nx\r\n" + one_part(head);
    EXPECT_TRUE(parse_multipart(type_of_b, one_part(head, "123"), limits));
    for (const std::string& body :
         {two, one_part(head, "1234"), one_part(head + "\r\nX: " + std::string(60, 'x'))}) {
        const auto parts = parse_multipart(type_of_b, body, limits);
        ASSERT_FALSE(parts) << body;
        EXPECT_EQ(parts.error().code, Code::too_large) << body;
    }
}

} // namespace weft::http
