#include "cli/serve_command.h"

#include "server/program.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <pthread.h>
#include <sys/resource.h>

namespace weft::cli {

namespace {

/// Signals that end the server and, where it has TLS files to read again, SIGHUP; blocked in every
/// thread, so that only sigwait sees them.
sigset_t awaited_signals(const server::Settings& settings) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    if (!settings.tls_certificate.empty()) sigaddset(&set, SIGHUP);
    return set;
}

/// Each connection is an open file, and most systems let a process open 1,024 unless it asks for
/// more.
void raise_file_limit() {
    rlimit files{};
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == files.rlim_max) return;
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

void leave_at_once(int) { std::_Exit(130); }

/// Behind the #, which browsers send to nobody, the key lets the web app make the first account.
void print_first_start(const store::Bootstrapped& made, const std::string& url) {
    std::printf("First start. This is shown once; keep the key:\n"
                "  organization  %s\n  project       %s\n  API key       %s\n"
                "  make your account at %s/app/welcome#key=%s\n",
                made.organization.id.hex().c_str(), made.project.id.hex().c_str(),
                made.key.secret.c_str(), url.c_str(), made.key.secret.c_str());
}

} // namespace

int serve(const server::Settings& settings) {
    const sigset_t awaited = awaited_signals(settings);
    pthread_sigmask(SIG_BLOCK, &awaited, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    raise_file_limit();
    auto program = server::Program::start(settings);
    if (!program) {
        std::fprintf(stderr, "weft serve: %s\n", program.error().message.c_str());
        return program.error().code == Code::invalid ? 2 : 3;
    }
    if (const auto& made = (*program)->first_start()) print_first_start(*made, (*program)->url());
    std::printf("Weft %s answers at %s\n", WEFT_VERSION, (*program)->url().c_str());
    std::fflush(stdout);

    int signal = 0;
    while (sigwait(&awaited, &signal) == 0 && signal == SIGHUP) (*program)->renew_certificate();
    for (const int each : {SIGINT, SIGTERM}) std::signal(each, &leave_at_once);
    pthread_sigmask(SIG_UNBLOCK, &awaited, nullptr);
    (*program)->stop();
    return 0;
}

} // namespace weft::cli
