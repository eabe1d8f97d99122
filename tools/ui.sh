# shellcheck shell=bash
# ./dev ui: what a developer of the web app types. Sourced by ./dev.

# in_ui COMMAND…: runs it in ui/ with the pinned Node.
# shellcheck disable=SC2154 # $root is set by ./dev
in_ui() { (cd ui && PATH=$root/.tools/node/bin:$PATH exec "$@"); }

# With the release binary, whose pages they see.
with_release_binary() {
    [[ -n ${WEFT_BINARY:-} ]] || build release weft
    export WEFT_BINARY=${WEFT_BINARY:-$root/build/release/weft}
}

command_ui() {
    local what=${1:-}
    [[ $# == 0 ]] || shift
    setup test
    case $what in
    dev) in_ui npm run --silent dev "$@" ;;
    test) with_release_binary && in_ui npm run --silent test -- "$@" ;;
    types) with_release_binary && in_ui npm run --silent types ;;
    fmt) in_ui npm run --silent fmt ;;
    lint) in_ui npm run --silent lint ;;
    size) in_ui npm run --silent build && in_ui npm run --silent size ;;
    *) die "./dev ui takes dev, test, types, fmt, lint or size; ./dev help says what they do." ;;
    esac
}

# Pictures of every screen, both themes, desktop and phone, into build/screens.
command_screens() {
    setup test
    with_release_binary
    in_ui npm run --silent screens
    echo "Pictures of every screen are in build/screens."
}
