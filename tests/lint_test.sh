#!/usr/bin/env bash
# Tests of lint.sh on a small tree of its own: nothing is found in it as it is, and each fault put in is found in its
# place.
set -u
lint=$PWD/tests/lint.sh
for program in clang clang-format; do
    if ! command -v $program >/dev/null; then
        echo "skip lint: $program is not installed (package $program)"
        exit 0
    fi
done
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cp .clang-format "$tmp/"
cd "$tmp" || exit 1
git init -q .
export LINT_FLAGS="-I. -std=c11 -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Werror"
export LINT_BENCH_FLAGS="-m32 -ffreestanding $LINT_FLAGS" LINT_EMU_FLAGS=-DENGINE=1 LINT_SKIP=skipped.h

mkdir -p bench emu/device emu/machine db tests
echo 'static inline int wide(long x) { return x; }' >skipped.h
printf 'int machine_number(void);\n' >emu/machine/machine.h
printf '#include "emu/machine/machine.h"\nint machine_number(void)\n{\n    return ENGINE;\n}\n' >emu/device/pit.c
printf 'int on_32_bits(long x);\nint on_32_bits(long x)\n{\n    return x;\n}\n' >bench/word.c
printf '#!/bin/sh\ntrue\n' >tests/one.sh && chmod +x tests/one.sh
if out=$("$lint" 2>&1); then echo "ok lint.clean_tree"; else echo "FAIL lint.clean_tree: $out"; fi

# fault NAME FILE TEXT FINDING: FILE with TEXT gives FINDING (its beginning) and exit status 1, and is removed again
fault() {
    local before=
    [ -f "$2" ] && before=$(<"$2")
    mkdir -p "$(dirname "$2")"
    printf '%b' "$3" >"$2"
    if out=$("$lint" 2>&1); then
        echo "FAIL lint.$1: exit status 0"
    elif grep -qF -e "$4" <<<"$out"; then
        echo "ok lint.$1"
    else
        echo "FAIL lint.$1: '$4' is not in: $out"
    fi
    if [ -n "$before" ]; then echo "$before" >"$2"; else rm "$2"; fi
}
fault format db/a.c 'int a;\nint  b;\n' 'db/a.c:2: not as clang-format has it (1 place'
fault gcc_warning db/a.c 'static int f(long a)\n{\n    return a;\n}\nint main(void)\n{\n    return f(1);\n}\n' 'db/a.c:3: warning: conversion from'
fault clang_warning db/a.c 'static int unused;\nint main(void)\n{\n    for (int i = 0; i < 3; i++)\n        ;\n    return 0;\n}\n' 'db/a.c:1: warning: unused variable'
fault header_alone db/a.h 'size_t a_size(void);\n' 'db/a.h:1: header alone: unknown type name'
fault own_flags_of_a_folder db/word.c 'int f(long x);\nint f(long x)\n{\n    return x;\n}\n' 'db/word.c:4: warning'
fault arrow db/a.c '\n#include "emu/machine/machine.h"\nint machine_number(void)\n{\n    return 1;\n}\n' 'db/a.c:2: arrow: db/ may include db/, not emu/machine/machine.h'
fault arrow_inside_emu emu/machine/a.def '#include "emu/translate/x.h"\n' 'emu/machine/a.def:1: arrow: emu/machine/'
fault arrow_to_library bench/a.def '#include <sqlite3.h>\n' 'bench/a.def:1: arrow: <sqlite3.h> is known only to'
fault include_without_folder emu/device/b.def '#include "pit.h"\n' 'emu/device/b.def:1: arrow: "pit.h" does not name its folder'
fault unknown_folder engine/a.def '#include "emu/x.h"\n' 'engine/a.def:1: arrow: no row'
fault length db/a.sql "$(printf -- '--\\n%.0s' {1..1201})" 'db/a.sql:1201: longer than 1200 lines'
fault vague_name db/string_utils.sql '--\n' 'db/string_utils.sql:1: a name that says nothing'
fault machine_path tests/a.txt 'one\nsee /ho''me/joe/x\n' 'tests/a.txt:2: path of one machine'
fault script_syntax tests/one.sh '#!/bin/sh\nif\n' 'tests/one.sh:3: syntax error'
fault script_not_executable tests/two.sh '#!/bin/sh\ntrue\n' 'tests/two.sh:1: a script that is not executable'
