#!/usr/bin/env bash
# Takes the README's pictures from the running demo: screenshots/take.sh [BUILD]
set -eu
cd "$(dirname "$0")/.."
build=${1:-build}
shots=screenshots

# The demo's first half minute brings deliveries of every kind.
"$build/shoot" --size 132x38 --scale 1.4 \
    --wait 'verified' --wait 'not genuine' --pump 30000 --quiet 300 "$shots/dashboard.png" \
    --keys '1j' --pump 1500 --keys 'D' --wait 'Delete endpoint' "$shots/delete.png" \
    --keys '<esc>' --gone 'Delete endpoint' \
    --keys 'c' --wait 'New endpoint' "$shots/create.png" --keys '<esc>' --gone 'New endpoint' \
    --keys '4G<up><enter>' --wait 'Verification' --quiet 300 "$shots/inspector.png" \
    --keys 't' --wait 'Time line' --quiet 500 "$shots/trace.png" --keys '<esc>' --gone 'Time line' \
    --keys '<esc>' --gone 'Verification' \
    --keys ':t' --quiet 300 "$shots/prompt.png" --keys '<esc>' \
    --keys '?' --wait 'Help' --quiet 300 "$shots/help.png" \
    -- "$build/bridgetop" --demo

"$build/shoot" --size 132x38 --scale 1.4 --palette light \
    --wait 'verified' --wait 'not genuine' --pump 20000 --quiet 300 "$shots/dashboard-light.png" \
    --keys '4G<up><enter>' --wait 'Verification' --quiet 300 "$shots/inspector-light.png" \
    -- "$build/bridgetop" --demo --theme light

"$build/shoot" --size 80x24 --scale 1.4 --wait 'active' --keys '4' --wait 'verified' --pump 20000 \
    --quiet 300 "$shots/narrow.png" \
    -- "$build/bridgetop" --demo

# Half a minute with it, as one moving picture.
"$build/shoot" --size 112x30 --scale 0.9 --wait 'verified' --pump 12000 \
    --film 2000 --type 'jj' --film 400 --type '4' --film 900 --keys '<up>' --film 400 \
    --keys '<enter>' --film 1800 --type 'jjjjj' --film 300 --type '/rail' --film 900 \
    --keys '<enter>' --type 'n' --film 1200 --keys '<esc>' --film 600 \
    --type '/tran' --film 1500 --keys '<esc>' --film 500 --type ':pane end' --film 900 \
    --keys '<enter>' --film 600 --type 'E' --film 1500 --type 'n' --film 1200 \
    --animate "$shots/tour.png" \
    -- "$build/bridgetop" --demo
