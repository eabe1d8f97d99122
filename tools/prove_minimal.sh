#!/usr/bin/env bash
# prove_minimal.sh [--slim] [--keep] DIR [COMMAND…]
#
# Proves that a fresh Debian 12 with git and package sources is enough: makes a minimal one in DIR/base (once), copies
# it to DIR/root, clones this repository's HEAD into it and runs COMMAND there (default: ./dev run --once) by chroot,
# with a process and mount namespace of its own. As root, on a Debian 12 machine with debootstrap.
#
#   --slim  leave documentation out, as container images do: there is no changelog under /usr/share/doc then
#   --keep  go on in DIR/root as the last command left it, to prove that a second run is safe and quick
#
# From this machine it takes Debian's package sources and keys, apt's and npm's settings, added certificate authorities
# and name resolution; nothing else.
set -euo pipefail

slim='' keep=''
while [[ ${1:-} == --* ]]; do
    case $1 in
    --slim) slim=1 ;;
    --keep) keep=1 ;;
    *)
        sed -n '2,13s/^# \?//p' "$0" >&2
        exit 2
        ;;
    esac
    shift
done
dir=${1:?prove_minimal.sh [--slim] [--keep] DIR [COMMAND…]}
shift
[[ $# -gt 0 ]] || set -- ./dev run --once
[[ $(id -u) == 0 ]] || { echo "prove_minimal.sh needs root." >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "prove_minimal.sh needs debootstrap: apt-get install debootstrap." >&2; exit 1; }
repository=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
base=$dir/base root=$dir/root
settings=(/etc/apt/sources.list /etc/apt/sources.list.d/debian.sources /etc/apt/apt.conf /etc/apt/apt.conf.d
    /etc/apt/trusted.gpg.d /usr/local/share/ca-certificates /etc/ssl/certs/ca-certificates.crt
    /etc/npmrc /usr/etc/npmrc /root/.npmrc /etc/hosts /etc/resolv.conf)

# Prints the address that this machine's apt takes bookworm from.
mirror() {
    cat /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources 2>/dev/null |
        awk '$1 == "URIs:" {print $2; exit} $1 == "deb" {for (i = 2; i < NF; i++) if ($i ~ /:\//) {print $i; exit}}'
}

# inside COMMAND…: runs it in DIR/root. The mounts belong to the namespace and end with it.
inside() {
    # shellcheck disable=SC2016 # for the inner shell
    unshare --mount --pid --fork --kill-child bash -euc '
        root=$1; shift
        mount --bind /dev "$root/dev"
        mount -t proc proc "$root/proc"
        exec chroot "$root" "$@"' inside "$root" \
        env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
        TERM="${TERM:-dumb}" NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt "$@"
}

if [[ ! -e $base/.complete ]]; then
    echo "Making a minimal Debian 12 in $base."
    rm -rf "$base"
    debootstrap --variant=minbase bookworm "$base" "$(mirror)" >"$dir/debootstrap.log" ||
        { tail -n 20 "$dir/debootstrap.log" >&2; exit 1; }
    touch "$base/.complete"
fi

if [[ -z $keep || ! -d $root/weft ]]; then
    rm -rf "$root"
    cp -a "$base" "$root"
    rm -f "$root/etc/apt/sources.list"
    for path in "${settings[@]}"; do
        [[ -e $path ]] || continue
        mkdir -p "$root$(dirname "$path")"
        cp -aL "$path" "$root$(dirname "$path")/"
    done
    if [[ -n $slim ]]; then
        echo 'path-exclude=/usr/share/doc/*' >"$root/etc/dpkg/dpkg.cfg.d/no-documentation"
        rm -rf "$root"/usr/share/doc/*
    fi
    echo "Installing git there."
    inside bash -c 'apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends git' \
        >"$dir/git.log" 2>&1 || { tail -n 20 "$dir/git.log" >&2; exit 1; }
    git clone -q --no-hardlinks "$repository" "$root/weft"
fi

echo "Running $* there, at $(git -C "$root/weft" rev-parse --short HEAD)."
started=$SECONDS status=0
inside bash -c 'cd /weft && exec "$@"' prove "$@" || status=$?
echo "Status $status after $((SECONDS - started)) s."
exit "$status"
