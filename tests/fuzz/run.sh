#!/usr/bin/env bash
# Runs every fuzz target for a while. One line a target: how many inputs, how fast, how much of the
# program they reach. Exits 1 when one found something; its input is kept, and named.
#
# Environment:
#   BUILD      the build folder, in which `make fuzzers` was; corpora grow in $BUILD/fuzz/corpus,
#              but with FUZZ_BRIEF=1 each run begins with those in tests/fuzz/corpus
#   FUZZ_S     seconds for each target (60)
#   FUZZ_RUNS  inputs for each target, instead of seconds
#   FUZZ_SEED  where the random numbers begin (somewhere new, and printed; 1 with FUZZ_BRIEF=1):
#              the same seed and corpus give the same inputs, as many as there is time for
#   FUZZ_LEN   bytes of an input at most (1024): more of shorter ones for the slow targets
#   FUZZ       names of targets, instead of all
#   JOBS       targets at a time
#   FUZZ_BRIEF=1  a line "N passed, N failed" and what failed, for tests/run.sh
set -u
cd "$(dirname "$0")/../.." || exit 1

BUILD=${BUILD:-build}
JOBS=${JOBS:-$(nproc)}
# libFuzzer takes 32 bits, and 0 for none.
FUZZ_SEED=${FUZZ_SEED:-${FUZZ_BRIEF:-$((SRANDOM % 2147483647 + 1))}}
export BUILD FUZZ_LEN=${FUZZ_LEN:-1024} FUZZ_S=${FUZZ_S:-60} FUZZ_RUNS=${FUZZ_RUNS:-} FUZZ_SEED FUZZ_BRIEF=${FUZZ_BRIEF:-}

# fuzz NAME: runs one target, and says how that went.
fuzz() {
    local name=$1 corpus=$BUILD/fuzz/${FUZZ_BRIEF:+brief-}corpus/$1
    local findings=$BUILD/fuzz/findings log=$BUILD/fuzz/$1.log
    local seeds=tests/fuzz/corpus/$1 dictionary=tests/fuzz/$1.dict
    local options=("-max_len=$FUZZ_LEN" -timeout=20 -rss_limit_mb=4096 -print_final_stats=1 -verbosity=1
        "-seed=$FUZZ_SEED" -reload=0)
    [ -f "$dictionary" ] && options+=("-dict=$dictionary")
    if [ -n "$FUZZ_RUNS" ]; then
        options+=("-runs=$FUZZ_RUNS")
    else
        options+=("-max_total_time=$FUZZ_S")
    fi
    [ -z "$FUZZ_BRIEF" ] || rm -rf "$corpus"
    mkdir -p "$corpus" "$findings"
    [ -d "$seeds" ] || seeds=
    # Addresses are among what libFuzzer learns from: without random ones a run can be repeated.
    local same=()
    setarch -R true 2>/dev/null && same=(setarch -R)
    # A small quarantine: with the usual one, each input finds its memory cold.
    ASAN_OPTIONS=detect_leaks=1:quarantine_size_mb=1 UBSAN_OPTIONS=print_stacktrace=1 \
        "${same[@]}" "$BUILD/fuzz/bin/$name" "${options[@]}" -artifact_prefix="$findings/$name-" \
        "$corpus" ${seeds:+"$seeds"} >"$log" 2>&1 </dev/null
    local status=$? inputs speed reached
    inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    speed=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
    reached=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
    printf '%-18s %12s inputs %8s a second %7s edges%s\n' "$name" "${inputs:--}" "${speed:--}" \
        "${reached:--}" "$([ $status = 0 ] || echo '  FAILED')"
    [ $status = 0 ] && return
    grep -v '^#' "$log" | tail -n 60
    return 1
}
export -f fuzz

main() {
    local names=() results passed failed
    if [ -n "${FUZZ:-}" ]; then
        read -ra names <<<"$FUZZ"
    else
        for program in "$BUILD"/fuzz/bin/*; do
            names+=("${program##*/}")
        done
    fi
    # shellcheck disable=SC2016
    results=$(printf '%s\n' "${names[@]}" |
        xargs -P "$JOBS" -I{} bash -c 'said=$(fuzz {}); status=$?; echo "$said"; exit $status')
    local status=$?
    if [ -z "$FUZZ_BRIEF" ]; then
        echo "$results"
        echo "seed: FUZZ_SEED=$FUZZ_SEED"
        return $((status != 0))
    fi
    failed=$(grep -c 'FAILED$' <<<"$results")
    passed=$((${#names[@]} - failed))
    [ "$failed" = 0 ] || echo "$results"
    echo "$passed passed, $failed failed"
    return $((status != 0))
}

main
