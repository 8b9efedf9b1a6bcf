#!/bin/sh
# run_tests.sh BUILD PROGRAM...: runs Criterion programs, one line each, and fails if a test fails
# or a sanitizer wrote a log (Criterion itself passes a test that leaks).
build=$1; shift
logs=$build/sanitizer; rm -rf "$logs"; mkdir -p "$logs" "$build/testlog"
here=$(pwd)
export ASAN_OPTIONS="log_path=$here/$logs/asan:detect_leaks=1:allocator_may_return_null=1:$ASAN_OPTIONS"
export LSAN_OPTIONS="suppressions=$here/tests/support/lsan.supp:print_suppressions=0"
export UBSAN_OPTIONS="log_path=$here/$logs/ubsan:print_stacktrace=1"
export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-passive}"
export RN_CACHE=off RN_BUILD="$here/$build" LC_ALL=C.UTF-8
[ -n "$RN_DATA" ] && [ -d "$RN_DATA" ] || { unset RN_DATA; echo "RN_DATA is not set: tests on real images are skipped"; }
failed=0; tests=0
for program in "$@"; do
    name=${program#"$build"/tests/}; log=$build/testlog/$(echo "$name" | tr / _).log
    start=$(date +%s)
    if "$program" --verbose=0 >"$log" 2>&1; then status=ok; else status=FAILED; failed=$((failed + 1)); fi
    line=$(grep 'Synthesis' "$log" | sed 's/\x1b\[[0-9;]*m//g; s/.*Synthesis: //')
    skipped=$(grep -c 'skipped:' "$log")
    printf '%-36s %-7s %s%s (%ss)\n' "$name" "$status" "$line" \
        "$([ "$skipped" -gt 0 ] && echo ", $skipped skipped")" "$(($(date +%s) - start))"
    n=$(echo "$line" | sed -n 's/.*Tested: \([0-9]*\).*/\1/p'); tests=$((tests + ${n:-0}))
    [ $status = ok ] || sed 's/^/    /' "$log"
done
if ls "$logs"/* >/dev/null 2>&1; then
    failed=$((failed + 1)); echo "sanitizer reports:"; for f in "$logs"/*; do sed 's/^/    /' "$f" | head -60; done
fi
echo "$tests tests in $# programs, $failed failed ($build)"
[ "$tests" -gt 0 ] && [ "$failed" -eq 0 ]
