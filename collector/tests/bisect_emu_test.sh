#!/usr/bin/env bash
# bisect over real commits of the emulator (check-full): a clone of this repository gets five commits, one of which leaves
# ADC to the interpreter and one of which does not build; the planted one is found. MAKE_EMU builds, instead of make.
# B is the build folder.
set -u
build=$(realpath "${B:-build}")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@t GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@t

verdict() { # NAME WHY: good if WHY is empty
    if [ -z "$2" ]; then echo "ok bisect_emu.$1"; else echo "FAIL bisect_emu.$1: $2"; fi
}
if ! git clone -q --shared . "$dir/repo" 2>"$dir/err"; then
    echo "skip bisect_emu: $(head -n 1 "$dir/err")"
    exit
fi
cd "$dir/repo" || exit 1
good=$(git rev-parse HEAD)
echo '/* one more line */' >>emu/run.c && git commit -qam 'a comment'
file=$(grep -l '^bool translate_alu(' emu/translate/*.c)
sed -i '/^bool translate_alu(/,/^{/ s/^{/{\n    if (insn->mnemonic == MN_ADC)\n        return false;/' "$file"
verdict planted "$(git diff --quiet && echo "translate_alu is not where it was")"
git commit -qam 'the slow path'
slow=$(git rev-parse HEAD)
echo '/* again */' >>emu/run.c && git commit -qam 'another comment'
echo '#error not built' >>emu/run.c && git commit -qam 'does not build'
sed -i '$d' emu/run.c && git commit -qam 'builds again'
timeout 1700 "$build/tickmark" bisect "$good" HEAD flags.adc_chain --quick --rounds 8 -b "$build" --cache "$dir/cache" \
    ${MAKE_EMU:+--make "$MAKE_EMU"} --tsv >"$dir/out" 2>"$dir/err"
rc=$?
verdict status "$([ $rc -eq 0 ] || echo "$rc: $(tail -n 4 "$dir/err")")"
verdict finds_it "$(awk -F'\t' -v s="${slow:0:12}" '$7 == "first bad" { found = $2 } END { if (found != s) print found ", not " s }' "$dir/out")"
awk -F'\t' 'NR > 1 { print "note: " $2, $3, $4, $8, $9 }' "$dir/out"
