#!/usr/bin/env bash
# Builds the web app and writes OUT, a C++ source that compiles it in. What was built from the same sources before is
# taken again: all presets, and builds one after the other, share build/ui.
#
#   tools/build_ui.sh OUT
set -euo pipefail

out=$1
cd "$(dirname "$0")/.."
export PATH=$PWD/.tools/node/bin:$PATH

[[ -d ui/node_modules ]] || { echo "The web app needs what ./dev setup installs: run it first." >&2; exit 1; }
mkdir -p build/ui
exec {lock}>build/ui/.lock
flock "$lock"

# Of which files, and what is in them.
sum=$(find ui tools/build_ui.sh tools/pack_ui.mjs marketplace -type f \
    -not -path '*/node_modules/*' -not -path 'ui/dist/*' -not -path 'ui/tests/*' -not -path 'ui/test-results/*' -print0 |
    sort -z | xargs -0 sha256sum | sha256sum | cut -c 1-16)
made=build/ui/$sum
if [[ ! -e $made/app_files.cpp ]]; then
    find build/ui -mindepth 1 -maxdepth 1 -type d -mmin +600 -exec rm -rf {} +
    rm -rf "$made"
    (cd ui && npm run --silent build >../build/ui/log 2>&1) ||
        { tail -n 30 build/ui/log >&2; echo "The web app could not be built; the reason is above." >&2; exit 1; }
    mkdir -p "$made.new"
    node tools/pack_ui.mjs ui/dist "$PWD/$made" "$made.new"
    mv "$made.new" "$made"
fi
mkdir -p "$(dirname "$out")"
cmp -s "$made/app_files.cpp" "$out" || cp "$made/app_files.cpp" "$out"
touch "$out"
