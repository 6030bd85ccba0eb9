#!/usr/bin/env bash
# The environment wine: the windows port measures in it where there is a wine that runs 32-bit programs; where there is none, or one
# that does not, the sweep says what is missing and goes on; and nobody has it who did not ask for it. What is not a matter of Windows
# (its words, its lines, its place in the store) is tried with a wine of the test's own, which starts the linux port.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath "${B:-build}")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
verdict() { if [ "$2" -eq 0 ]; then echo "ok collector_wine_$1"; else echo "FAIL collector_wine_$1: $3"; fi; }
# run NAME PATH WORDS...: a sweep of two tests into the database NAME.db
run() {
    local name=$1 path=$2
    shift 2
    timeout 400 env PATH="$path" "$build/tickmark" run -q -r 2 -d "$dir/$name.db" -t int.add_rr -t os.poll_empty --tsv "$@" >"$dir/out" 2>"$dir/err"
    rc=$?
}
# measured ENV: tests that have a figure in it
measured() { awk -F'\t' -v env="$1" '$2 == env && ($3 == "ok" || $3 == "noisy") { n++ } END { print n + 0 }' "$dir/out"; }

# none at all
mkdir "$dir/none"
run missing "$dir/none" -e native -e wine
[ $rc -eq 0 ] && grep -q 'wine is left out: wine is not installed .*apt-get install wine wine32:i386' "$dir/err" && [ "$(measured native)" -eq 2 ]
verdict missing $? "exit $rc: $(head -c 300 "$dir/err")"
run alone "$dir/none" -e wine
[ $rc -eq 4 ]
verdict alone_and_missing $? "exit $rc: $(head -c 300 "$dir/err")"

if [ ! -e "$build/tickbench.exe" ]; then
    echo "skip collector_wine_{broken,words,asked_for,measures}: tickbench.exe was not built (package gcc-mingw-w64-i686)"
    exit
fi
# one that is there and runs nothing, as Debian's is without its 32-bit half
mkdir "$dir/broken" "$dir/stand_in"
printf '#!/bin/sh\necho "it looks like wine32 is missing" >&2\nexit 1\n' >"$dir/broken/wine"
cat >"$dir/stand_in/wine" <<END
#!/bin/sh
case \$1 in
--version) echo "wine-0.5 (of a test)" ;;
*.exe) shift; exec "$build/tickbench" "\$@" ;;
esac
END
chmod +x "$dir"/*/wine
run broken "$dir/broken:$PATH" -e native -e wine
[ $rc -eq 0 ] && grep -q 'does not run tickbench.exe, it looks like wine32 is missing (' "$dir/err" && [ "$(measured native)" -eq 2 ]
verdict broken $? "exit $rc: $(head -c 300 "$dir/err")"
run words "$dir/stand_in:$PATH" -e wine
[ $rc -eq 0 ] && [ "$(measured wine)" -eq 2 ]
verdict words $? "exit $rc, $(measured wine) of 2: $(cat "$dir/out" "$dir/err" | head -c 300)"
PATH=$dir/stand_in:$PATH "$build/tickmark" sweep --dry-run --quick -d "$dir/words.db" -t int.add_rr >"$dir/all" 2>&1
PATH=$dir/stand_in:$PATH "$build/tickmark" sweep --dry-run --quick -d "$dir/words.db" -t int.add_rr -e '*' >"$dir/asked" 2>&1
PATH=$dir/stand_in:$PATH "$build/tickmark" sweep --dry-run --quick -d "$dir/words.db" -t int.add_rr -e '~bochs' >"$dir/not" 2>&1
! grep -qw wine "$dir/all" && grep -qw wine "$dir/asked" && ! grep -qw wine "$dir/not"
verdict asked_for $? "in a sweep of all: $(grep -cw wine "$dir/all"), asked for: $(grep -cw wine "$dir/asked"), by a not: $(grep -cw wine "$dir/not")"

# the real one
if WINEDEBUG=-all timeout 180 wine "$build/tickbench.exe" --list 2>/dev/null </dev/null | grep -q '^@tm '; then
    run real "$PATH" -e wine
    [ $rc -eq 0 ] && [ "$(measured wine)" -eq 2 ] && ! grep -q wrong "$dir/out"
    verdict measures $? "exit $rc, $(measured wine) of 2: $(cat "$dir/out" "$dir/err" | head -c 300)"
else
    echo "skip collector_wine_measures: no wine that runs 32-bit programs (packages wine and wine32:i386)"
fi
