#!/usr/bin/env bash
# build.sh RECIPE [FOLDER]: fetch what the recipe's manifest names, put the images together, and see that each is bit
# for bit what the manifest says. Result in FOLDER, by default $B/guest-images/RECIPE.
# build.sh --pin RECIPE: take the versions that the mirror has now, build, and write the manifest anew.
# build.sh --bless RECIPE: with the packages that are pinned, but the outputs that come out (a recipe was changed).
#
# A recipe is guest-images/RECIPE.sh. It is sourced here and finds
#   $out                  where its outputs go
#   $work                 a folder of its own that is gone afterwards
#   unpack PACKAGE [ARCH] the package's files in $work/PACKAGE.ARCH; i386 unless said
#   unpack_source PACKAGE MEMBER...  those files of its upstream source in $work/PACKAGE.source
#   box APPLET ARGS...    an applet of the pinned busybox, not of the host
#   tool PROGRAM ARGS...  a program of an amd64 package that was unpacked, with the libraries unpacked beside it
#   linux_boot, linux_root, initramfs   see initramfs.sh
# Nothing that the host has, but for bash, coreutils and dpkg-deb, has a part in the outputs; its clock has none.
set -u -o pipefail
umask 022
export LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=1700000000
export E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
B=${B:-build}
mkdir -p "$B/guest-images" || exit 1
B=$(cd "$B" && pwd)
export B
# shellcheck source=guest-images/initramfs.sh
. "$here/initramfs.sh"

pin=
case ${1:-} in
--pin | --bless)
    pin=${1#--}
    shift
    ;;
esac
recipe=${1:-}
if [ ! -e "$here/$recipe.manifest" ] || [ ! -e "$here/$recipe.sh" ]; then
    echo "guest-images: no recipe '$recipe'" >&2
    exit 1
fi
manifest=$here/$recipe.manifest
goal=${2:-$B/guest-images/$recipe}
# not below B, where make looks for *.d
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
die() {
    echo "guest-images: $recipe: $*" >&2
    exit 1
}

case $pin in
pin) "$here/apt.sh" pin "$manifest" "$work/manifest" || exit 1 ;;
bless) grep -v '^output ' "$manifest" >"$work/manifest" ;;
esac
[ -z "$pin" ] || manifest=$work/manifest
"$here/apt.sh" fetch "$manifest" || exit 1

# deb PACKAGE ARCH: its file
deb() {
    local word name arch sha
    while read -r word name arch _ sha; do
        if [ "$word $name $arch" = "input $1 $2" ]; then
            echo "$B/guest-images/packages/${name}_${arch}_${sha:0:16}.deb"
            return
        fi
    done <"$manifest"
    die "the manifest has no input $1 $2" # its output is empty, and dpkg-deb fails
}
# inputs PATTERN ARCH: the names of the manifest's packages that fit
inputs() { awk -v re="^($1)\$" -v arch="$2" '$1 == "input" && $3 == arch && $2 ~ re { print $2 }' "$manifest"; }
unpack() {
    local arch=${2:-i386}
    [ -d "$work/$1.$arch" ] && return
    mkdir "$work/$1.$arch" || die "$1 has no folder"
    dpkg-deb -x "$(deb "$1" "$arch")" "$work/$1.$arch" || die "$1 does not unpack"
}
unpack_source() {
    local name=$1 file to=$work/$1.source how
    shift
    file=$(deb "$name" source)
    mkdir -p "$to" || die "$name has no folder"
    case $(box od -A n -N 2 -t x1 "$file") in
    *1f*8b*) how=z ;;
    *42*5a*) how=j ;;
    *) how=J ;;
    esac
    box tar "-x${how}f" "$file" -C "$to" "$@" || die "$name does not unpack"
}
box() { "$work/busybox-static.amd64/bin/busybox" "$@"; }
# The amd64 packages, which are tools, all in one folder.
unpack_tools() {
    local name
    mkdir "$work/tools"
    for name in $(inputs '.*' amd64) $(inputs '.*' all); do
        dpkg-deb -x "$(deb "$name" "$(awk -v n="$name" '$1 == "input" && $2 == n && $3 != "i386" { print $3; exit }' "$manifest")")" \
            "$work/tools" || die "$name does not unpack"
    done
}
tool() {
    local program=$1 path t=$work/tools
    shift
    for path in usr/bin usr/sbin bin sbin; do
        [ -e "$t/$path/$program" ] || continue
        "$t/lib64/ld-linux-x86-64.so.2" --library-path "$t/lib/x86_64-linux-gnu:$t/usr/lib/x86_64-linux-gnu" \
            "$t/$path/$program" "$@"
        return
    done
    die "no program $program among the tools"
}

unpack busybox-static amd64
out=$work/out
mkdir "$out"
# shellcheck source=/dev/null
. "$here/$recipe.sh" || die "not built"

sums() { (cd "$out" && find . -path ./root -prune -o -type f -print | sort | while IFS= read -r f; do echo "output ${f#./} $(sha256sum "$f" | cut -d' ' -f1)"; done); }
if [ -n "$pin" ]; then
    sums >>"$manifest"
    cp "$manifest" "$here/$recipe.manifest"
else
    wrong=$(diff <(grep '^output ' "$manifest") <(sums) | sed -n 's/^> output \([^ ]*\) .*/\1/p; s/^< output \([^ ]*\) .*/\1/p' | sort -u | xargs)
    [ -z "$wrong" ] || die "not bit for bit what the manifest says: $wrong"
fi
rm -rf "$goal" && mkdir -p "$(dirname "$goal")" && mv "$out" "$goal" || exit 1
