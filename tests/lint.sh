#!/usr/bin/env bash
# lint.sh: what a compiler's normal run does not see. `make lint` runs it, with the build's flags in LINT_*.
# Each finding is a line `file:line: what`; exit status 1 if there is any. Remarks do not count.
#   format     clang-format agrees with every C file
#   warnings   gcc and clang compile every C file without a warning; every header compiles by itself
#   arrows     who may include what (the tables below)
#   files      length, names, paths of somebody's machine, syntax of the scripts
# Only files that git knows are looked at, less those in LINT_SKIP.
set -u

# Folder (the longest that fits a file counts) and what its files may include.
arrows='
bench/          bench/
db/             db/
plots/          plots/ db/
collector/      collector/ db/store.h plots/report.h
emu/            emu/background. emu/board. emu/foreign. emu/streams. emu/stream/ emu/drives. emu/cpu/ emu/decode/ emu/device/ emu/display/ emu/fpu/ emu/gdb/ emu/interp/ emu/machine/ emu/mmu/ emu/monitor/ emu/nearest. emu/net/ emu/network. emu/options. emu/profile/ emu/words.
emu/block/      emu/block/
emu/cpu/        emu/cpu/ emu/fpu/ emu/machine/ emu/mmu/ emu/nearest. emu/profile/
emu/decode/     emu/decode/ emu/cpu/cpu.h emu/cpu/features.
emu/device/     emu/block/ emu/device/ emu/machine/ emu/net/ emu/stream/
emu/dispatch/   emu/
emu/display/    emu/device/ emu/display/ emu/machine/
emu/fpu/        emu/cpu/ emu/decode/ emu/fpu/
emu/gdb/        emu/cpu/ emu/device/ emu/fpu/ emu/gdb/ emu/machine/ emu/mmu/ emu/stream/
emu/interp/     emu/cpu/ emu/decode/ emu/fpu/ emu/interp/ emu/machine/ emu/mmu/ emu/profile/
emu/machine/    emu/block/ emu/cpu/ emu/decode/ emu/device/ emu/interp/ emu/machine/ emu/mmu/ emu/net/ emu/profile/
emu/mmu/        emu/cpu/ emu/mmu/ emu/profile/
emu/monitor/    emu/cpu/ emu/decode/ emu/device/ emu/display/ emu/gdb/ emu/machine/ emu/mmu/ emu/monitor/ emu/stream/
emu/net/        emu/net/
emu/profile/    emu/decode/ emu/profile/
emu/stream/     emu/stream/
emu/tests/      emu/
emu/translate/  emu/
'
# Header of a library and the folders that may know it.
libraries='
SDL2/       emu/display/
Zydis/      collector/ emu/decode/ emu/tests/
gnuplot     plots/
libnbd.h    emu/block/
jansson.h   collector/ db/ plots/ emu/ bench/tests/
nettle/     collector/ db/
png.h       emu/display/ emu/tests/
papi.h      collector/ emu/tests/
sde_lib.h   emu/profile/
slirp/      emu/net/
sqlite3.h   db/ plots/ collector/tests/
'

max_lines=1200
remark_lines=600
vague_names='(^|[/_])(utils?|common|misc|helpers?)([_./]|$)'
machine_paths='(^|[^A-Za-z0-9_.$}>-])/(work|home|root|Users)/[A-Za-z0-9]'

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# files that git has or would take
git ls-files --cached --others --exclude-standard | while IFS= read -r file; do
    [ -f "$file" ] && [[ " ${LINT_SKIP:-} " != *" $file "* ]] && echo "$file"
