// Streams of events of a task and of a project: complete and in order, also for whoever comes back.
#include "api_world.h"

#include "base/mutex.h"
#include "http/sse_parser.h"

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

namespace weft {

namespace {

using http::SseEvent;

/// Reads a stream that may have no end, on a thread of its own, until it is destroyed.
class Viewer {
public:
    Viewer(const std::string& url, const std::string& had = {}) : threads_(1), client_(threads_) {
        threads_.run();
        http::ClientRequest request{.url = url, .reach = http::Reach::anywhere};
        request.headers.set("x-api-key", WholeServer::key);
        if (!had.empty()) request.headers.set("last-event-id", had);
        http::ClientSink sink{[](int, const http::Headers&) {},
                              [this](std::string_view piece) { take(piece); }};
        done_ = asio::co_spawn(threads_.at(0), watch(std::move(request), std::move(sink)),
                               asio::use_future);
    }
    ~Viewer() {
        client_.stop();
        done_.wait();
        threads_.stop();
    }

    std::vector<SseEvent> seen() {
        Lock lock(mutex_);
        return events_;
    }
    /// What was seen when `enough` says so of it; of what came within half a minute otherwise.
    std::vector<SseEvent> until(const std::function<bool(const std::vector<SseEvent>&)>& enough) {
        const std::int64_t until_us = monotonic_us() + 30'000'000;
        Lock lock(mutex_);
        while (!enough(events_) && monotonic_us() < until_us)
            changed_.wait_for(mutex_, milliseconds(100));
        return events_;
    }
    /// Until the server has ended the stream.
    std::vector<SseEvent> whole() {
        done_.wait();
        return seen();
    }

private:
    Task<> watch(http::ClientRequest request, http::ClientSink sink) {
        std::ignore = co_await client_.fetch(std::move(request), std::move(sink));
    }
    void take(std::string_view piece) {
        Lock lock(mutex_);
        EXPECT_TRUE(parser_.feed(piece, events_));
        changed_.notify_all();
    }

