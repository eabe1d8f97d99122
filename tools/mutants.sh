#!/usr/bin/env bash
# mutants.sh BUILD_DIRECTORY [WORD]: proves that the tests would see the faults of tests/mutants.txt. Each is put into a copy of
# one source, compiled by the build's own command, linked before the libraries that hold the right one, and run: a test
# must fail. With WORD only those whose names hold it. Fails when a text to be changed is not found, when a mutant does not compile, and when one survives.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

seconds_max=180 # for one program
build=$1 only=${2:-} survivors=0 count=0
work=$build/mutants
mkdir -p "$work"

# changed FILE OUT FROM TO [FROM TO…]: writes FILE to OUT with each FROM replaced.
changed() {
    local file=$1 out=$2 text rest
    text=$(<"$file")
    shift 2
    while (($#)); do
        rest=${text#*"$1"}
        if [[ $rest == "$text" || $rest == *"$1"* ]]; then
            echo "mutants: '$1' does not stand exactly once in $file: mend tests/mutants.txt." >&2
            return 1
        fi
        text=${text%%"$1"*}$2$rest
        shift 2
    done
    printf '%s\n' "$text" >"$out"
}

# commands TARGET: how the build makes it.
commands() { ninja -C "$build" -t commands "$1"; }

# prove NAME FILE PROGRAM TESTS FROM TO…
prove() {
    local name=$1 file=$2 program=$3 tests=$4 copy=$work/$((++count)).cpp object=$work/$count.o compile link log=$work/$count.log
    shift 4
    changed "$file" "$copy" "$@"
    compile=$(commands "$program" | grep -- " -c [^ ]*/$file\$")
    compile=${compile%% -MD *}${compile#* -MF *.o.d}
    compile=${compile% -o *}
    link=$(commands "$program" | tail -n 1)
    [[ $link == *" -o $program "* ]] || { echo "mutants: cannot read how $program is linked." >&2; return 1; }
    (cd "$build" && eval "$compile -o mutants/$count.o -c mutants/$count.cpp" &&
        eval "${link/ -o $program / -o mutants/$program mutants/$count.o }") >"$log" 2>&1 ||
        { cat "$log" >&2; echo "mutants: '$name' does not compile." >&2; return 1; }
    local status=0
    timeout -k 5 "$seconds_max" "$work/$program" --gtest_filter="$tests" --gtest_fail_fast >"$log" 2>&1 || status=$?
    if ((status == 0 || status == 124 || status == 137)); then
        echo "SURVIVED  $name ($program $tests, status $status)"
        survivors=$((survivors + 1))
    else
        echo "killed    $name: $(killer "$log")"
    fi
    rm -f "$object" "$work/$program"
}

# killer LOG: the test that failed, or in which the program ended.
killer() {
    local failed
    failed=$(sed -n 's/^\[  FAILED  \] \([^ ]*\) (.*/\1/p' "$1" | head -n 1)
    [[ -n $failed ]] || failed=$(sed -n 's/^\[ RUN      \] //p' "$1" | tail -n 1)
    [[ -n $failed ]] || { cat "$1" >&2; return 1; }
    echo "$failed"
}

# check NAME FILE PROGRAM TESTS FROM TO…: whether its texts stand where it says.
check() { changed "$2" "$work/checked.cpp" "${@:5}"; }

name='' file='' program='' tests='' changes=()
finish() {
    [[ -n $name ]] || return 0
    [[ $name != *"$only"* ]] || "$action" "$name" "$file" "$program" "$tests" "${changes[@]}"
    name='' changes=()
}

# each ACTION: calls it for every mutant.
each() {
    local action=$1 line
    while IFS= read -r line; do
        case $line in
        'mutant '*) name=${line#mutant } ;;
        'file '*) file=${line#file } ;;
        'program '*) program=${line#program } ;;
        'tests '*) tests=${line#tests } ;;
        'from '*) changes+=("${line#from }") ;;
        to | 'to '*) line=${line#to} && changes+=("${line# }") ;;
        '') finish ;;
        '#'*) ;;
        *) echo "mutants: '$line' in tests/mutants.txt means nothing." >&2 && exit 1 ;;
        esac
    done <tests/mutants.txt
    finish
}
each check # at once, and not after minutes
each prove
((count > 0)) || { echo "mutants: there are none in tests/mutants.txt." >&2; exit 1; }
echo "$((count - survivors)) of $count mutants were killed."
((survivors == 0))
