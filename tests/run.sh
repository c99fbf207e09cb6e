#!/usr/bin/env bash
# Builds and runs every test, stage by stage. One line a stage, details of what failed only.
# The last line is `N passed, N failed`; the exit status is 1 if anything failed.
#
# A stage that cannot be built or run counts as failed, and so does a test that crashes, hangs,
# or leaves a sanitizer's report behind: Criterion lets a leak pass, so reports go to files, and
# any file is a failure.
#
# Environment: BUILD (the build folder), MAKE, JOBS. tests/run_check.sh tests this file.
set -u
cd "$(dirname "$0")/.." || exit 1

BUILD=${BUILD:-build}
MAKE=${MAKE:-make}
JOBS=${JOBS:-$(nproc)} # tests at a time
STAGE_TIMEOUT_S=${STAGE_TIMEOUT_S:-1800} # one test: tests/default_timeout.c
passed=0
failed=0

# tally NAME PASSED FAILED [WHY]
tally() {
    passed=$((passed + $2))
    failed=$((failed + $3))
    printf '%-52s %4d passed, %d failed%s\n' "$1" "$2" "$3" "${4:+ ($4)}"
}

# build_stage NAME TARGET: one check, that the target builds.
build_stage() {
    local log=$work/build.log
    if $MAKE -s "$2" >"$log" 2>&1; then
        tally "$1" 1 0
    else
        tail -n 60 "$log"
        tally "$1" 0 1
    fi
}

# How many of the field ("Tested", "Passing") Criterion's last line counts.
synthesis() {
    sed 's/\x1b\[[0-9;]*m//g' "$2" | sed -n "s/.*Synthesis:.*$1: \([0-9]*\).*/\1/p" | tail -n 1
}

# criterion_stage NAME TARGET [VARIABLE=VALUE…]: builds a Criterion program, and runs it.
criterion_stage() {
    local name=$1 program=$2 log=$work/build.log
    shift 2
    if ! $MAKE -s "$program" >"$log" 2>&1; then
        tail -n 60 "$log"
        tally "$name" 0 1 "does not build"
        return
    fi
    run_criterion "$name" "$program" "$@"
}