    http::IoThreads threads_;
    http::Client client_;
    Mutex mutex_;
    Condition changed_;
    http::SseParser parser_ GUARDED_BY(mutex_);
    std::vector<SseEvent> events_ GUARDED_BY(mutex_);
    std::future<void> done_;
};

std::string member(const SseEvent& event, std::string_view name) {
    const json::value data = parse_json(event.data).value();
    return std::string(text_or(data, name));
}

bool any_of(const std::vector<SseEvent>& events, std::string_view kind, std::string_view name,
            std::string_view value) {
    return std::ranges::any_of(events, [&](const SseEvent& each) {
        return each.event == kind && member(each, name) == value;
    });
}

/// A viewer as a bare socket, so that there can be many of them. Reads when it is asked to.
class Socket {
public:
    Socket(int port, const std::string& path) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in to{.sin_family = AF_INET, .sin_port = htons(static_cast<std::uint16_t>(port))};
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
        const std::string asks = fmt::format("GET {} HTTP/1.1\r\nhost: here\r\nx-api-key: {}\r\n"
                                             "connection: close\r\n\r\n",
                                             path, WholeServer::key);
        EXPECT_EQ(::send(fd_, asks.data(), asks.size(), 0), std::ssize(asks));
    }
    Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Socket& operator=(Socket&&) = delete;
    ~Socket() {
        if (fd_ >= 0) ::close(fd_);
    }
    /// Until the head of the answer is there.
    void await_head() const {
        char byte = 0;
        EXPECT_EQ(::recv(fd_, &byte, 1, MSG_PEEK), 1);
    }
    std::string whole() const {
        std::string all;
        std::array<char, 4096> piece{};
        for (ssize_t size = 0; (size = ::recv(fd_, piece.data(), piece.size(), 0)) > 0;)
            all.append(piece.data(), static_cast<std::size_t>(size));
        return all;
    }

private:
    int fd_;
};

/// Both ends of so many connections lie in this process.
void allow_open_files(rlim_t count) {
    rlimit limit{};
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = std::min(limit.rlim_max, count);
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

} // namespace

class EventStreams : public Api {
protected:
    std::string rehearsed(const std::string& name) {
        const Reply flow = owner().post(
            in_project("/agentflow/"),
            {{"name", name},
             {"agents", json::array{{{"title", "Writer"},
                                     {"prompt", {{"template", "Write about {{goal}}."}}},
                                     {"llm", {{"model", "weft/rehearsal"}}}}}}});
        return flow.at("_id");
    }
    Reply start(const std::string& flow, const std::string& parent = {}) {
        json::object body{{"agentflow_id", flow}, {"goal", "tea"}};
        if (!parent.empty()) body["parent_execution_id"] = parent;
        const Reply started = owner().post(in_project("/execute_flow"), body);
        server_->wait_for(started.at("_id"));
        return started;
    }
    std::string url(const std::string& path) { return server_->url() + path; }
};

TEST_F(EventStreams, of_a_task_hold_each_execution_whole_and_resume_anywhere) {
    const std::string flow = rehearsed("tree");
    const Reply first = start(flow);
    const Reply second = start(flow, first.at("_id"));
    ASSERT_EQ(first.at("task_id"), second.at("task_id"));
    const std::string path = "/task/" + first.at("task_id") + "/events";

    const auto all = Viewer(url(path)).whole();
    for (const Reply* run : {&first, &second}) {
        std::vector<SseEvent> alone =
            Viewer(url("/execute_flow/" + run->at("_id") + "/events")).whole();
        std::string expected;
        for (const SseEvent& each : alone) expected += each.event + " ";
        std::string found;
        for (const SseEvent& each : all)
            if (member(each, "execution_id") == run->at("execution_id")) found += each.event + " ";
        EXPECT_EQ(found, expected);
        EXPECT_NE(found.find("execution.finished"), found.npos);
    }

    // Whoever had everything up to an event gets each later one of the journal once.
    const auto durable = [](const std::vector<SseEvent>& events) {
        std::vector<std::string> names;
        for (const SseEvent& each : events)
            if (each.event != "status" && each.event != "model.text") names.push_back(each.data);
        return names;
    };
    const auto everything = durable(all);
    std::size_t had = 0;
    std::string id;
    for (const SseEvent& each : all) {
        if (each.event != "status" && each.event != "model.text") ++had;
        if (each.id == id || each.id.empty()) continue;
        id = each.id;
        const auto rest = durable(Viewer(url(path), id).whole());
        EXPECT_EQ(rest, std::vector(everything.begin() + static_cast<std::ptrdiff_t>(had),
                                    everything.end()))
            << "after " << id;
    }
}

TEST_F(EventStreams, of_a_task_that_is_another_organizations_or_none_are_not_found) {
    const Reply run = start(rehearsed("mine"));
    EXPECT_EQ(code_of(stranger_->get("/task/" + run.at("task_id") + "/events")), "404 not_found");
    EXPECT_EQ(code_of(stranger_->get("/project/" + project_ + "/events")), "404 not_found");
    EXPECT_EQ(nobody_->get("/project/" + project_ + "/events").status, 401);
}

TEST_F(EventStreams, of_a_run_reach_a_thousand_viewers_and_wait_for_none) {
    allow_open_files(4'096);
    const Reply made =
        owner().post(in_project("/execute_flow"),
                     {{"agentflow_id", rehearsed("seen")}, {"goal", "tea"}, {"autostart", false}});
    const std::string path = "/task/" + made.at("task_id") + "/events";
    const int port = std::stoi(server_->url().substr(server_->url().rfind(':') + 1));
    const Socket never_reads(port, path);
    std::vector<Socket> viewers;
    for (int i = 0; i < 1'000; ++i) viewers.emplace_back(port, path);
    for (const Socket& each : viewers) each.await_head();
    owner().post("/execute_flow/" + made.at("_id") + "/execute");
    server_->wait_for(made.at("_id"));
    int whole = 0;
    for (const Socket& each : viewers) {
        const std::string seen = each.whole();
        whole += seen.contains("event: effect.started") && seen.contains("event: agent.finished") &&
                 seen.contains("event: execution.finished");
    }
    EXPECT_EQ(whole, 1'000);
}

TEST_F(EventStreams, of_a_project_tell_runs_and_items_and_what_was_missed) {
    const std::string flow = rehearsed("watched");
    Viewer viewer(url("/project/" + project_ + "/events"));
    const auto begun = viewer.until([](const auto& events) { return !events.empty(); });
    ASSERT_FALSE(begun.empty());
    EXPECT_EQ(begun.front().event, "begin");

    const Reply run = start(flow);
    auto seen = viewer.until([&](const auto& events) {
        return std::ranges::any_of(events, [&](const SseEvent& each) {
            return each.event == "execution" && member(each, "_id") == run.at("_id") &&
                   member(each, "status") == "completed";
        });
    });
    EXPECT_TRUE(any_of(seen, "execution", "task_id", run.at("task_id")));
    EXPECT_EQ(member(seen.back(), "name"), "watched");

    // Away, something happens, back again: it is told as it is now.
    const std::string had = seen.back().id;
    const Reply missed = start(flow);
    const Reply item =
        owner().post(in_project("/inbox/create"),
                     {{"summary", "May I?"}, {"fields", json::array{{{"field_id", "why"}}}}});
    ASSERT_EQ(item.status, 200) << item.text;
    Viewer back(url("/project/" + project_ + "/events"), had);
    seen = back.until([&](const auto& events) {
        return any_of(events, "execution", "_id", missed.at("_id")) &&
               any_of(events, "inbox", "_id", item.at("_id"));
    });
    EXPECT_TRUE(any_of(seen, "execution", "_id", missed.at("_id")));
    EXPECT_TRUE(any_of(seen, "inbox", "_id", item.at("_id")));
    // On a database that nodes share the last seconds are told again.
    if (!store::on_postgres())
        EXPECT_FALSE(any_of(seen, "execution", "_id", run.at("_id"))) << "that one it had";

    // A place that is none is not counted from.
    EXPECT_FALSE(Viewer(url("/task/" + run.at("task_id") + "/events"),
                        run.at("_id").substr(16) + ":9223372036854775807")
                     .whole()
                     .empty());

    // From nothing but nonsense on it begins as a new one.
    Viewer odd(url("/project/" + project_ + "/events"), "soon");
    EXPECT_EQ(odd.until([](const auto& events) { return !events.empty(); }).front().event, "begin");
}

} // namespace weft
