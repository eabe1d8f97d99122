// The HTTP layer alone: answers every request with a small JSON body, so that wrk shows what the
// layer itself costs.
//   bench_http_hello [ADDRESS [THREADS]]
#include "http/server.h"

#include <csignal>
#include <cstdlib>

#include <fmt/format.h>

namespace weft {

Task<http::Response> hello(http::Request) {
    http::Response response;
    response.headers.fields.emplace_back("content-type", "application/json");
    response.body = R"({"hello":"world"})";
    co_return response;
}

int run(std::string address, int threads) {
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGINT);
    sigaddset(&ending, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ending, nullptr);

    http::IoThreads io(threads);
    http::Server server(io, hello);
    const auto bound = server.listen(std::move(address));
    if (!bound) {
        fmt::print(stderr, "{}\n", bound.error().message);
        return 1;
    }
    io.run();
    fmt::print("http://{}\n", *bound);
    std::fflush(stdout);
    int signal = 0;
    sigwait(&ending, &signal);
    server.stop();
    return 0;
}

} // namespace weft

int main(int count, char** arguments) {
    return weft::run(count > 1 ? arguments[1] : "127.0.0.1:0",
                     count > 2 ? std::atoi(arguments[2]) : 2);
}
