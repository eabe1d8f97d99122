// tests/contract.txt against a whole server: every operation as it is documented. Its answer is
// compared with /openapi.json (as every test's is), has what the file says, and holds neither a
// secret nor anything of another organization; of all rows of all tables those change that the
// file names, and no other.
#include "api_world.h"
#include "contract_rows.h"

#include <fstream>

#include <fmt/ranges.h>
#include <gmock/gmock.h>

namespace weft {

namespace {

using Names = std::map<std::string, std::string>;

/// One request of the file and what must come of it. Lines of it, each indented:
///   with NAME=VALUE      what {NAME} in the path stands for here
///   query a=b&c=d
///   body TEXT
///   header NAME: VALUE   may stand several times
///   as person|nobody     instead of the key of the organization's owner
///   status N             other than 200
///   has PLACE=TEXT …     members of the answer, "a.0.b"; * for any value but null
///   says TEXT            stands in the answer
///   keep NAME=PLACE      the value is {NAME} from here on; PLACE?: the query of a URL there; no
///                        PLACE: the whole answer
///   shows NAME=PLACE     the same, and a secret that no other answer may hold
///   until PATH PLACE=TEXT    waits until GET PATH answers that, before the rows are looked at
///   rows TABLE+1 TABLE~1 TABLE-1     new, changed and removed rows; without it: none. TABLE~1?:
///                        it may be so
/// {NAME} stands in all of them.
struct Exchange {
    int line = 0;
    std::string method;
    std::string path;
    std::vector<std::pair<std::string, std::string>> lines;

    std::vector<std::string> all(std::string_view word) const {
        std::vector<std::string> found;
        for (const auto& [name, rest] : lines)
            if (name == word) found.push_back(rest);
        return found;
    }
    std::string one(std::string_view word, const std::string& other = {}) const {
        const auto found = all(word);
        return found.empty() ? other : found.front();
    }
};

std::pair<std::string, std::string> cut(const std::string& text, const std::string& at) {
    const auto found = text.find(at);
    if (found == text.npos) return {text, ""};
    return {text.substr(0, found), text.substr(found + at.size())};
}

std::vector<std::string> words_of(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    return words;
}

std::vector<Exchange> read_exchanges() {
    std::ifstream file(WEFT_SOURCE_DIR "/tests/contract.txt");
    std::vector<Exchange> all;
    int number = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        if (line.empty() || line.starts_with('#')) continue;
        if (!line.starts_with(' ')) {
            const auto [method, path] = cut(line, " ");
            all.push_back({number, method, path, {}});
            continue;
        }
        all.back().lines.push_back(cut(line.substr(line.find_first_not_of(' ')), " "));
    }
    return all;
}

http::Method method_of(const std::string& name) {
    for (const http::Method each : {http::Method::get, http::Method::post, http::Method::put,
                                    http::Method::patch, http::Method::delete_})
        if (http::to_text(each) == name) return each;
    ADD_FAILURE() << "no method " << name;
    return http::Method::get;
}

std::string filled(std::string text, const Names& names) {
    for (const auto& [name, value] : names)
        for (auto at = text.find("{" + name + "}"); at != text.npos;
             at = text.find("{" + name + "}", at + value.size()))
            text.replace(at, name.size() + 2, value);
    return text;
}

/// The value at "a.0.b" as text; nothing where there is none, or null.
std::optional<std::string> value_at(const json::value& in, std::string place) {
    const json::value* at = &in;
    std::ranges::replace(place, '.', ' ');
    for (const std::string& step : words_of(place)) {
        if (const auto* list = at->if_array()) {
            const auto index = static_cast<std::size_t>(std::atoi(step.c_str()));
            if (index >= list->size()) return std::nullopt;
            at = &(*list)[index];
            continue;
        }
        at = find(*at, step);
        if (!at) return std::nullopt;
    }
    if (at->is_null()) return std::nullopt;
    return at->is_string() ? std::string(at->get_string()) : to_text(*at);
}

} // namespace

class Contract : public Api {
protected:
    static constexpr const char* theirs = "theirs-canary";

    Contract() : rows_(directory_->path() / "data") {
        const json::value mine = owner().get("/v1/project/" + project_).body;
        names_ = {{"P", project_}, {"org", std::string(text_or(mine, "orgId"))}};
        secrets_ = {WholeServer::key,
                    stranger_key,
                    viewer_key,
                    "correct horse battery staple",
                    "another horse entirely",
                    "a horse of a third kind",
                    "hush-hush-token"};
        const Reply flow = stranger_->post("/agentflow", {{"name", theirs}});
        others_ = {theirs, flow.at("_id"), flow.at("projectID")};
        const Reply table = stranger_->post("/create/table", {{"table_name", theirs}});
        others_.push_back(table.at("_id"));
        stranger_->post("/storage/" + flow.at("projectID") + "/" + table.at("_id"),
                        {{"name", theirs}});
        for (const std::string& each : others_) EXPECT_FALSE(each.empty());
    }