done | sort -u >"$tmp/files"
pick() { grep -E "$1" "$tmp/files"; }
# FLAGS of the folder that a file is in, as in the rules that build it
flags_of() {
    case $1 in
    bench/tests/*) echo "$LINT_FLAGS" ;;
    bench/*) echo "$LINT_BENCH_FLAGS" ;;
    emu/tests/system/*) echo "$LINT_GUEST_FLAGS" ;;
    emu/*) echo "$LINT_FLAGS $LINT_EMU_FLAGS" ;;
    *) echo "$LINT_FLAGS" ;;
    esac
}
export -f flags_of
export LINT_FLAGS LINT_BENCH_FLAGS LINT_EMU_FLAGS LINT_GUEST_FLAGS

# A compiler's complaints as findings; the same one in a header that many include comes once.
complaints() { sed -nE "s/^(\.\/)?([^: ]+:[0-9]+):[0-9]+: (fatal error|error|warning): (.*)/\2: $1: \4/p"; }

check_format() {
    pick '\.[ch]$' | xargs -P "$(nproc)" -n 16 clang-format --dry-run --Werror 2>&1 | complaints clang-format |
        awk -F: '!seen[$1]++ { first[$1] = $2; order[++n] = $1 } { count[$1]++ }
            END { for (i = 1; i <= n; i++) printf "%s:%s: not as clang-format has it (%d places)\n", order[i], first[order[i]], count[order[i]] }'
}

check_warnings() {
    # shellcheck disable=SC2016 # the inner shell expands
    pick '\.c$' | xargs -P "$(nproc)" -n 1 bash -c '
        for compiler in gcc clang; do $compiler $(flags_of "$1") -fsyntax-only "$1"; done 2>&1' - | complaints warning
    # shellcheck disable=SC2016
    pick '\.h$' | xargs -P "$(nproc)" -n 1 bash -c '
        gcc $(flags_of "$1") -fsyntax-only -include "$1" -x c /dev/null 2>&1' - | complaints "header alone"
}

# The tables and all includes go through one awk program.
check_arrows() {
    {
        sed -n '/./s/^/arrow /p' <<<"$arrows"
        sed -n '/./s/^/library /p' <<<"$libraries"
        pick '\.([chS]|def)$' | xargs grep -HnE '^[ \t]*#[ \t]*include[ \t]*["<]' /dev/null |
            sed -nE 's/^([^:]+):([0-9]+):[^"<]*(["<])([^">]*)[">].*/include \1 \2 \3 \4/p'
    } | awk '
        $1 == "arrow" || $1 == "library" { kind[$2] = $1; for (i = 3; i <= NF; i++) allowed[$2] = allowed[$2] " " $i; next }
        function is_allowed(what, list,   n, i, a) {
            n = split(list, a, " ")
            for (i = 1; i <= n; i++) if (index(what, a[i]) == 1) return 1
            return 0
        }
        {
            file = $2; line = $3; what = $5; best = ""
            for (k in kind)
                if (kind[k] == "arrow" && index(file, k) == 1 && length(k) > length(best)) best = k
            if ($4 == "<") {
                for (k in kind)
                    if (kind[k] == "library" && index(what, k) == 1 && !is_allowed(file, allowed[k]))
                        printf "%s:%s: arrow: <%s> is known only to%s\n", file, line, what, allowed[k]
            } else if (what !~ "/")
                printf "%s:%s: arrow: \"%s\" does not name its folder\n", file, line, what
            else if (best == "")
                printf "%s:%s: arrow: no row in the table of tests/lint.sh for this file\n", file, line
            else if (!is_allowed(what, allowed[best]))
                printf "%s:%s: arrow: %s may include%s, not %s\n", file, line, best, allowed[best], what
        }'
}

check_files() {
    local file lines
    pick '\.([chS]|def|sh|mk|sql|js|css)$' | while IFS= read -r file; do
        lines=$(wc -l <"$file")
        if [ "$lines" -gt $max_lines ]; then
            echo "$file:$lines: longer than $max_lines lines"
        elif [ "$lines" -gt $remark_lines ]; then
            echo "remark: $file has $lines lines" >&2
        fi
    done
    grep -E "$vague_names" "$tmp/files" | sed 's/$/:1: a name that says nothing about what is in it/'
    # shellcheck disable=SC2046 # our names have no blanks
    grep -InE "$machine_paths" $(cat "$tmp/files") /dev/null | sed -E 's/^([^:]+:[0-9]+):.*/\1: path of one machine/'
    pick '(\.sh|^\.ci/run)$' | while IFS= read -r file; do
        bash -n "$file" 2>&1 | sed -nE '1s/^([^:]+): line ([0-9]+): /\1:\2: /p'
        [ -x "$file" ] || echo "$file:1: a script that is not executable"
    done
    if command -v shellcheck >/dev/null; then
        pick '(\.sh|^\.ci/run)$' | xargs shellcheck -f gcc | complaints shellcheck
    fi
}

{
    check_format
    check_warnings
    check_arrows
    check_files
} | sort -u -t: -k1,1 -k2,2n -k3 | tee "$tmp/findings"
count=$(wc -l <"$tmp/findings")
echo "lint: $(wc -l <"$tmp/files") files, $count findings"
[ "$count" -eq 0 ]
