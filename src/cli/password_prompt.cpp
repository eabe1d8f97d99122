#include "cli/password_prompt.h"

#include "domain/user.h"

#include <cstdio>
#include <iostream>

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

namespace weft::cli {

namespace {

/// What is typed is not shown while it lives.
class Unseen {
public:
    Unseen() {
        tcgetattr(STDIN_FILENO, &before_);
        termios quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    ~Unseen() {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
        std::fputc('\n', stderr);
    }
    Unseen(const Unseen&) = delete;

private:
    termios before_{};
};

std::string read_line() {
    std::string line;
    std::getline(std::cin, line);
    if (line.ends_with('\r')) line.pop_back();
    return line;
}

std::string typed(const std::string& prompt) {
    std::fputs(prompt.c_str(), stderr);
    const Unseen unseen;
    return read_line();
}

} // namespace

Result<std::string> read_new_password(const std::string& whose) {
    std::string password;
    if (isatty(STDIN_FILENO)) {
        password = typed(fmt::format("Password for {}: ", whose));
        if (typed("Once more: ") != password)
            return fail(Code::invalid, "The two passwords differ. Nothing was changed.");
    } else {
        password = read_line();
        if (password.empty())
            return fail(Code::invalid, "Give the password on standard input, or use a terminal.");
    }
    if (const auto good = check_password(password, "password"); !good)
        return fail(Code::invalid, fmt::format("The password must have {} to {} bytes.",
                                               password_bytes_min, password_bytes_max));
    return password;
}

} // namespace weft::cli