    /// What is known so far, and what the exchange says of itself.
    Names names_for(const Exchange& each) const {
        Names names = names_;
        for (const std::string& with : each.all("with"))
            for (const std::string& word : words_of(filled(with, names_))) {
                const auto [name, value] = cut(word, "=");
                names[name] = value;
            }
        return names;
    }

    Reply send(const Exchange& each, const Names& names) {
        std::string path = filled(each.path, names);
        if (const std::string query = each.one("query"); !query.empty())
            path += "?" + filled(query, names);
        http::Headers headers;
        headers.set("content-type", "application/json");
        for (const std::string& header : each.all("header")) {
            const auto [name, value] = cut(filled(header, names), ": ");
            headers.set(name, value);
        }
        const std::string who = each.one("as");
        if (who == "person") headers.set("authorization", "Bearer " + names.at("token"));
        TestClient& client = who.empty() ? owner() : *nobody_;
        return client.send(method_of(each.method), path, filled(each.one("body"), names),
                           std::move(headers));
    }

    void keep(const Exchange& each, const Reply& reply) {
        for (const char* word : {"keep", "shows"})
            for (const std::string& line : each.all(word)) {
                const auto [name, place] = cut(line, "=");
                const auto value = value_at(reply.body, cut(place, "?").first);
                ASSERT_TRUE(value) << line << reply.text;
                names_[name] = place.ends_with('?') ? cut(*value, "?").second : *value;
            }
    }

    void check_content(const Exchange& each, const Names& names, const Reply& reply) {
        for (const std::string& line : each.all("has"))
            for (const std::string& word : words_of(line)) {
                const auto [place, wanted] = cut(word, "=");
                const auto value = value_at(reply.body, place);
                EXPECT_TRUE(value && (wanted == "*" || *value == filled(wanted, names)))
                    << word << " and not " << value.value_or("nothing") << reply.text;
            }
        for (const std::string& text : each.all("says"))
            EXPECT_THAT(reply.text, ::testing::HasSubstr(filled(text, names)));
        for (const std::string& secret : secrets_)
            EXPECT_THAT(reply.text, ::testing::Not(::testing::HasSubstr(secret)));
        for (const std::string& other : others_)
            EXPECT_THAT(reply.text, ::testing::Not(::testing::HasSubstr(other)));
        for (const std::string& line : each.all("shows"))
            secrets_.push_back(names_[cut(line, "=").first]);
    }

    void wait(const Exchange& each, const Names& names) {
        for (const std::string& line : each.all("until")) {
            const auto [path, what] = cut(filled(line, names), " ");
            const auto [place, wanted] = cut(what, "=");
            std::optional<std::string> now;
            for (int i = 0; i < 6'000 && now != wanted; ++i, usleep(5'000))
                now = value_at(owner().get(path).body, place);
            EXPECT_EQ(now, wanted) << path;
        }
    }

    void check_rows(const Exchange& each, const testing::AllRows::Rows& before) {
        const testing::RowChanges changes(before, rows_.read());
        std::set<std::string> wanted;
        for (std::string& word : words_of(each.one("rows")))
            if (const auto [table, may] = cut(word, "?");
                table == word || changes.words.contains(table))
                wanted.insert(table);
        EXPECT_EQ(changes.words, wanted) << fmt::format("{}", fmt::join(changes.rows, "\n"));
        for (const std::string& row : changes.rows)
            for (const std::string& other : others_)
                EXPECT_THAT(row, ::testing::Not(::testing::HasSubstr(other)));
    }

    testing::AllRows rows_;
    Names names_;
    std::vector<std::string> secrets_;
    std::vector<std::string> others_;
};

TEST_F(Contract, every_operation_does_what_is_documented_and_nothing_else) {
    static const std::string endless = "GET /project/{P}/events"; // event_streams_test.cpp
    std::set<std::string> done;
    for (const Exchange& each : read_exchanges()) {
        SCOPED_TRACE(fmt::format("contract.txt:{}: {} {}", each.line, each.method, each.path));
        const auto before = rows_.read();
        const Reply reply = send(each, names_for(each));
        EXPECT_EQ(reply.status, std::stoi(each.one("status", "200"))) << reply.text;
        keep(each, reply);
        check_content(each, names_for(each), reply);
        wait(each, names_for(each));
        check_rows(each, before);
        done.insert(each.method + " " + each.path);
    }
    for (const auto& table : api::route_tables())
        for (const api::Route& route : table) {
            const std::string operation =
                fmt::format("{} {}", http::to_text(route.method), route.path);
            if (std::string_view(route.operation.schema_name ? route.operation.schema_name : "") !=
                "NotYet")
                EXPECT_TRUE(done.contains(operation) || operation == endless)
                    << operation << " is not in contract.txt";
        }
}

} // namespace weft
