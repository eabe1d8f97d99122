# shellcheck shell=bash
# ./dev test. Sourced by ./dev.

# The sanitizers' reports need names, and a run under one of them stops at the first report.
export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:check_initialization_order=1
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
export ASAN_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-19
export TSAN_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-19
export UBSAN_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-19

# Test programs that share memory between threads: only these run under TSan, which is slow.
tsan_programs=(engine http store)

test_summary=()

# One PostgreSQL cluster for all test programs of a run, unless whoever calls has named one. tools/postgres.sh ends it at
# the end of its input, so also when this process is killed; test programs do not inherit the other end.
start_postgres() {
    local answer='' folder
    [[ -z ${WEFT_TEST_POSTGRES:-} ]] || return 0
    folder=$(mktemp -u "${TMPDIR:-/tmp}/weft-postgres-XXXXXXXX")
    coproc postgres_server { exec setsid tools/postgres.sh cluster "$folder" fsync=off; }
    postgres_process=$!
    read -r answer <&"${postgres_server[0]}" || true
    [[ $answer == ready* ]] || {
        tail -n 25 "$folder/log" >&2 || true
        die "PostgreSQL does not start for the tests; the reason is above."
    }
    export WEFT_TEST_POSTGRES=postgres://postgres@127.0.0.1:${answer#ready }/postgres
}

stop_postgres() {
    [[ -n ${postgres_process:-} ]] || return 0
    local end=${postgres_server[1]}
    exec {end}>&-
    wait "$postgres_process" || true
    unset WEFT_TEST_POSTGRES postgres_process
}

# test_preset PRESET [CTEST ARGUMENT…]: builds it and runs its tests. Returns 1 when one failed.
test_preset() {
    local preset=$1 started=$SECONDS failed=0 log=build/$1/test.log
    shift
    if [[ $preset == tsan ]]; then
        local targets=() name
        build tsan build.ninja
        for name in "${tsan_programs[@]}"; do
            ! ninja -C build/tsan -t query "${name}_test" >/dev/null 2>&1 || targets+=("${name}_test")
        done
        ((${#targets[@]})) || die "There is no test program of: ${tsan_programs[*]}."
        build tsan "${targets[@]}"
        local alternatives
        alternatives=$(IFS='|'; echo "${tsan_programs[*]}")
        set -- -R "^($alternatives)(_postgres)?\$" "$@"
    else
        build "$preset"
    fi
    echo "Testing $preset."
    start_postgres
    ctest --test-dir "build/$preset" --output-on-failure --no-tests=error -j "${JOBS:-$(nproc)}" "$@" 2>&1 |
        tee "$log" || failed=1
    stop_postgres
    test_summary+=("$preset: $(grep -E 'tests passed|No tests were found' "$log" | tail -n 1) ($((SECONDS - started)) s)")
    return $failed
}

command_test() {
    local presets=() ctest_arguments=() failed=0 preset
    while (($#)); do
        case $1 in
        --preset) presets+=("${2:?./dev test --preset needs a name}") && shift ;;
        --filter) ctest_arguments+=(-R "${2:?./dev test --filter needs a regular expression}") && shift ;;
        --case) export GTEST_FILTER=${2:?./dev test --case needs a pattern} && shift ;;
        --update) export WEFT_TEST_UPDATE=1 ;;
        *) die "./dev test does not know '$1'; see ./dev help." ;;
        esac
        shift
    done
    ((${#presets[@]})) || presets=(release debug tsan)
    setup test
    for preset in "${presets[@]}"; do
        test_preset "$preset" "${ctest_arguments[@]}" || failed=1
    done
    echo
    printf '%s\n' "${test_summary[@]}"
    if ((failed)); then
        echo "FAILED. The output of each failed test is above."
        return 1
    fi
    echo "All tests passed."
}
