# shellcheck shell=bash
# ./dev crash. Sourced by ./dev.

crash_rounds_default=1000

# The crash tests at full length: every position and every kind of loss, ROUNDS lives of the real process,
# and a tenth as many of its database.
command_crash() {
    local rounds=${1:-$crash_rounds_default} failed=0
    [[ $rounds =~ ^[1-9][0-9]*$ ]] || die "./dev crash takes a number of rounds."
    setup test
    build release weft store_test engine_test crash_loop_test postgres_crash_test
    export WEFT_CRASH_ALL=1 WEFT_CRASH_ROUNDS=$rounds
    build/release/store_test --gtest_filter='Crash*:Durability.*:WholeWrites.*' || failed=1
    build/release/engine_test --gtest_filter='PowerCut.*:Refusal.*:Crash.*' || failed=1
    build/release/crash_loop_test || failed=1
    WEFT_CRASH_ROUNDS=$((rounds / 10 + 1)) build/release/postgres_crash_test || failed=1
    ((failed)) || echo "Nothing was lost and nothing was done twice in $rounds rounds."
    return $failed
}
