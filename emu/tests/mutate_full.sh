#!/usr/bin/env bash
# A thousand bad inputs of each kind under the sanitizers: images, kernels, ROMs, command lines and monitor lines
# (mutate), statistics files and lines of guests (test_mutate).
set -u
count=${COUNT:-1000}
sweeps=${SWEEPS:-7} # some 160 damaged lines each
export LSAN_OPTIONS="suppressions=$PWD/tests/leaks.supp:print_suppressions=0"

if ! make -s asan-build PROGRAMS='emu/tests/mutate tickmark tickmark-emu collector/tests/fake_bench collector/tests/test_mutate'; then
    echo "FAIL mutate_full: the sanitizers' build fails"
    exit 1
fi
status=0
build-asan/emu/tests/mutate -n "$count" | sed 's/^\(ok\|FAIL\) mutate/\1 mutate_full/'
[ "${PIPESTATUS[0]}" -eq 0 ] || status=1
build-asan/collector/tests/test_mutate "$count" "$sweeps" | sed 's/^\(ok\|FAIL\) /\1 mutate_full: /'
[ "${PIPESTATUS[0]}" -eq 0 ] || status=1
exit $status
