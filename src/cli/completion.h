#pragma once

#include "base/result.h"

#include <string>

#include <CLI/App.hpp>

namespace weft::cli {

inline constexpr const char* completion_footer =
    "To use it:\n"
    "  bash   source <(weft completion bash)          in ~/.bashrc\n"
    "  zsh    source <(weft completion zsh)           in ~/.zshrc, after compinit\n"
    "  fish   weft completion fish | source           in ~/.config/fish/config.fish";

/// A script for the shell that completes commands, options and the values of a few options of
/// `app`. invalid: another shell than bash, zsh and fish.
Result<std::string> completion_script(const CLI::App& app, const std::string& shell);

} // namespace weft::cli
