#!/usr/bin/env bash
# The workloads' table: each row is a test that tickmark lists, with a script and an answer; another package or another
# script is another `code`, and only that workload's.
set -u
B=$(cd "${B:-build}" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
verdict() { # NAME, why not (empty: ok)
    if [ -z "$2" ]; then echo "ok workloads.$1"; else echo "FAIL workloads.$1: $2"; fi
}
rows() { sed -n 's/^\(work\.[a-z_]*\) .*/\1/p' guest-images/workloads/work.def | sort; }
why=$(diff <(rows) <("$B/tickmark" list -t 'work.*' --tsv | cut -f 2 | grep '^work\.' | sort) | grep '^[<>]' | xargs)
verdict listed "$why"
why=
for name in $(rows); do
    [ -x "guest-images/workloads/${name#work.}.sh" ] || why="$why no script of $name;"
    grep -qE "^$name +[0-9a-f]{64} " guest-images/workloads/work.def || why="$why no answer of $name;"
done
verdict complete "$why"

# codes NAME...: name and code of each row of the copy
codes() { "$dir/guest-images/workloads/list" | sed -n 's/.*"name":"\([^"]*\)","code":"\([0-9a-f]\{64\}\)".*/\1 \2/p'; }
mkdir "$dir/guest-images" && cp -r guest-images/workloads guest-images/workloads.sh guest-images/workloads.manifest "$dir/guest-images/"
codes >"$dir/before"
verdict codes "$([ "$(wc -l <"$dir/before")" -eq "$(rows | wc -l)" ] || cat "$dir/before")"
echo '-- more' >>"$dir/guest-images/workloads/lua.lua"
codes >"$dir/after"
verdict own_files "$(changed=$(diff "$dir/before" "$dir/after" | sed -n 's/^> \([^ ]*\) .*/\1/p' | xargs)
    [ "$changed" = 'work.luajit work.luajit_off' ] || echo "lua.lua changed: $changed")"
sed -i 's/^\(input tcc i386 \)/\1x/' "$dir/guest-images/workloads.manifest"
codes >"$dir/packages"
verdict packages "$(same=$(comm -12 <(sort "$dir/after") <(sort "$dir/packages"))
    [ -z "$same" ] || echo "another tcc, and the same code: $same")"
