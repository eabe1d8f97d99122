// What a client must not be able to do to the server, as tables over every route there is.
#include "bad_input_world.h"

#include <random>

namespace weft {

namespace {

constexpr const char* absent_id = "ffffffffffffffffffffffff";

/// A piece of JSON text that some place in a body may not like. `type` is JSON's name for it.
struct Value {
    std::string text;
    std::string type;
};

const std::vector<Value>& values() {
    static const std::vector<Value> all{
        {"null", "null"},
        {"true", "boolean"},
        {"0", "number"},
        {"-0", "number"},
        {"-1", "number"},
        {"1.5", "number"},
        {"1e308", "number"},
        {"9223372036854775807", "number"},
        {"9223372036854775808", "number"},
        {"-9223372036854775809", "number"},
        {"18446744073709551616", "number"},
        {R"("")", "string"},
        {R"("x")", "string"},
        {R"("\u0000")", "string"},
        {R"("a\u0000b\u001f\r\n")", "string"},
        {R"("../../../etc/passwd")", "string"},
        {R"("'; DROP TABLE record; --")", "string"},
        {R"("{{ inputs.absent }} {{")", "string"},
        {"\"\xf0\x9f\x92\xa5\xe2\x80\xae\xef\xbf\xbf\"", "string"},
        {"[]", "array"},
        {"[null]", "array"},
        {"[[[[]]]]", "array"},
        {"{}", "object"},
        {R"({"":{"":[{}]}})", "object"},
        {R"({"a":1,"a":2})", "object"},
    };
    return all;
}

/// Texts that are no JSON, or none that may come from outside: 400 wherever they stand.
std::vector<std::string> malformed() {
    return {"{",
            "[1,",
            "nul",
            "{'a':1}",
            R"({"a":1,})",
            "{} {}",
            "\xef\xbb\xbf{}",
            "{\"a\":\"\xff\"}",
            "{\"a\":\"\xc0\xaf\"}",
            "{\"a\":\"\xed\xa0\x80\"}",
            "{\"a\":\"\n\"}",
            std::string("{\"a\":\"\0\"}", 9),
            std::string("\0", 1),
            R"({"a":"\ud800"})",
            R"({"a":"\udc00\ud800"})",
            R"({"a":"\x41"})",
            R"({"a":NaN})",
            R"({"a":Infinity})",
            R"({"a":1e999})",
            R"({"a":-1e999})",
            R"({"a":01})",
            R"({"a":)" + std::string(400, '9') + "}",
            std::string(10'000, '['),
            std::string(10'000, '[') + std::string(10'000, ']'),
            std::string(65, '[') + std::string(65, ']')};
}

} // namespace

TEST_F(BadInput, the_tables_reach_the_handlers) {
    int answered = 0;
    int all = 0;
    for (const api::Route* route : routes()) {
        if (std::string_view(route->path).starts_with("/auth/")) continue; // for people, not keys
        if (is_endless(*route)) continue;
        const Reply reply = send({route, path_of(*route), sample_body(*route)});
        answered += reply.status < 300 ? 1 : 0;
        ++all;
    }
    EXPECT_GE(answered * 5, all * 3) << answered << " of " << all;
    const std::int64_t before = watch_->version();
    new_flow("one more");
    EXPECT_NE(watch_->version(), before);
}

TEST_F(BadInput, no_header_value_makes_a_route_stumble) {
    const std::vector<std::string> texts{"\xff\xfe", "%00", "{}", "\xe2\x80\xae",
                                         std::string(8'000, 'a')};
    for (const api::Route* route : routes()) {
        if (is_endless(*route)) continue;
        for (const char* name : {"content-type", "x-client-request-id", "idempotency-key",
                                 "last-event-id", "if-match", "accept", "authorization", "cookie"})
            for (const std::string& text : texts) {
                Probe probe{route, path_of(*route), sample_body(*route)};
                probe.headers.set(name, text);
                if (std::string_view(name) != "content-type")
                    probe.headers.set("content-type", "application/json");
                send(probe);
            }
    }
}

TEST_F(BadInput, no_body_that_is_no_json) {
    for (const api::Route* route : routes()) {
        if (route->media == api::Media::bytes) continue;
        for (const std::string& body : malformed()) {
            const Reply reply = send({route, path_of(*route), body});
            EXPECT_EQ(code_of(reply), "400 malformed") << Probe{route, route->path, body}.name();
        }
    }
}

TEST_F(BadInput, no_body_of_another_type_than_an_operation_reads) {
    for (const api::Route* route : routes()) {
        const json::value* schema = schema_of(*route);
        if (!schema || text_or(samples_->resolved(*schema), "type") != "object") continue;
        for (const char* body : {"7", "\"x\"", "true", "[]", "[{}]"}) {
            const Reply reply = send({route, path_of(*route), body});
            if (!is_built(reply)) continue;
            EXPECT_EQ(code_of(reply), "422 invalid") << Probe{route, route->path, body}.name();
            EXPECT_TRUE(names(reply, "body")) << route->path << reply.text;
        }
    }
}

TEST_F(BadInput, every_member_of_every_body_with_every_value) {
    for (const api::Route* route : routes()) {
        const json::value* schema = schema_of(*route);
        if (!schema) continue;
        renew();
        for (const testing::Samples::Place& place : samples_->places(*schema)) {
            if (place.path.empty() || place.path == "projectID") continue;
            for (const Value& value : values()) {
                const Probe probe{route, path_of(*route),
                                  samples_->body(*schema, place.path, value.text)};
                const Reply reply = send(probe);
                const bool fits = place.types.empty() || place.types.contains(value.type) ||
                                  (value.type == "number" && place.types.contains("integer"));
                // null is how clients say that they do not set something.
                if (fits || !is_built(reply) || (value.type == "null" && !place.is_required))
                    continue;
                // "" is how clients say the same of an id; several shapes may be read.
                if (value.text == R"("")") continue;
                EXPECT_EQ(code_of(reply), "422 invalid") << probe.name() << "\n" << reply.text;
                EXPECT_TRUE(names(reply, place.path)) << probe.name() << "\n" << reply.text;
            }
        }
    }
}

TEST_F(BadInput, no_body_without_what_is_required) {
    for (const api::Route* route : routes()) {
        const json::value* schema = schema_of(*route);
        if (!schema) continue;
        for (const testing::Samples::Place& place : samples_->places(*schema)) {
            if (!place.is_required || place.path.empty()) continue;
            const Probe probe{route, path_of(*route), samples_->body(*schema, place.path, "")};
            const Reply reply = send(probe);
            if (!is_built(reply)) continue;
            EXPECT_EQ(code_of(reply), "422 invalid") << probe.name() << "\n" << reply.text;
            EXPECT_TRUE(names(reply, place.path)) << probe.name() << "\n" << reply.text;
        }
    }
}

TEST_F(BadInput, no_id_of_another_organization_or_of_nobody_in_a_path) {
    std::set<std::string> ids = foreign_;
    ids.insert(
        {absent_id, std::string(24, '0'), "no-such-thing", "00000000-0000-4000-8000-000000000000"});
    for (const api::Route* route : routes())
        for (const std::string& name : path_names(*route))
            for (const std::string& id : ids) {
                const Probe probe{route, path_of(*route, name, id), sample_body(*route)};
                const Reply reply = send(probe);
                if (name == "U") continue; // a person: no flow differs by one yet
                EXPECT_TRUE(reply.status >= 400) << probe.name() << "\n" << reply.text;
            }
}

TEST_F(BadInput, no_id_of_another_organization_or_of_nobody_in_a_body_or_query) {
    std::set<std::string> ids = foreign_;
    ids.insert(absent_id);
    for (const api::Route* route : routes()) {
        if (const json::value* schema = schema_of(*route))
            for (const testing::Samples::Place& place : samples_->places(*schema)) {
                if (!place.is_id) continue;
                for (const std::string& id : ids)
                    send({route, path_of(*route),
                          samples_->body(*schema, place.path, "\"" + id + "\"")});
            }
        for (const api::ParamDoc& param : route->operation.params) {
            if (param.where != api::Where::query && param.where != api::Where::query_or_body)
                continue;
            const bool is_project = std::string_view(param.name).starts_with("project");
            for (const std::string& id : ids) {
                // The first of a name counts.
                std::string path = path_of(*route);
                path.insert(path.find('?') + 1, fmt::format("{}={}&", param.name, id));
                const Reply reply = send({route, path, sample_body(*route)});
                if (is_project && is_built(reply))
                    EXPECT_EQ(reply.status, id.size() == 24 ? 404 : 422) << path << reply.text;
            }
        }
    }
}

TEST_F(BadInput, no_path_segment_that_is_no_text) {
    struct Case {
        std::string segment;
        int status; ///< 0: any refusal
    };
    const Case cases[] = {
        {"%ff", 400},         {"%c0%af", 400},
        {"%ed%a0%80", 400},   {"%zz", 400},
        {"%", 400},           {"%4", 400},
        {"%00", 0},           {"a%00b", 0},
        {"..%2f..%2fetc", 0}, {"%2e%2e", 0},
        {"%F0%9F%92%A5", 0},  {std::string(5'000, 'a'), 0},
        {"%27%20OR%201", 0},  {"%0d%0aset-cookie:%20a", 0},
    };
    for (const api::Route* route : routes())
        for (const std::string& name : path_names(*route))
            for (const Case& each : cases) {
                const Probe probe{route, path_of(*route, name, each.segment), sample_body(*route)};
                const Reply reply = send(probe);
                const bool is_any = name == "U" && each.status == 0; // any text names a person
                if (!is_any) EXPECT_GE(reply.status, 400) << probe.name() << reply.text;
                if (each.status) EXPECT_EQ(reply.status, each.status) << probe.name();
            }
}

TEST_F(BadInput, every_parameter_of_every_query_with_every_text) {
    const std::vector<std::string> texts{"",
                                         "x",
                                         "-1",
                                         "1.5",
                                         "true",
                                         "null",
                                         "%5B%5D",
                                         "%7B%7D",
                                         "%00",
                                         "a%00b",
                                         "%F0%9F%92%A5",
                                         "99999999999999999999999999",
                                         "1e999",
                                         "%20",
                                         "+",
                                         "0x10",
                                         std::string(20'000, 'a')};
    for (const api::Route* route : routes())
        for (const api::ParamDoc& param : route->operation.params) {
            if (param.where != api::Where::query) continue;
            const json::value schema = parse_json(param.schema).value();
            const std::string_view type = text_or(schema, "type");
            const auto with = [&](const std::string& text) {
                return Probe{route, path_of(*route, param.name) + "&" + param.name + "=" + text,
                             sample_body(*route)};
            };
            if (std::string_view(param.name) == "projectID") continue;
            for (const std::string& text : texts) {
                const Reply reply = send(with(text));
                const bool wrong = text == "x" && (type == "integer" || type == "boolean" ||
                                                   !text_or(schema, "pattern").empty());
                if (!wrong || !is_built(reply)) continue;
                EXPECT_EQ(code_of(reply), "422 invalid") << with(text).name() << reply.text;
                EXPECT_TRUE(names(reply, param.name)) << with(text).name() << reply.text;
            }
            for (const char* text : {"%ff", "%zz", "%", "%c0%af", "%ed%a0%80"})
                EXPECT_EQ(code_of(send(with(text))), "400 malformed") << with(text).name();
            if (!param.required) continue;
            const Reply reply = send({route, path_of(*route, param.name), sample_body(*route)});
            EXPECT_EQ(code_of(reply), "422 invalid") << route->path << reply.text;
            EXPECT_TRUE(names(reply, param.name)) << route->path << reply.text;
        }
}

TEST_F(BadInput, large_texts_and_long_lists_are_refused_or_taken_whole) {
    const std::string large = "\"" + std::string(1'000'000, 'a') + "\"";
    std::string list = "[0";
    for (int i = 0; i < 100'000; ++i) list += ",0";
    list += "]";
    for (const api::Route* route : routes()) {
        const json::value* schema = schema_of(*route);
        if (!schema) continue;
        for (const testing::Samples::Place& place : samples_->places(*schema)) {
            if (place.path.find('.') != std::string::npos) continue; // the first level is enough
            for (const std::string* text : {&large, &std::as_const(list)})
                send({route, path_of(*route), samples_->body(*schema, place.path, *text)});
        }
    }
}

/// A text that was valid, cut and changed at random places.
std::string mutated(std::string text, std::mt19937& random) {
    static const std::string pieces[] = {"\"",   "{",   "}",       "[",    "]", ":",         ",",
                                         "null", "1e9", "\\u0000", "\xff", "-", "projectID", " "};
    const auto below = [&](std::size_t n) { return random() % n; };
    for (auto changes = below(4) + 1; changes-- > 0 && !text.empty();) {
        const std::size_t at = below(text.size());
        switch (below(5)) {
        case 0: text[at] = static_cast<char>(below(256)); break;
        case 1: text.erase(at, below(8) + 1); break;
        case 2: text.insert(at, pieces[below(std::size(pieces))]); break;
        case 3: text.insert(at, text.substr(below(text.size()), below(16))); break;
        default: text.resize(at); break;
        }
    }
    return text;
}

TEST_F(BadInput, random_changes_of_valid_requests) {
    std::mt19937 random(20'260'101); // NOLINT: the same every time
    for (const api::Route* route : routes()) {
        const json::value* schema = schema_of(*route);
        if (!schema) continue;
        renew();
        const auto places = samples_->places(*schema);
        for (int i = 0; i < 60; ++i) {
            const auto& place = places[random() % places.size()];
            const Value& value = values()[random() % values().size()];
            send({route, path_of(*route),
                  mutated(samples_->body(*schema, place.path, value.text), random)});
        }
    }
}

} // namespace weft