run_criterion() {
    local name=$1 program=$2 log=$work/run.log reports=$work/reports
    shift 2
    rm -rf "$reports"
    mkdir -p "$reports"
    env ASAN_OPTIONS="log_path=$reports/asan:detect_leaks=1" \
        UBSAN_OPTIONS=print_stacktrace=1 \
        "$@" \
        timeout --kill-after=10 "$STAGE_TIMEOUT_S" \
        "$program" --jobs "$JOBS" </dev/null >"$log" 2>&1
    local status=$? tested good why=
    tested=$(synthesis Tested "$log")
    good=$(synthesis Passing "$log")
    tested=${tested:-0}
    good=${good:-0}
    local bad=$((tested - good))
    if [ "$tested" = 0 ]; then
        bad=$((bad + 1))
        why="no result, exit status $status"
    elif [ $status != 0 ] && [ $bad = 0 ]; then
        bad=1
        why="exit status $status"
    fi
    local found=()
    mapfile -t found < <(find "$reports" -type f -size +0 | sort)
    if [ ${#found[@]} -gt 0 ]; then
        bad=$((bad + ${#found[@]}))
        why="${why:+$why, }${#found[@]} sanitizer reports"
        head -n 40 "${found[@]}"
    fi
    if [ $bad != 0 ]; then
        grep -v '^\[PASS\]' "$log" | tail -n 400
        grep '^\[FAIL\]' "$log" | sort
    fi
    tally "$name" "$good" "$bad" "$why"
}

# crash_stage NAME TARGET: a few rounds of `make crash`, one check each.
crash_stage() {
    local log=$work/crash.log rounds=10
    if $MAKE -s all "$2" >"$log" 2>&1 &&
        CRASH_KILLS=$rounds CRASH_CUTS=$rounds BRIDGETOP_BIN="$BUILD/bridgetop" \
            timeout --kill-after=10 "$STAGE_TIMEOUT_S" "$2" >"$log" 2>&1; then
        tally "$1" $((2 * rounds)) 0
    else
        tail -n 60 "$log"
        tally "$1" 0 1
    fi
}

# forward_stage NAME TARGET: short runs of `make forward-soak`, with the store's answers and with the
# application's own.
forward_stage() {
    local log=$work/forward.log good=0 who
    $MAKE -s all "$2" >"$log" 2>&1 || good=-2
    for who in store app; do
        [ $good -ge 0 ] &&
            FORWARD_ANSWER=$who FORWARD_EVENTS=600 FORWARD_APP_KILLS=2 FORWARD_KILLS=2 \
                BRIDGETOP_BIN="$BUILD/bridgetop" \
                timeout --kill-after=10 "$STAGE_TIMEOUT_S" "$2" >>"$log" 2>&1 && good=$((good + 1))
    done
    [ $good = 2 ] || tail -n 60 "$log"
    [ $good -ge 0 ] || good=0
    tally "$1" $good $((2 - good))
}

# soak_stage NAME TARGET: all of it together for a moment.
soak_stage() {
    local log=$work/soak.log
    if $MAKE -s all "$2" >"$log" 2>&1 &&
        SOAK_S=20 BRIDGETOP_BIN="$BUILD/bridgetop" timeout --kill-after=10 "$STAGE_TIMEOUT_S" "$2" >"$log" 2>&1; then
        tally "$1" 1 0
    else
        tail -n 120 "$log"
        tally "$1" 0 1
    fi
}

# memory_stage NAME: some of `make memory`: where one allocation fails, where all after it do, too,
# and with sanitizers. The steps are primes, so that they come by every kind of place.
memory_stage() {
    local log=$work/memory.log good=0
    if $MAKE -s "$BUILD/memory" "$BUILD/asan/memory" >"$log" 2>&1; then
        : >"$log"
        MEMORY_STEP=113 timeout --kill-after=10 "$STAGE_TIMEOUT_S" "$BUILD/memory" >>"$log" 2>&1 &&
            good=$((good + 1))
        MEMORY_STEP=211 MEMORY_EVER=1 timeout --kill-after=10 "$STAGE_TIMEOUT_S" "$BUILD/memory" \
            >>"$log" 2>&1 && good=$((good + 1))
        MEMORY_STEP=211 timeout --kill-after=10 "$STAGE_TIMEOUT_S" "$BUILD/asan/memory" \
            >>"$log" 2>&1 && good=$((good + 1))
    fi
    [ $good = 3 ] || head -n 200 "$log"
    tally "$1" $good $((3 - good))
}

# races_stage NAME TARGET: a round of `make tsan`.
races_stage() {
    local log=$work/races.log
    if $MAKE -s "$2" >"$log" 2>&1 &&
        TSAN_ROUNDS=1 timeout --kill-after=10 "$STAGE_TIMEOUT_S" tests/tsan/run.sh "$2" >"$log" 2>&1; then
        tally "$1" 1 0
    else
        head -n 200 "$log"
        tally "$1" 0 1
    fi
}

# fuzz_stage NAME: every fuzz target for ten seconds; one test a target.
fuzz_stage() {
    local log=$work/fuzz.log good bad
    if ! $MAKE -s fuzzers >"$log" 2>&1; then
        tail -n 60 "$log"
        tally "$1" 0 1 "do not build"
        return
    fi
    BUILD=$BUILD JOBS=$JOBS FUZZ_S=${FUZZ_S:-10} FUZZ_BRIEF=1 tests/fuzz/run.sh >"$log" 2>&1
    good=$(sed -n '$s/^\([0-9]*\) passed.*/\1/p' "$log")
    bad=$(sed -n '$s/.* \([0-9]*\) failed$/\1/p' "$log")
    [ "${bad:-1}" = 0 ] || cat "$log"
    tally "$1" "${good:-0}" "${bad:-1}"
}

main() {
    work=$(mktemp -d "${TMPDIR:-/tmp}/bridgetop-run-XXXXXX") || exit 1
    trap 'rm -rf "$work"' EXIT
    build_stage "clang compiles every source without a warning" clang-check
    build_stage "the benchmarks build" benchmarks
    criterion_stage "unit tests" "$BUILD/unit"
    fuzz_stage "fuzz targets, ten seconds each"
    crash_stage "what was acknowledged survives kills and power cuts" "$BUILD/crash"
    forward_stage "what is handed on survives kills, in order" "$BUILD/forward-soak"
    soak_stage "all of it together for 20 seconds" "$BUILD/soak"
    memory_stage "no crash and no lie without memory"
    races_stage "no data race in the inbox, thread sanitizer" "$BUILD/tsan/inbox-races"
    criterion_stage "unit tests, address and undefined sanitizers" "$BUILD/asan/unit"
    if $MAKE -s "$BUILD/asan/bridgetop" >"$work/build.log" 2>&1; then
        criterion_stage "end-to-end tests, of the program with sanitizers" "$BUILD/e2e" \
            BRIDGETOP_BIN="$(realpath "$BUILD/asan/bridgetop")"
    else
        tail -n 60 "$work/build.log"
        tally "end-to-end tests" 0 1 "the program does not build"
    fi
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
}

[ "${BASH_SOURCE[0]}" != "$0" ] || main
