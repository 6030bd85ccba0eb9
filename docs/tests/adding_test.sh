#!/usr/bin/env bash
# docs/adding-a-test.md is done as it says, in a copy of the tree: each block goes where the comment above it says, the bench
# is built, lists the new tests, and their answers are right. With the model of one made wrong, its answer is wrong.
set -u
cd "$(dirname "$0")/../.." || exit 1
page=docs/adding-a-test.md
build=${TICKBENCH_BUILD:-build}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
verdict() { if [ "$2" -eq 0 ]; then echo "ok adding_test.$1"; else echo "FAIL adding_test.$1: $3"; fi; }

# What the bench is made of, with its objects, so that only what changes is built again.
tar c Makefile ./*/rules.mk bench collector/command.def emu/tests/*.mk "$build/bench" "$build/flags" 2>/dev/null | tar x -C "$tmp"
for mk in $(cd "$tmp" && ls -d ./*/rules.mk); do # other folders have rules, and nothing that they could build
    case $mk in ./bench/*) ;; *) : >"$tmp/$mk" ;; esac
done
[ "$build" = build ] || mv "$tmp/$build" "$tmp/build"

awk -v root="$tmp" '
    /^<!-- walk: / { place = $0; sub(/^<!-- walk: /, "", place); sub(/ -->$/, "", place); next }
    place != "" && /^```/ { if (inside) { close(block); print place > (root "/places"); place = ""; inside = 0 }
        else { inside = 1; block = root "/block." ++blocks } next }
    inside { print > block }' "$page"
[ "$(wc -l <"$tmp/places" 2>/dev/null || echo 0)" -eq 3 ]
verdict blocks $? "the page has not the three blocks that it had"
i=0
while IFS= read -r place; do
    i=$((i + 1))
    case $place in
    file\ *) cp "$tmp/block.$i" "$tmp/${place#file }" ;;
    *) awk -v line="${place#* after }" -v block="$tmp/block.$i" '{ print }
        index($0, line) == 1 { while ((getline text < block) > 0) print text; found = 1 } END { exit !found }' \
        "${place%% after *}" >"$tmp/new" && cp "$tmp/new" "$tmp/${place%% after *}" ;;
    esac || echo "FAIL adding_test.place: nothing begins like that: $place"
done <"$tmp/places"

run() { timeout 60 "$tmp/build/tickbench" --rounds 1 --n "$letters" -t 'tour.*' -t lea.index4 >"$tmp/out" 2>&1; }
make -s -C "$tmp" build/tickbench >"$tmp/log" 2>&1
verdict builds $? "$(tail -2 "$tmp/log" | tr '\n' ' ')"
"$tmp/build/tickbench" --list >"$tmp/list" 2>&1
letters=$(grep -c '"ev":"test"' "$tmp/list" | awk '{ while (n++ < $1) printf "c" }')
missing=
for name in tour.add tour.store lea.index4; do grep -q "\"name\":\"$name\"" "$tmp/list" || missing+=" $name"; done
[ -z "$missing" ]
verdict listed $? "missing:$missing"
run && [ "$(grep -c '"check":"ok"' "$tmp/out")" -eq 3 ]
verdict answers $? "$(grep -a 'note\|wrong' "$tmp/out" | head -2 | cut -c1-200)"

sed -i 's/ebx \* 64 \* n/ebx * 63 * n/' "$tmp/bench/families/tour.c"
make -s -C "$tmp" build/tickbench >"$tmp/log" 2>&1
run
[ $? -eq 3 ] && grep -q '"test":"tour.add".*"check":"wrong"' "$tmp/out" && [ "$(grep -c '"check":"ok"' "$tmp/out")" -eq 2 ]
verdict wrong_model_is_noticed $? "a model that is wrong had no wrong answer"
