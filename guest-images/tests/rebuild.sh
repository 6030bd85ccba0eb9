#!/usr/bin/env bash
# Every recipe is built a second time, in another folder, time zone, language and umask, and must give what its manifest
# says, bit for bit; manifests that are wrong are refused by name; the host's own apt and dpkg are left alone.
# B is the build folder; recipes that are not built there (make guest-images) are skipped: there may be no mirror.
set -u
B=$(cd "${B:-build}" && pwd)
export B
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
verdict() { # NAME, why not (empty: ok)
    if [ -z "$2" ]; then echo "ok images.$1"; else echo "FAIL images.$1: $2"; fi
}
host() { # what must stay as it is
    dpkg --print-foreign-architectures
    find /var/lib/apt/lists -name '*i386*' 2>/dev/null
    cat /var/lib/dpkg/arch 2>/dev/null
}
before=$(host)

for manifest in guest-images/*.manifest; do
    recipe=$(basename "$manifest" .manifest)
    if [ ! -e "$B/guest-images/$recipe.built" ]; then
        echo "skip images.$recipe: not built (make guest-images)"
        continue
    fi
    (umask 077 && TZ=Asia/Tokyo LANG=C.UTF-8 LC_ALL=C.UTF-8 guest-images/build.sh "$recipe" "$dir/$recipe") >"$dir/log" 2>&1
    rc=$?
    why=
    [ $rc -eq 0 ] || why="exit status $rc: $(tail -n 1 "$dir/log")"
    # build.sh has compared with the manifest; here with what was built the first time
    diff -rq --no-dereference "$B/guest-images/$recipe" "$dir/$recipe" >"$dir/diff" 2>&1 || why="$why $(head -n 1 "$dir/diff")"
    verdict "$recipe.bit_for_bit" "$why"
    rm -rf "${dir:?}/$recipe"
done

# refused NAME TEXT SED: a copy of the recipes with linux-tiny's manifest changed so
refused() {
    local message rc
    rm -rf "$dir/recipes" && mkdir "$dir/recipes" && cp guest-images/*.sh guest-images/*.manifest guest-images/init "$dir/recipes"
    sed -i "$3" "$dir/recipes/linux-tiny.manifest"
    message=$("$dir/recipes/build.sh" linux-tiny "$dir/made" 2>&1)
    rc=$?
    if [ $rc -ne 1 ] || [[ $message != *"$2"* ]]; then
        verdict "$1" "exit status $rc, '$message' does not say '$2'"
    else
        verdict "$1" "$([ ! -e "$dir/made" ] || echo 'something was made')"
    fi
    rm -rf "$dir/made"
}
if [ -e "$B/guest-images/linux-tiny.built" ]; then
    refused other_output 'linux-tiny: not bit for bit what the manifest says: vmlinuz-686-pae' \
        's/^\(output vmlinuz-686-pae \)./\1x/'
    refused no_input "the manifest has no input busybox-static amd64" '/busybox-static amd64/d'
    refused bad_line 'not an input: busybox-static' 's/^\(input busybox-static i386 [^ ]* \).*/\1abc/'
    # a version that no mirror has: told by name, with the way out
    if guest-images/apt.sh newest busybox-static i386 >/dev/null 2>&1; then
        refused old_version 'linux-tiny: the mirror has no busybox-static 1:0.1 (i386) any more, but busybox-static 1:' \
            's/^input busybox-static i386 .*/input busybox-static i386 1:0.1 '"$(printf '%064d' 0)/"
        refused other_package 'from the mirror has SHA-256' \
            's/^\(input busybox-static i386 [^ ]* \).*/\1'"$(printf '%064d' 0)/"
    else
        echo "skip images.old_version: no mirror"
    fi
else
    echo "skip images.refused: linux-tiny is not built (make guest-images)"
fi
after=$(host)
verdict host_untouched "$([ "$before" = "$after" ] || echo "before: $before; after: $after")"
