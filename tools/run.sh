# shellcheck shell=bash
# ./dev run: the two processes of a demonstration, a server and one job. Sourced by ./dev.

server_start_seconds_max=30
server_stop_seconds_max=20
# A demonstration's document: long enough to be worth a digest, short enough to read.
document_bytes_min=4000
document_bytes_max=60000
document_packages=(curl openssl libssl3 git libexpat1 libxml2 vim perl openssh-client libc6 bash zlib1g tar gzip)

server_pid='' scratch='' interrupted=''

# pick_document OUT: writes the first Debian changelog of a fitting size that names vulnerabilities, and its name to
# standard output; else one that a script writes (small images have no /usr/share/doc).
pick_document() {
    local out=$1 package file bytes
    for package in "${document_packages[@]}"; do
        file=/usr/share/doc/$package/changelog.Debian.gz
        [[ -r $file ]] || continue
        gunzip -c "$file" >"$out" 2>/dev/null || continue
        bytes=$(stat -c %s "$out")
        ((bytes >= document_bytes_min && bytes <= document_bytes_max)) || continue
        grep -q 'CVE-[0-9]' "$out" || continue
        echo "$file"
        return
    done
    tools/make_changelog.sh "$out"
    echo "a changelog written by tools/make_changelog.sh (this machine has none that fits)"
}

# Prints the API key of the data directory: WEFT_API_KEY if set, else the one that ./dev minted for it.
demo_key() {
    local data=$1 file=$1/dev.key
    if [[ -n ${WEFT_API_KEY:-} ]]; then
        echo "$WEFT_API_KEY"
    elif [[ -s $file ]]; then
        cat "$file"
    elif [[ -e $data && -n $(ls -A "$data") ]]; then
        die "$data was not made by ./dev run, so its key is not known here: set WEFT_API_KEY to it, or WEFT_DATA to another directory."
    else
        (umask 077 && mkdir -p "$data" && cat /proc/sys/kernel/random/uuid >"$file")
        cat "$file"
    fi
}

port_in_use() {
    local host=${1%:*} port=${1##*:}
    (exec 3<>"/dev/tcp/$host/$port") 2>/dev/null
}

# Waits for the server's first answer. Returns 1 when it ended or did not answer in time.
await_health() {
    local url=$1 until=$((SECONDS + server_start_seconds_max))
    while ((SECONDS < until)); do
        ! curl -fsS --noproxy '*' --max-time 2 -o /dev/null "$url/health" 2>/dev/null || return 0
        kill -0 "$server_pid" 2>/dev/null || return 1
        [[ -z $interrupted ]] || return 1
        sleep 0.02
    done
    return 1
}

# Ends what ./dev run started, whatever the reason for leaving.
stop_server() {
    trap '' INT TERM
    if [[ -n $server_pid ]] && kill -TERM "$server_pid" 2>/dev/null; then
        local until=$((SECONDS + server_stop_seconds_max))
        while kill -0 "$server_pid" 2>/dev/null && ((SECONDS < until)); do sleep 0.05; done
        if kill -KILL "$server_pid" 2>/dev/null; then
            echo "dev: the server did not stop within $server_stop_seconds_max s and was killed." >&2
        fi
        wait "$server_pid" 2>/dev/null || true
    fi
    [[ -z $scratch ]] || rm -rf "$scratch"
}

# Where the web app begins: before there is an account, with the key that makes one. Behind the #, browsers keep it.
app_url() { # URL KEY
    if curl -fsS --noproxy '*' --max-time 5 "$1/auth/methods" | grep -q '"needs_owner":true'; then
        echo "$1/app/welcome#key=$2 (make your account there)"
    else
        echo "$1/app/"
    fi
}

command_run() {
    local once='' listen=${WEFT_LISTEN:-127.0.0.1:8470} data=${WEFT_DATA:-.weft}
    while (($#)); do
        case $1 in
        --once) once=1 ;;
        --listen) listen=${2:?./dev run --listen needs ADDRESS:PORT} && shift ;;
        *) die "./dev run does not know '$1'; see ./dev help." ;;
        esac
        shift
    done
    setup run
    build release weft

    ! port_in_use "$listen" ||
        die "$listen is in use, perhaps by another Weft. Stop that, or take another port: ./dev run --listen ${listen%:*}:$((${listen##*:} + 1))"
    local key url=http://$listen status=0 document
    key=$(demo_key "$data")
    scratch=$(mktemp -d)
    trap 'interrupted=1' INT TERM
    trap stop_server EXIT

    (umask 077 && : >"$data/serve.log") # the first start prints the key
    # A session of its own: Ctrl-C reaches the job, which stops its task, and this script, which then ends the server.
    WEFT_BOOTSTRAP_API_KEY=$key setpriv --pdeathsig TERM setsid \
        build/release/weft serve --data "$data" --listen "$listen" >"$data/serve.log" 2>&1 </dev/null &
    server_pid=$!
    await_health "$url" || {
        [[ -z $interrupted ]] || exit 130
        tail -n 20 "$data/serve.log" >&2
        die "The server did not answer at $url/health; its log is $data/serve.log."
    }
    echo "Weft serves $url (data: $data, key: $data/dev.key, log: $data/serve.log)."

    document=$(pick_document "$scratch/changelog.txt")
    echo "Job: a digest of $document"
    WEFT_API_KEY=$key build/release/weft run marketplace/release-notes-digest \
        --file "$scratch/changelog.txt" --server "$url" || status=$?
    if [[ -n $once || -n $interrupted ]]; then
        exit "$status"
    fi
    ((status == 0)) || echo "The job ended with status $status."
    echo "The web app: $(app_url "$url" "$key")"
    echo "Weft keeps serving $url until Ctrl-C."
    wait "$server_pid" || status=$?
    [[ -n $interrupted ]] || die "The server ended by itself; its log is $data/serve.log."
    exit 0
}
