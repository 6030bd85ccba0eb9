#!/usr/bin/env bash
# The manual pages: they render without a warning, and they have the options that the programs' own help has, no more
# and no fewer, for each command of tickmark its own.
set -u
build=${B:-build}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

verdict() { # NAME WHY: good if WHY is empty
    if [ -z "$2" ]; then echo "ok man.$1"; else echo "FAIL man.$1: $2"; fi
}
# same NAME FILE FILE: two sorted lists
same() { verdict "$1" "$(diff "$2" "$3" | sed -n 's/^</only in the help:/p; s/^>/only in the page:/p' | head -n 5 | tr '\n' ' ')"; }
# tags PAGE: what is described, a line each, without troff's words
tags() {
    awk '/^\.T[PQ]$/ { tag = 1; next } tag { print; tag = 0 }' "$1" | sed 's/\\f[BIR]//g; s/\\-/-/g'
}

for page in tickmark tickmark-emu; do
    docs/man.sh $page.1 >"$dir/$page.1" 2>"$dir/err" || echo "it cannot be made" >>"$dir/err"
    if command -v man >/dev/null; then
        MANWIDTH=100 man --warnings -E UTF-8 -l "$dir/$page.1" >"$dir/$page.txt" 2>>"$dir/err" || echo "man fails" >>"$dir/err"
        grep -q 'EXIT STATUS' "$dir/$page.txt" || echo "nothing is shown" >>"$dir/err"
    fi
    grep -n 'TABLE' "$dir/$page.1" >>"$dir/err"
    verdict "${page}_renders" "$(head -n 3 "$dir/err" | tr '\n' ' ')"
done
command -v man >/dev/null || echo "skip man.rendered: no man (package man-db)"

# --- a page for each command, with the options of its own help ---
"$build/tickmark" --help | sed -nE 's/^  ([a-z]+) .*/\1/p' >"$dir/commands"
while read -r command; do
    docs/man.sh "tickmark-$command.1" >"$dir/page.1" 2>"$dir/err" || echo "it cannot be made" >>"$dir/err"
    if command -v man >/dev/null; then
        MANWIDTH=100 man --warnings -E UTF-8 -l "$dir/page.1" >"$dir/page.txt" 2>>"$dir/err" || echo "man fails" >>"$dir/err"
        grep -q 'EXIT STATUS' "$dir/page.txt" || echo "nothing is shown" >>"$dir/err"
    fi
    verdict "tickmark-${command}_renders" "$(head -n 3 "$dir/err" | tr '\n' ' ')"
    "$build/tickmark" "$command" --help | grep -oE '^  (-., )?--[a-z-]+' | sed 's/.*--/--/' | sort >"$dir/help"
    sed -n '/^\.SH OPTIONS/,/^\.PP/p' "$dir/page.1" >"$dir/part"
    tags "$dir/part" | grep -oE -- '--[a-z-]+' | sort >"$dir/page"
    same "tickmark-${command}_options" "$dir/help" "$dir/page"
done <"$dir/commands"

"$build/tickmark-emu" --help | sed -nE 's/^  (-[^ ]+).*/\1/p' | sort >"$dir/help"
sed -n '/^\.SH OPTIONS/,/^\.SH WINDOW/p' "$dir/tickmark-emu.1" >"$dir/part"
tags "$dir/part" | sed 's/ .*//' | sort >"$dir/page"
[ "$(wc -l <"$dir/help")" -ge 30 ] || echo "not even 30 options" >>"$dir/help"
same emu_options "$dir/help" "$dir/page"

"$build/tickmark" --help | sed -nE 's/^  ([a-z]+) .*/\1/p' | while read -r command; do
    "$build/tickmark" "$command" --help | grep -oE '^  (-., )?--[a-z-]+' | sed "s/.*--/$command --/"
done | sort >"$dir/help"
sed -n '/^\.SH COMMANDS/,/^\.SH OPTIONS/p' "$dir/tickmark.1" | sed 's/\\f[BIR]//g; s/\\-/-/g' |
    awk '/^\.TP$/ { getline command } /^Options: / { gsub(/[,.]/, ""); for (i = 2; i <= NF; i++) print command, $i }' | sort >"$dir/page"
[ "$(wc -l <"$dir/help")" -ge 30 ] || echo "not even 30 options" >>"$dir/help"
same commands "$dir/help" "$dir/page"
sed 's/.* //' "$dir/help" | sort -u >"$dir/words"
sed -n '/^\.SH OPTIONS/,/^\.SH EXIT/p' "$dir/tickmark.1" >"$dir/part"
tags "$dir/part" | grep -oE -- '--[a-z-]+' | sort -u >"$dir/page"
same collector_options "$dir/words" "$dir/page"
