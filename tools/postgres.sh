#!/usr/bin/env bash
# A PostgreSQL cluster, or a pgbouncer, for tests: it lives in a folder of its own and no longer than who asked for it.
#
#   tools/postgres.sh cluster DIR [NAME=VALUE…]           a new cluster with these settings
#   tools/postgres.sh bouncer DIR SERVER [NAME=VALUE…]    a pgbouncer; SERVER: its "host=… port=…" of a cluster
#
# Makes the folder DIR, starts the program on a free port of 127.0.0.1 and answers "ready PORT", or "failed" (the reason
# is in DIR/log). Then it takes commands, a line each: "stop SIGNAL", answered "stopped", "start", answered as above, and
# "launch", answered "launched" before a cluster is ready: only a stop may follow.
# At the end of its input, which also comes when the process at its other end is killed, it ends the program and removes
# DIR. By hand: run it, use the cluster, type Ctrl-D.
set -euo pipefail

kind=${1:?cluster or bouncer} dir=${2:?a folder that is not there yet}
shift 2
programs=/usr/lib/postgresql/15/bin
memory_kb_min=4194304
child='' port='' data=''

# The environment of whoever runs the tests does not configure the cluster.
unset "${!PG@}"
export LC_ALL=C TZ=UTC

# PostgreSQL refuses to run as root. The signal is what a program gets when this script is killed; it must be set after
# the user, as setpriv does, because a change of user clears it.
death_signal=QUIT
[[ $kind == cluster ]] || death_signal=TERM
launcher=(setpriv --pdeathsig "$death_signal" --)
owner=$(id -u)
if [[ $owner == 0 ]]; then
    owner=postgres
    id -u "$owner" >/dev/null 2>&1 || owner=nobody
    launcher=(setpriv --reuid "$owner" --regid "$(id -g "$owner")" --clear-groups --pdeathsig "$death_signal" --)
fi

finish() {
    stop "$death_signal"
    cd /
    rm -rf "$dir" "${data:-$dir}"
}

# Below the range that the kernel gives to clients, so that the port of a stopped cluster stays free for its next start.
pick_port() { port=$((20000 + SRANDOM % 12000)); }

write_settings() { # NAME=VALUE…
    local each value
    for each in "$@"; do
        value=${each#*=}
        [[ $kind == bouncer ]] || value="'${value//\'/\'\'}'"
        printf '%s = %s\n' "${each%%=*}" "$value"
    done
}

# Without fsync nothing is to outlive the machine: where there is memory in plenty the cluster lies in it, and a database
# is made in a fifth of the time.
place_data() { # SETTINGS…
    local shm memory
    data=$dir/data
    [[ " $* " == *" fsync=off "* && -w /dev/shm ]] || return 0
    shm=$(df -k --output=avail /dev/shm | tail -n 1)
    memory=$(awk '$1 == "MemAvailable:" {print $2}' /proc/meminfo)
    ((shm >= memory_kb_min && memory >= memory_kb_min)) || return 0
    data=$(mktemp -d /dev/shm/weft-postgres-XXXXXXXX)
    chown "$owner" "$data"
}

make_cluster() { # SETTINGS…
    [[ -x $programs/initdb ]] || { echo "PostgreSQL 15 is not installed: run ./dev setup." >&2; return 1; }
    place_data "$@"
    "${launcher[@]}" "$programs/initdb" -D "$data" -U postgres -E UTF8 --locale=C --auth=trust \
        --no-sync --no-instructions >&2 || return 1
    local small=()
    # Little memory and a short log: what is used again and again need not be fetched from the kernel.
    [[ " $* " != *" fsync=off "* ]] ||
        small=(full_page_writes=off shared_buffers=16MB min_wal_size=32MB max_wal_size=64MB)
    write_settings listen_addresses=127.0.0.1 "unix_socket_directories=$dir" max_connections=200 timezone=UTC \
        log_timezone=UTC "${small[@]}" "$@" >>"$data/postgresql.conf"
}

make_bouncer() { # SERVER SETTINGS…
    command -v pgbouncer >/dev/null || { echo "pgbouncer is not installed: run ./dev setup." >&2; return 1; }
    {
        echo "[databases]"
        echo "* = $1 user=postgres"
        echo "[pgbouncer]"
        # Who may come in: everybody, as the user above.
        write_settings auth_type=any listen_addr=127.0.0.1 unix_socket_dir= pool_mode=transaction \
            max_client_conn=500 ignore_startup_parameters=extra_float_digits "${@:2}"
    } >"$dir/pgbouncer.ini.in"
}

launch() {
    : >"$dir/run.log"
    if [[ $kind == cluster ]]; then
        "${launcher[@]}" "$programs/postgres" -D "$data" -p "$port" >"$dir/run.log" 2>&1 </dev/null &
    else
        { cat "$dir/pgbouncer.ini.in"; echo "listen_port = $port"; } >"$dir/pgbouncer.ini"
        "${launcher[@]}" pgbouncer "$dir/pgbouncer.ini" >"$dir/run.log" 2>&1 </dev/null &
    fi
    child=$!
}

# PostgreSQL writes its state into the eighth line of a file.
is_ready() {
    if [[ $kind == cluster ]]; then
        [[ $(sed -n '1p;8p' "$data/postmaster.pid" 2>/dev/null) == "$child"$'\n'ready* ]]
    else
        grep -q 'process up' "$dir/run.log"
    fi
}

# Until it hears signals: this shell has started it with some ignored. 1 when it has ended before.
wait_listening() {
    until [[ $(sed -n 1p "$data/postmaster.pid" 2>/dev/null) == "$child" ]]; do
        kill -0 "$child" 2>/dev/null || return 1
        sleep 0.001
    done
}

# Until it is ready; 1 when it has ended before.
wait_ready() {
    while ! is_ready; do
        kill -0 "$child" 2>/dev/null || return 1
        sleep 0.02
    done
}

start() {
    local tries first=
    [[ -n $port ]] || first=yes
    for ((tries = 0; tries < 50; tries++)); do
        [[ -z $first ]] || pick_port
        launch
        if wait_ready; then
            echo "ready $port"
            return
        fi
        child=''
        cat "$dir/run.log" >&2
        grep -q 'Address already in use' "$dir/run.log" || break
        [[ -n $first ]] || sleep 0.1
    done
    echo failed
}

stop() { # SIGNAL
    [[ -n $child ]] || return 0
    kill -s "$1" "$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
    child=''
}

mkdir -m 755 "$dir"
dir=$(cd "$dir" && pwd)
trap finish EXIT
trap 'exit 1' TERM INT HUP PIPE
# This script's own messages go there, and nobody's terminal or pipe is held.
exec 2>"$dir/log"
chown "$owner" "$dir"
cd "$dir"

if "make_$kind" "$@"; then start; else echo failed; fi
while read -r command signal; do
    case $command in
    start) start ;;
    launch) launch && wait_listening && echo launched || echo failed ;;
    stop) stop "$signal" && echo stopped ;;
    esac
done
