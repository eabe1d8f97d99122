#pragma once

#include "api/letters.h"
#include "base/gate.h"
#include "http/client.h"
#include "server/pace.h"
#include "store/inbox_notices.h"

namespace weft::server {

/// Tells people of what waits for them (store/inbox_notices.h): makes mails and calls of what is
/// noted, and makes the calls, one after the other: looks as Pace says, tries a call again after
/// 2 s, 4 s, … an hour, and gives it up after a day or when it is answered 410. A crash between
/// the answer and the row makes the call once more, with the same webhook-id. Several nodes on one
/// database share the work. Owned by the Program; works on one io thread until stop().
class InboxNotifier {
public:
    /// `reach`: which addresses a webhook may have.
    InboxNotifier(store::Store& store, http::Client& client, Clock& clock,
                  asio::any_io_executor executor, api::PublicFace face, http::Reach reach);
    void start();
    void stop();

private:
    Task<> work();
    Task<> look(Pace& pace);
    Task<> tell_all(std::vector<store::inbox_notices::Note> notes);
    Task<bool> call_one();

    store::Store& store_;
    http::Client& client_;
    Clock& clock_;
    asio::any_io_executor executor_;
    api::PublicFace face_;
    http::Reach reach_;
    Gate gate_;
};

} // namespace weft::server
