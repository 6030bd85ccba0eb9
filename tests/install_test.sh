#!/usr/bin/env bash
# make install into a folder of its own: what is there runs from there, and make uninstall leaves nothing behind.
# What is built is taken as it is (-o all).
set -u
build=${B:-build}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
root=$dir/root

verdict() { # NAME WHY: good if WHY is empty
    if [ -z "$2" ]; then echo "ok install.$1"; else echo "FAIL install.$1: $2"; fi
}
run_make() { env -u MAKEFLAGS -u MFLAGS make -s --no-print-directory -o all B="$build" PREFIX=/opt/tickmark DESTDIR="$root" "$@" >"$dir/make" 2>&1; }

run_make install || echo "status $?" >>"$dir/make"
verdict runs "$(head -n 3 "$dir/make" | tr '\n' ' ')"
bin=$root/opt/tickmark/bin
# Nothing may lead back to where it was built: another current folder, and the build's name is not needed.
cd "$dir" || exit 1
"$bin/tickmark-emu" -version >"$dir/out" 2>&1
verdict emulator "$(grep -q '^tickmark-emu ' "$dir/out" || head -c 200 "$dir/out")"
timeout 60 "$bin/tickmark-emu" -kernel "$root/opt/tickmark/lib/tickmark/tickbench.elf" -append '--quick --rounds 1 -t int.nop' \
    -serial stdio -no-reboot -device isa-debug-exit,iobase=0xf4,iosize=4 >"$dir/out" 2>&1 </dev/null
status=$?
verdict bench "$([ $status -eq 1 ] && grep -q '"ev":"sample"' "$dir/out" || echo "status $status $(tail -n 2 "$dir/out" | head -c 200)")"
timeout 120 "$bin/tickmark" run --quick -r 1 -t int.nop -e native -e emu-jit --tsv >"$dir/out" 2>"$dir/err"
status=$?
verdict collector "$([ $status -eq 0 ] && grep -q 'int.nop.*native' "$dir/out" && grep -q 'int.nop.*emu-jit' "$dir/out" ||
    echo "status $status $(head -c 200 "$dir/out") $(tail -n 2 "$dir/err" | head -c 200)")"
for page in tickmark.1 tickmark-emu.1 tickmark-sweep.1 tickmark-bisect.1; do
    [ -s "$root/opt/tickmark/share/man/man1/$page" ] || echo "no $page"
done >"$dir/out"
[ -s "$root/opt/tickmark/share/bash-completion/completions/tickmark" ] || echo "no completion" >>"$dir/out"
# PAPI's tools find the counters' names in a library that stands alone
lib=$root/opt/tickmark/lib/tickmark/libtickmark-sde.so
if command -v papi_native_avail >/dev/null; then
    papi_native_avail -sde "$lib" >"$dir/sde" 2>&1
    verdict papi_names "$(grep -q 'sde:::tickmark::execute_clk ' "$dir/sde" || tail -n 2 "$dir/sde" | head -c 200)"
else
    verdict papi_names "$([ -s "$lib" ] || echo "no libtickmark-sde.so")"
fi
verdict pages "$(tr '\n' ' ' <"$dir/out")"
cd - >/dev/null || exit 1
run_make uninstall || echo "status $?" >>"$dir/make"
verdict uninstall "$({ cat "$dir/make"; find "$root" ! -type d; find "$root" -name 'tickmark' -path '*/opt/tickmark/*'; } | head -n 3 | tr '\n' ' ')"
