#include "http/curl_driver.h"

#include "base/check.h"

#include <boost/asio/post.hpp>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weft::http {

/// Marks that a call into curl is on the stack.
class CurlDriver::Inside {
public:
    explicit Inside(CurlDriver& driver) : driver_(driver), before_(driver.inside_) {
        driver_.inside_ = true;
    }
    ~Inside() { driver_.inside_ = before_; }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

private:
    CurlDriver& driver_;
    bool before_;
};

CurlDriver::CurlDriver(asio::io_context& context)
    : context_(context), multi_(curl_multi_init()), timer_(context) {
    CHECK(multi_);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlDriver::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlDriver::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
}

CurlDriver::~CurlDriver() {
    // Transfers still here are dropped with their coroutines: the context itself is going.
    for (const auto& [easy, transfer] : transfers_) curl_multi_remove_handle(multi_, easy);
    transfers_.clear();
    clean_up();
}

void CurlDriver::close() {
    if (!multi_) return;
    stop();
    clean_up();
}

void CurlDriver::stop() {
    stopped_ = true;
    while (!transfers_.empty()) {
        const auto transfer = transfers_.begin()->second;
        finish(transfer, Transfer::cancelled(), Socket::abort);
    }
}

void CurlDriver::clean_up() {
    if (!multi_) return;
    {
        const Inside inside(*this);
        curl_multi_cleanup(std::exchange(multi_, nullptr));
    }
    timer_.cancel();
    while (!watches_.empty()) forget(watches_.begin()->first);
}

void CurlDriver::start(const std::shared_ptr<Transfer>& transfer) {
    if (inside_) { // a sink began another exchange
        asio::post(context_, [self = shared_from_this(), transfer] { self->start(transfer); });
        return;
    }
    if (stopped_) return transfer->complete(Transfer::cancelled());
    if (!transfer->prepare()) return transfer->complete(transfer->outcome(CURLE_URL_MALFORMAT));
    CURL* easy = transfer->easy();
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &CurlDriver::on_close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
    transfers_.emplace(easy, transfer);
    transfer->watch_time([driver = weak_from_this(), which = std::weak_ptr(transfer)] {
        const auto self = driver.lock();
        const auto late = which.lock();
        if (self && late)
            self->finish(late, late->outcome(CURLE_OPERATION_TIMEDOUT), Socket::abort);
    });
    const Inside inside(*this);
    CHECK(curl_multi_add_handle(multi_, easy) == CURLM_OK);
}

void CurlDriver::cancel(const std::shared_ptr<Transfer>& transfer) {
    if (inside_) {
        asio::post(context_, [self = shared_from_this(), transfer] { self->cancel(transfer); });
        return;
    }
    finish(transfer, Transfer::cancelled(), Socket::abort);
}

void CurlDriver::finish(const std::shared_ptr<Transfer>& transfer, FetchOutcome outcome,
                        Socket socket) {
    if (transfers_.erase(transfer->easy()) == 0) return; // has ended already
    {
        const Inside inside(*this);
        aborting_ = socket == Socket::abort;
        curl_multi_remove_handle(multi_, transfer->easy());
        aborting_ = false;
    }
    transfer->complete(std::move(outcome));
}

void CurlDriver::act(curl_socket_t socket, int events) {
    if (!multi_) return;
    {
        const Inside inside(*this);
        int running = 0;
        curl_multi_socket_action(multi_, socket, events, &running);
    }
    collect();
}

void CurlDriver::collect() {
    int left = 0;
    while (const CURLMsg* message = multi_ ? curl_multi_info_read(multi_, &left) : nullptr) {
        if (message->msg != CURLMSG_DONE) continue;
        const auto found = transfers_.find(message->easy_handle);
        if (found == transfers_.end()) continue;
        const auto transfer = found->second;
        finish(transfer, transfer->outcome(message->data.result), Socket::keep);
    }
}

int CurlDriver::on_timer(CURLM*, long timeout_ms, void* driver) {
    auto& self = *static_cast<CurlDriver*>(driver);
    if (timeout_ms < 0 || !self.multi_) {
        self.timer_.cancel();
        return 0;
    }
    self.timer_.expires_after(milliseconds(timeout_ms));
    self.timer_.async_wait([weak = self.weak_from_this()](boost::system::error_code error) {
        if (error) return;
        if (const auto held = weak.lock()) held->act(CURL_SOCKET_TIMEOUT, 0);
    });
    return 0;
}

/// What is watched is a duplicate. libcurl 7.88 closes a socket that was still connecting before it
/// says so: by then its number may be that of another thread's socket.
int CurlDriver::on_socket(CURL*, curl_socket_t socket, int what, void* driver, void*) {
    auto& self = *static_cast<CurlDriver*>(driver);
    if (what == CURL_POLL_REMOVE || !self.multi_) {
        self.forget(socket);
        return 0;
    }
    std::shared_ptr<Watch>& watch = self.watches_[socket];
    if (!watch) {
        watch = std::make_shared<Watch>(self.context_);
        boost::system::error_code error;
        const int watched = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
        watch->descriptor.assign(watched, error);
        if (error) {
            if (watched >= 0) ::close(watched);
            self.watches_.erase(socket);
            return -1;
        }
    }
    watch->wanted = what;
    self.wait(socket, watch);
    return 0;
}

void CurlDriver::forget(curl_socket_t socket) {
    const auto found = watches_.find(socket);
    if (found == watches_.end()) return;
    found->second->alive = false;
    boost::system::error_code ignored;
    found->second->descriptor.close(ignored); // its waits end with operation_aborted
    watches_.erase(found);
}

void CurlDriver::wait(curl_socket_t socket, const std::shared_ptr<Watch>& watch) {
    using asio::posix::descriptor_base;
    if ((watch->wanted & CURL_POLL_IN) && !watch->reading) {
        watch->reading = true;
        watch->descriptor.async_wait(descriptor_base::wait_read,
                                     [driver = weak_from_this(), socket, watch](auto error) {
                                         watch->reading = false;
                                         const auto self = driver.lock();
                                         if (self && !error)
                                             self->ready(socket, watch, CURL_CSELECT_IN);
                                     });
    }
    if ((watch->wanted & CURL_POLL_OUT) && !watch->writing) {
        watch->writing = true;
        watch->descriptor.async_wait(descriptor_base::wait_write,
                                     [driver = weak_from_this(), socket, watch](auto error) {
                                         watch->writing = false;
                                         const auto self = driver.lock();
                                         if (self && !error)
                                             self->ready(socket, watch, CURL_CSELECT_OUT);
                                     });
    }
}

void CurlDriver::ready(curl_socket_t socket, const std::shared_ptr<Watch>& watch, int events) {
    if (!watch->alive) return; // the number may belong to another socket by now
    const int asked = events == CURL_CSELECT_IN ? CURL_POLL_IN : CURL_POLL_OUT;
    if (!(watch->wanted & asked)) return;
    act(socket, events);
    if (watch->alive) wait(socket, watch);
}

int CurlDriver::on_close_socket(void* driver, curl_socket_t socket) {
    auto& self = *static_cast<CurlDriver*>(driver);
    self.forget(socket);
    if (self.aborting_) {
        const linger at_once{.l_onoff = 1, .l_linger = 0};
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    return ::close(socket);
}

} // namespace weft::http
