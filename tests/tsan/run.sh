#!/usr/bin/env bash
# Runs a program that was built with ThreadSanitizer, which wants to know where memory is: without
# random addresses where that is allowed.
set -u
same=()
setarch -R true 2>/dev/null && same=(setarch -R)
TSAN_OPTIONS="exitcode=66 ${TSAN_OPTIONS:-}" exec "${same[@]}" "$@"
