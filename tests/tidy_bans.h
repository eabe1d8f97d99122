#pragma once

#include "tidy_source.h"

#include <re2/re2.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

// Names that are not used, each with what to write instead and a line that must be caught.

namespace tidy {

// ---- names that are not used, each with what to write instead
// ---------------------------------------------------

enum class Look { code, strings, text };
enum class Reach { product, sources, whole_src, everything }; // product: src/ without its tests

struct Ban {
    const char* pattern; // RE2, on one line
    Look look;
    Reach reach;
    Strings allowed; // prefixes of paths
    const char* instead;
    const char* sample; // a line that is caught
};

inline const std::vector<Ban> bans = {
    {R"((^|[^\w.>:])::socket\s*\(|\bip::tcp\b|<sys/socket\.h>)",
     Look::code,
     Reach::product,
     {"src/http/"},
     "sockets live in src/http: use http::Client or http::Server",
     "int fd = ::socket(AF_INET, 1, 0);"},
    {R"(\bcurl_\w+|<curl/)",
     Look::code,
     Reach::product,
     {"src/http/"},
     "http::Client is the only HTTP client",
     "curl_easy_perform(handle);"},
    {R"(\bsqlite3_\w+|<sqlite3\.h>)",
     Look::code,
     Reach::product,
     {"src/store/"},
     "the database belongs to src/store: add a query there",
     "sqlite3_open(path, &db);"},
    {R"(\brq\.(services\.)?store\.write\s*\()",
     Look::code,
     Reach::product,
     {},
     "rq.commit(…) keeps the answer with the change, so that a retry is answered by it",
     "auto row = CO_TRY(rq.store.write([&](store::Tx& tx) { return change(tx); }));"},
    {R"(\bsystem_clock::now\b|\bgettimeofday\b|\btime\s*\(\s*(nullptr|NULL|0)\s*\))",
     Look::code,
     Reach::product,
     {"src/base/time."},
     "take the time from a Clock (base/time.h)",
     "auto t = std::chrono::system_clock::now();"},
    {R"(\bstd::(mutex|recursive_mutex|shared_mutex|lock_guard|unique_lock|)"
     R"(scoped_lock|condition_variable)\b)",
     Look::code,
     Reach::product,
     {"src/base/mutex.h"},
     "use Mutex, Lock and Condition of base/mutex.h",
     "std::lock_guard held(m);"},
    {R"((\.|->)detach\s*\(|\basio::detached\b)",
     Look::code,
     Reach::product,
     {"src/base/"},
     "give the task to a group that is awaited at stop()",
     "co_spawn(io, f(), asio::detached);"},
    {R"(\bthrow\b)",
     Look::code,
     Reach::product,
     {"src/base/check.h"},
     "return fail(...) for what is expected, CHECK(...) for an invariant",
     "throw std::runtime_error(why);"},
    {R"(\bcatch\s*\()",
     Look::code,
     Reach::product,
     {"src/base/", "src/http/server", "src/http/session", "src/http/io_threads.",
      "src/http/curl_transfer.", // libcurl's frames
      "src/engine/runner", "src/engine/decide.", "src/store/readers.", "src/store/jobs.",
      "src/cli/main.cpp"},
     "failures are values; only the bounds of a request, a step and a background round catch",
     "} catch (const std::exception& e) {"},
    {R"(\bstd::(cout|cerr|clog)\b|\b(printf|fprintf|puts|putchar)\s*\(|\bfmt::print(ln)?\s*\()",
     Look::code,
     Reach::product,
     {"src/cli/"},
     "log with spdlog; only src/cli writes to the terminal",
     "std::cout << 1;"},
    {R"(\bSELECT\s.*\sFROM\b|\bINSERT\s+(OR\s+\w+\s+)?INTO\b|)"
     R"(\bUPDATE\s+\w+\s+SET\b|)"
     R"(\bDELETE\s+FROM\b|\b(CREATE|DROP|ALTER)\s+(UNIQUE\s+)?(TABLE|INDEX|VIEW|TRIGGER)\b|)"
     R"(\bPRAGMA\s+\w)",
     Look::strings,
     Reach::product,
     {"src/store/"},
     "SQL is a named typed constant in src/store",
     "auto sql = \"DELETE FROM task\";"},
    {R"(\bsleep_(for|until)\b|::sleep\s*\(|\b(u|nano)sleep\s*\()",
     Look::code,
     Reach::whole_src,
     {},
     "wait on an event with a deadline; in tests move the FakeClock",
     "std::this_thread::sleep_for(1s);"},
    {R"(\bstd::w?regex\b|<regex>)",
     Look::code,
     Reach::sources,
     {},
     "use RE2: it is linear",
     "std::regex re(text);"},
    {R"(\bnlohmann\b)",
     Look::code,
     Reach::sources,
     {},
     "use json::value (json/json.h)",
     "nlohmann::json j;"},
    {R"((^|[^\w.>])s?rand\s*\(|::s?random\s*\()",
     Look::code,
     Reach::sources,
     {},
     "use randombytes_* of libsodium, or a seeded generator in tests",
     "int n = rand();"},
    {R"((?i)\b(urgency|cve|changelog|mbox)\b)",
     Look::text,
     Reach::whole_src,
     {},
     "the product knows no document format: the word belongs into a package or tests/",
     "// finds a CVE"},
    {"\\b(TO"
     "DO|FIX"
     "ME|XX"
     "X)\\b",
     Look::text,
     Reach::everything,
     {},
     "do it, or open an issue",
     "// TO"
     "DO: later"},
    {"/wo"
     "rk/(main|shared|\\.lib)|/hom"
     "e/\\w+/",
     Look::text,
     Reach::everything,
     {},
     "name no path of one machine",
     "cd /wo"
     "rk/main"},
    {"deb\\.deb"
     "ian\\.org|security\\.deb"
     "ian|registry\\.np"
     "mjs|registry\\.yarn"
     "pkg|files\\.python"
     "hosted"
     "|py"
     "pi\\.org|crates\\."
     "io/|\"resolved\": \"http",
     Look::text,
     Reach::everything,
     {},
     "name packages, not the host that serves them",
     "curl https://registry.np"
     "mjs.org/x"},
};

inline bool applies(const Ban& ban, std::string_view path) {
    for (const std::string& prefix : ban.allowed)
        if (path.starts_with(prefix)) return false;
    switch (ban.reach) {
    case Reach::product: return is_cpp(path) && path.starts_with("src/") && !is_test(path);
    case Reach::whole_src: return path.starts_with("src/");
    case Reach::sources: return is_cpp(path);
    case Reach::everything: return true;
    }
    return true;
}

inline void check_bans(const Source& source, Findings& findings) {
    static const std::vector<std::unique_ptr<RE2>> patterns = [] {
        std::vector<std::unique_ptr<RE2>> compiled;
        compiled.reserve(bans.size());
        for (const Ban& ban : bans)
            compiled.push_back(std::make_unique<RE2>("(" + std::string(ban.pattern) + ")"));
        return compiled;
    }();
    for (std::size_t which = 0; which < bans.size(); ++which) {
        const Ban& ban = bans[which];
        if (!applies(ban, source.path)) continue;
        const Strings& lines = ban.look == Look::code      ? source.code
                               : ban.look == Look::strings ? source.strings
                                                           : source.text;
        for (std::size_t i = 0; i < lines.size(); ++i) {
            std::string found;
            if (RE2::PartialMatch(lines[i], *patterns[which], &found))
                findings.push_back({source.path, i + 1, "'" + found + "': " + ban.instead});
        }
    }
}

} // namespace tidy
