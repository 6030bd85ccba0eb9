#!/usr/bin/env bash
# The completion script: made of the same tables as the program's help, and it completes commands, options, environments
# and tests. B is the build folder.
set -u
build=${B:-build}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

verdict() { # NAME WHY: good if WHY is empty
    if [ -z "$2" ]; then echo "ok completion.$1"; else echo "FAIL completion.$1: $2"; fi
}
# a letter that two options have would give both to a command (json, tsv and md are meant to go together)
verdict letters "$(sed -nE "s/^OPTION\('(.)'.*/\1/p" collector/option.def | grep -v f | sort | uniq -d | tr '\n' ' ')"
docs/man.sh tickmark.bash >"$dir/tickmark.bash" 2>"$dir/err"
verdict made "$(cat "$dir/err" && bash -n "$dir/tickmark.bash" 2>&1)"
# shellcheck source=/dev/null
. "$dir/tickmark.bash"
# complete_words WORD...: what is offered for the last word
complete_words() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    _tickmark "$1"
    printf '%s\n' "${COMPREPLY[@]}"
}
verdict command "$(complete_words tickmark bis | grep -qx bisect || complete_words tickmark bis)"
"$build/tickmark" --help | sed -nE 's/^  ([a-z]+) .*/\1/p' | sort >"$dir/help"
complete_words tickmark '' | grep -vx help | sort >"$dir/offered"
verdict commands "$(diff "$dir/help" "$dir/offered" | head -n 3)"
while read -r command; do
    "$build/tickmark" "$command" --help | grep -oE '^  (-., )?--[a-z-]+' | sed 's/.*--/--/' | sort >"$dir/help"
    complete_words tickmark "$command" -- | grep -vx -- --help | sort >"$dir/offered"
    diff "$dir/help" "$dir/offered" | sed "s/^/$command: /"
done < <(complete_words tickmark '' | grep -vx help) >"$dir/differ"
verdict options "$(head -n 3 "$dir/differ")"
verdict environments "$([ "$(complete_words tickmark sweep -e emu | sort | xargs)" = "emu-interp emu-jit" ] || complete_words tickmark sweep -e emu)"
verdict tests "$(complete_words "$build/tickmark" run -t flags.adc_c | grep -qx flags.adc_chain || complete_words "$build/tickmark" run -t flags.adc_c)"
verdict charts "$(complete_words "$build/tickmark" chart stages-emu-j | grep -qx stages-emu-jit || complete_words "$build/tickmark" chart stages-emu-j)"
verdict sides "$(complete_words tickmark compare na | grep -qx native || complete_words tickmark compare na)"
