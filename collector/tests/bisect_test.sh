#!/usr/bin/env bash
# bisect over a scratch repository whose "emulator" is the fake bench with a factor: the planted commit is found, past
# commits that cannot be built and commits that change nothing; and what it says when there is nothing to find. LONG=1:
# the cases that measure again.
set -u
build=$(realpath "${B:-build}")
dir=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d) # each sample is synced: a disk would be what is waited for
trap 'rm -rf "$dir"' EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@t GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@t
export FAKE_SLEEP_US=0

verdict() { # NAME WHY: good if WHY is empty
    if [ -z "$2" ]; then echo "ok bisect.$1"; else echo "FAIL bisect.$1: $2"; fi
}
if ! command -v git >/dev/null; then
    echo "skip bisect: no git"
    exit
fi
mkdir "$dir/bench" && ln -s "$build/collector/tests/fake_bench" "$dir/bench/tickbench"
echo image >"$dir/bench/tickbench.elf"
git init -q "$dir/repo" && cd "$dir/repo" || exit 1

# commit MESSAGE 'TEST FACTOR' [BROKEN]: an emulator of that cost; BROKEN: it cannot be built
commit() {
    printf 'build/tickmark-emu: program\n\tmkdir -p build\n\tcp program $@ && chmod +x $@\n%s\n' "${3:+$(printf '\tfalse')}" >Makefile
    printf '#!/bin/sh\nFAKE_SLOW="%s" exec %s "$@"\n' "$2" "$build/collector/tests/fake_bench" >program
    echo "$1" >>notes
    git add -A && git commit -qm "$1"
}
echo build >.gitignore
commit start 'good.a 1'
good=$(git rev-parse HEAD)
commit 'a comment' 'good.a 1'
commit 'three hundredths, which are not it' 'good.a 1.03'
commit 'does not build' 'good.a 1.03' broken
commit 'still does not' 'good.a 1.03' broken
commit 'builds again' 'good.a 1.02'
commit 'the slow path' 'good.a 1.5'
slow=$(git rev-parse HEAD)
commit 'builds not either' 'good.a 1.5' broken
commit 'later' 'good.a 1.52'
commit 'last' 'good.a 1.51'
bad=$(git rev-parse HEAD)
commit 'wrong answers' 'good.b 0'
wrong=$(git rev-parse HEAD)
commit 'unfit' 'good.b 0'
echo mine >>notes
git status --porcelain >"$dir/before"
ls -a . .git >>"$dir/before"
git for-each-ref >>"$dir/before"

run() { timeout 900 "$build/tickmark" bisect -b "$dir/bench" --cache "$dir/cache" --rounds 6 "$@"; }
run "$good" "$bad" good.a --tsv >"$dir/out" 2>"$dir/err"
rc=$?
verdict status "$([ $rc -eq 0 ] || echo "$rc: $(tail -n 3 "$dir/err")")"
verdict finds_it "$(awk -F'\t' -v s="${slow:0:12}" '$7 == "first bad" { found = $2 } END { if (found != s) print found ", not " s }' "$dir/out")"
verdict skips_what_does_not_build "$(grep -q 'cannot be built' "$dir/out" || cat "$dir/out")"
# 1.03 is slower than GOOD beyond 2 %, and is not what makes BAD slow
verdict half_way_decides "$(awk -F'\t' '$4 > 1.02 && $4 < 1.04 && $3 != "good"' "$dir/out")"
git status --porcelain >"$dir/after"
ls -a . .git >>"$dir/after"
git for-each-ref >>"$dir/after"
verdict leaves_the_checkout_alone "$(diff "$dir/before" "$dir/after" | head -n 3)"
# refusals: NAME TEXT WORDS...
refuses() {
    local name=$1 text=$2
    shift 2
    run "$@" >"$dir/out" 2>&1
    rc=$?
    verdict "$name" "$({ [ $rc -eq 1 ] && grep -q "$text" "$dir/out"; } || echo "status $rc: $(tail -n 2 "$dir/out")")"
}
refuses backwards 'is no ancestor of' "$bad" "$good" good.a
refuses unknown_commit "no commit 'nowhere'" nowhere "$bad" good.a
refuses unknown_test 'good.zz' "$good" "$bad" good.zz
refuses good_cannot_be_built 'GOOD .*cannot be built' "$good" "$bad" good.a --cache "$dir/other" --make false
refuses no_environment 'of our emulator' "$good" "$bad" good.a -e native
refuses no_repository 'no git repository' "$good" "$bad" good.a --repo /
# two at once
(
    exec 9>>"$dir/cache/lock" && flock 9 && cd "$dir/repo" && run "$good" "$bad" good.a >"$dir/out" 2>&1
)
verdict one_at_a_time "$(grep -q 'another bisect is at work' "$dir/out" || cat "$dir/out")"
[ -n "${LONG:-}" ] || exit 0
run "$good" "$bad" good.a >"$dir/again" 2>&1
verdict again_by_what_was_built "$({ grep -q "first bad commit: $slow the slow path" "$dir/again" && [ "$(grep -c '^== build' "$dir/cache/log")" -lt 16 ]; } || cat "$dir/again")"
run "$bad" "$wrong" good.b --json >"$dir/out" 2>"$dir/err"
rc=$?
verdict wrong_answers "$({ [ $rc -eq 0 ] && grep -A9 "${wrong:0:12}" "$dir/out" | grep -q 'first bad'; } || tail -n 3 "$dir/err")"
refuses nothing_to_find 'not shown to be slower' "$good" "$bad" good.c
# only skipped commits between: the candidates are named
git checkout -q -f "$good" 2>/dev/null
commit 'one' 'good.a 1' broken
commit 'two' 'good.a 1.4'
refuses only_skipped "only commits are left that had to be skipped.*$(git rev-parse HEAD~1)" "$good" "$(git rev-parse HEAD)" good.a
