# shellcheck shell=bash
# ./dev lint. Sourced by ./dev.

# Prints "FILE KEY" for each translation unit of ours in the release build. The key is a hash of all that its findings
# depend on: the checks, the compile command, and each file of this tree that the compiler read.
tidy_keys() {
    local common
    common=$(sha256sum .clang-tidy CMakeLists.txt CMakePresets.json {src/base,tests/support}/precompiled.h | sha256sum)
    # shellcheck disable=SC2154 # $root is set by ./dev
    our_sources | sed "s|^|$root/|" | xargs sha256sum >build/tidy/hashes
    # ninja prints "OBJECT: #deps N …" and then one indented line per file.
    ninja -C build/release -t deps | awk -v root="$root/" -v common="$common" '
        FILENAME == "build/tidy/hashes" { hash[$2] = $1; next }
        function flush() { if (unit != "") print unit, key; unit = key = "" }
        /^[^ ]/ { flush(); next }
        {
            sub("^\\.\\./\\.\\./", root, $1) # as ccache writes them
            if (!($1 in hash)) next
            if (unit == "" && $1 ~ /\.cpp$/) unit = substr($1, length(root) + 1)
            key = key " " hash[$1]
        }
        END { flush() }' build/tidy/hashes - |
        while read -r file key; do
            echo "$file $(sha256sum <<<"$common $key" | cut -d ' ' -f 1)"
        done | sort -u
}

# Runs clang-tidy on what changed since it last found nothing there.
lint_clang_tidy() {
    mkdir -p build/tidy/clean
    local todo=build/tidy/todo file key count
    tidy_keys | while read -r file key; do
        [[ -e build/tidy/clean/$key ]] || echo "$file $key"
    done >"$todo"
    count=$(wc -l <"$todo")
    ((count)) || return 0
    echo "clang-tidy: $count files changed since the last clean run."
    # shellcheck disable=SC2016 # for the inner shell
    xargs -P "${JOBS:-$(nproc)}" -n 2 bash -c '
        out=$(clang-tidy-19 --quiet -p build/release "$1" 2>&1) && touch "build/tidy/clean/$2" && exit
        printf "%s\n" "$out"
        exit 1' tidy <"$todo"
}

lint_format() {
    # shellcheck disable=SC2016 # for the inner shell
    our_sources | xargs -r -P "${JOBS:-$(nproc)}" -n 20 bash -c 'for file; do
        clang-format-19 "$file" | cmp -s - "$file" || { echo "$file: not formatted"; bad=1; }
    done
    exit "${bad:-0}"' format
}

lint_house_rules() { build release tidy_test && build/release/tidy_test --gtest_brief=1; }

lint_shell() {
    command -v shellcheck >/dev/null || { echo "shellcheck is not here: shell scripts were not checked."; return 0; }
    shellcheck -x dev .ci/run tools/*.sh
}

lint_ui() { in_ui npm run --silent lint; }

command_lint() {
    local failed=() step
    setup test
    build release
    for step in format house_rules shell ui clang_tidy; do
        "lint_$step" || failed+=("$step")
    done
    ((!${#failed[@]})) || die "lint found something in: ${failed[*]}. ./dev fmt mends the format."
    echo "lint: nothing found."
}
