#!/usr/bin/env bash
# Takes the README's pictures from the running demo: screenshots/take.sh [BUILD]
set -eu
cd "$(dirname "$0")/.."
build=${1:-build}
shots=screenshots

# The demo's first half minute brings deliveries of every kind.
"$build/shoot" --size 132x38 --scale 1.6 \
    --wait 'verified' --wait 'not genuine' --pump 30000 --quiet 300 "$shots/dashboard.png" \
    --keys '1j' --pump 1500 --keys 'D' --wait 'Delete endpoint' "$shots/delete.png" \
    --keys '<esc>' --gone 'Delete endpoint' \
    --keys 'c' --wait 'New endpoint' "$shots/create.png" --keys '<esc>' --gone 'New endpoint' \
    --keys '4G<up><enter>' --wait 'Verification' --quiet 300 "$shots/detail.png" \
    --keys 'z<pgdn>' --wait 'Object' --quiet 300 "$shots/payload.png" \
    -- "$build/bridgetop" --demo

"$build/shoot" --size 80x24 --scale 1.6 --wait 'active' --keys '4' --wait 'verified' --pump 20000 \
    --quiet 300 "$shots/narrow.png" \
    -- "$build/bridgetop" --demo
