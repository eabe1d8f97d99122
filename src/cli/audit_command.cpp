#include "cli/audit_command.h"

#include "base/log.h"
#include "server/local_store.h"
#include "json/json.h"

#include <cstdio>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace weft::cli {

namespace {

using store::audit::Chain;
using store::audit::Walk;

constexpr int not_whole = 1;
constexpr int unusable = 3;

struct Found {
    Chain chain;
    Walk walk;
};

Result<std::vector<Found>> look(const server::GatheredSettings& settings) {
    const auto local = TRY(server::LocalStore::open(settings.values));
    std::vector<Found> all;
    for (const Chain& chain : TRY(local->audit_chains()))
        all.push_back({ chain, TRY(local->walk_audit(chain)) });
    return all;
}

json::object view_of(const Found& found) {
    json::object view{{"organization", found.chain.organization.hex()},
                      {"rows", found.walk.seq},
                      {"hash", to_hex(found.walk.hash.bytes)},
                      {"fault", nullptr}};
    if (found.walk.fault)
        view["fault"] =
            json::object{{"seq", found.walk.fault->seq}, {"what", found.walk.fault->what}};
    return view;
}

/// What there is to keep elsewhere, and to compare with later.
void print_whole(const std::vector<Found>& all) {
    std::int64_t rows = 0;
    for (const Found& each : all) {
        rows += each.walk.seq;
        if (each.walk.seq > 0)
            std::fprintf(stdout, "Organization %s: row %lld is the last, %s.\n",
                         each.chain.organization.hex().c_str(),
                         static_cast<long long>(each.walk.seq),
                         to_hex(each.walk.hash.bytes).c_str());
    }
    std::fprintf(stdout, "The audit log is whole: %lld rows of %zu organizations.\n",
                 static_cast<long long>(rows), all.size());
}

} // namespace

int verify_audit(const server::GatheredSettings& settings, const AuditOptions& options) {
    set_log_level(LogLevel::off); // what it would say is said here
    const auto all = look(settings);
    if (!all) {
        std::fprintf(stderr, "weft audit: %s\n", all.error().message.c_str());
        return unusable;
    }
    bool whole = true;
    json::array views;
    for (const Found& each : *all) {
        views.push_back(view_of(each));
        if (!each.walk.fault) continue;
        whole = false;
        std::fprintf(stderr, "weft audit: Organization %s: row %lld %s.\n",
                     each.chain.organization.hex().c_str(),
                     static_cast<long long>(each.walk.fault->seq), each.walk.fault->what.c_str());
    }
    if (options.json)
        std::fprintf(stdout, "%s\n",
                     to_text({{"is_whole", whole}, {"organizations", std::move(views)}}).c_str());
    else if (whole)
        print_whole(*all);
    return whole ? 0 : not_whole;
}

} // namespace weft::cli
