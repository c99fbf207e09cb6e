#!/usr/bin/env bash
# Runs the unit tests under valgrind's memcheck. Each test is a process of its own, so each costs a
# second or more to begin; all of them take an hour or so on two cores. Exits 1 when a test fails or
# valgrind reports something; its reports stay in $BUILD/valgrind.
#
# Left out, because they take some hundred times as long: those that draw every screen at every
# size (screens, hostile, hostile_terminal), press every key (every_key), compare times, send ten
# thousand copies, or have many processes wait for one lock for a second at most. AddressSanitizer
# has them.
#
# "exiting thread has error reporting disabled" is no finding: Criterion's runner, whose own errors
# it leaves out, was ended by a signal.
#
# Environment:
#   BUILD     the build folder, with unit
#   VALGRIND  patterns of suites, instead of all: "inbox store_*"
#   JOBS      tests at a time
set -u
cd "$(dirname "$0")/.." || exit 1

BUILD=${BUILD:-build}
JOBS=${JOBS:-$(nproc)}
LEFT_OUT='screens|hostile|hostile_terminal|every_key'
TESTS='!(time_grows_with_the_length|ten_thousand_copies*|many_may_be_the_first*)'

# run PATTERN: the suites that it names.
run() {
    local log=$reports/output
    # lax-ioctls: valgrind 3.19 has not heard of TIOCGPTPEER, by which openpty() works.
    TEST_TIMEOUT_FACTOR=50 valgrind -q --vgdb=no --trace-children=yes --error-exitcode=99 \
        --sim-hints=lax-ioctls --log-file="$reports/%p.log" \
        "$BUILD/unit" --jobs "$JOBS" --filter "$1/$TESTS" >"$log" 2>&1 </dev/null
    local status=$?
    grep -v '^\[PASS\]' "$log"
    return $status
}

main() {
    local patterns=("!($LEFT_OUT)") wrong=0 found
    [ -z "${VALGRIND:-}" ] || read -ra patterns <<<"$VALGRIND"
    reports=$(realpath "$BUILD")/valgrind # whatever folder a test's child goes to
    rm -rf "$reports"
    mkdir -p "$reports"
    for pattern in "${patterns[@]}"; do
        run "$pattern" || wrong=1
    done
    mapfile -t found < <(find "$reports" -name '*.log' -size +0 | sort)
    if [ ${#found[@]} -gt 0 ]; then
        head -n 60 "${found[@]}"
        echo "${#found[@]} reports"
        wrong=1
    fi
    return $wrong
}

main
