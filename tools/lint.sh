# shellcheck shell=bash
# ./dev lint. Sourced by ./dev.
