# shellcheck shell=bash
# ./dev fuzz. Sourced by ./dev.

# fuzz_target NAME SECONDS: what libFuzzer learns is kept in build/fuzz/corpus, what breaks in build/fuzz/found.
fuzz_target() {
    local name=$1 seconds=$2 learned=build/fuzz/corpus/$1 found=build/fuzz/found/$1 log=build/fuzz/$1.log dict=()
    mkdir -p "$learned" "$found"
    [[ ! -e fuzz/$name.dict ]] || dict=("-dict=fuzz/$name.dict")
    echo "Fuzzing $name for $seconds s."
    if WEFT_FUZZ_TARGET=$name build/fuzz/fuzz "-max_total_time=$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=16384 \
        -print_final_stats=1 "-artifact_prefix=$found/" "${dict[@]}" "$learned" "fuzz/corpus/$name" >"$log" 2>&1; then
        grep -E 'stat::number_of_executed_units|DONE' "$log" | tail -n 2
        return
    fi
    tail -n 60 "$log" >&2
    echo "$name broke. Its input is in $found; once mended, keep it in fuzz/corpus/$name." >&2
    return 1
}

command_fuzz() {
    local names=() seconds=60 failed=0 name
    [[ ${1:-} =~ ^[a-z_]+$ ]] && names+=("$1") && shift
    [[ -z ${1:-} ]] || seconds=$1
    [[ $seconds =~ ^[0-9]+$ ]] || die "./dev fuzz takes a target and a number of seconds."
    ((${#names[@]})) || for name in fuzz/corpus/*/; do names+=("$(basename "$name")"); done
    build fuzz fuzz
    for name in "${names[@]}"; do fuzz_target "$name" "$seconds" || failed=1; done
    return $failed
}
