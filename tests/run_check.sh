#!/usr/bin/env bash
# Tests the test runner: what it must catch is fed to it, and its counts are compared.
set -u
. "$(dirname "$0")/run.sh"

work=$(mktemp -d "${TMPDIR:-/tmp}/bridgetop-run-check-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
wrong=0

# expect NAME PASSED FAILED FLAGS <<< code of the tests
expect() {
    local name=$1 want="$2 $3"
    {
        echo '#include <criterion/criterion.h>'
        echo '#include <limits.h>'
        echo '#include <stdlib.h>'
        echo '#include <unistd.h>'
        cat
    } >"$work/case.c"
    # shellcheck disable=SC2086
    gcc -std=gnu17 -D_GNU_SOURCE -I. -g $4 -DDEFAULT_TIMEOUT_S=2 "$work/case.c" tests/default_timeout.c \
        -o "$work/case" -lcriterion || exit 1
    passed=0
    failed=0
    run_criterion "$name" "$work/case" >"$work/said"
    if [ "$passed $failed" = "$want" ]; then
        echo "ok: $name"
    else
        echo "NOT OK: $name: wanted '$want', got '$passed $failed':"
        cat "$work/said"
        wrong=1
    fi
}

SAN="-fsanitize=address,undefined -fno-sanitize-recover=all"
expect "two that pass" 2 0 "" <<'C'
Test(a, one) { cr_assert(1); }
Test(a, two) { cr_assert(1); }
C
expect "one that fails" 1 1 "" <<'C'
Test(a, one) { cr_assert(1); }
Test(a, two) { cr_assert(0); }
C
expect "one that crashes" 1 1 "" <<'C'
Test(a, one) { cr_assert(1); }
Test(a, two) { abort(); }
C
expect "one that hangs" 1 1 "" <<'C'
Test(a, one) { cr_assert(1); }
Test(a, two) { for (;;) pause(); }
C
expect "no test at all" 0 1 "" <<'C'
int nothing_here;
C
expect "a clean one under the sanitizers" 1 0 "$SAN" <<'C'
Test(a, one) { free(malloc(3)); }
C
expect "a leak in a test that passes" 1 1 "$SAN" <<'C'
Test(a, one) { void *volatile lost = malloc(3); lost = NULL; cr_assert_null(lost); }
C
expect "an overflow" 0 1 "$SAN" <<'C'
Test(a, one) { volatile int big = INT_MAX; big = big + 1; }
C
expect "a use after free" 0 2 "$SAN" <<'C'
Test(a, one) { char *volatile gone = malloc(3); free(gone); cr_assert(gone[1] != 'x'); }
C
expect "a leak in a program that the test runs" 1 1 "$SAN" <<'C'
Test(a, one)
{
    if (fork() == 0) {
        void *volatile lost = malloc(3);
        lost = NULL;
        exit(lost != NULL);
    }
}
C

said=$(BUILD=$work MAKE=false tests/run.sh 2>&1)
status=$?
stages=$(grep -c '^    *[a-z]*_stage "' tests/run.sh)
if [ $status = 1 ] && [[ "${said##*$'\n'}" =~ ^0\ passed,\ ([0-9]+)\ failed$ ]] &&
    [ "${BASH_REMATCH[1]}" -ge "$stages" ]; then
    echo "ok: nothing builds"
else
    echo "NOT OK: nothing builds: exit status $status: $said"
    wrong=1
fi
exit $wrong
