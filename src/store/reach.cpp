#include "store/reach.h"

#include "base/log.h"

namespace weft::store {

bool is_database_url(std::string_view text) {
    return text.starts_with("postgres://") || text.starts_with("postgresql://");
}

void Reach::note_away(const Error& why) {
    if (away_.exchange(true)) return;
    log_error("The database is away.", {{"reason", why.log_text}});
    rouse_();
}

void Reach::note_back() {
    if (!away_.exchange(false)) return;
    log_info("The database is back.");
    const Lock lock(mutex_);
    changed_.notify_all();
}

bool Reach::wait_back() {
    const Lock lock(mutex_);
    while (away() && !stopping_) changed_.wait(mutex_);
    return !stopping_;
}

void Reach::stop() {
    const Lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
}

Error database_away(std::string log_text) {
    return {Code::unavailable,
            "The database does not answer; try again in a few seconds.",
            std::move(log_text),
            {},
            2};
}

} // namespace weft::store
