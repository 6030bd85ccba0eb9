#!/usr/bin/env bash
# apt.sh: Debian packages without touching the host's packages: an apt root of its own below the build folder, with
# its own dpkg status, architectures, lists and cache. Nothing is installed; no step needs root.
#   apt.sh fetch MANIFEST     bring each `input` of the manifest into $B/guest-images/packages and check its SHA-256
#   apt.sh pin MANIFEST NEW   write the manifest with what the mirror has now, without outputs
#                             (architecture `source`: the upstream source of a source package, its .orig.tar file)
#   apt.sh newest PACKAGE ARCH
#                             print the name and version that the mirror has now. A kernel package, whose name has
#                             the ABI's number in it, is looked up through the metapackage (linux-image-686).
# The mirror is the one that the host's apt takes Debian from; signatures are checked with Debian's keyring; of the
# host's settings only those of Acquire (proxies, retries) are taken over. The suite is fixed: manifests pin its versions.
set -u -o pipefail
export LC_ALL=C
suite=bookworm
root=${B:-build}/guest-images/apt
packages=${B:-build}/guest-images/packages
mkdir -p "$root" "$packages" || exit 1
root=$(cd "$root" && pwd) packages=$(cd "$packages" && pwd)

# The host's mirror, as its own apt says; else Debian's.
mirror() {
    local uri
    # shellcheck disable=SC2016 # apt-get expands
    uri=$(env -u APT_CONFIG apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(IDENTIFIER)|$(REPO_URI)' 2>/dev/null |
        sed -n 's/^Debian|Debian|Packages|//p' | head -n 1)
    echo "${uri:-http://deb.debian.org/debian/}"
}

# settings and sources of the private root
prepare() {
    local keyring=/usr/share/keyrings/debian-archive-keyring.gpg signed=
    mkdir -p "$root"/{etc,empty,state/lists/partial,cache/archives/partial} && : >>"$root/status" || exit 1
    [ -e $keyring ] && signed=" signed-by=$keyring"
    {
        echo "deb [arch=amd64,i386$signed] $(mirror) $suite main"
        [ -z "$with_sources" ] || echo "deb-src [${signed# }] $(mirror) $suite main"
    } >"$root/etc/sources.list"
    (
        umask 077
        {
            # shellcheck disable=SC2016
            env -u APT_CONFIG apt-config dump | grep '^Acquire::' | grep -v '^Acquire::\(IndexTargets\|Changelogs\|Languages\)'
            cat <<END
Dir::Etc "$root/etc";
Dir::Etc::parts "$root/empty";
Dir::Etc::main "$root/empty/none";
Dir::Etc::sourcelist "$root/etc/sources.list";
Dir::Etc::sourceparts "$root/empty";
Dir::Etc::preferences "$root/empty/none";
Dir::Etc::preferencesparts "$root/empty";
Dir::Etc::trustedparts "/etc/apt/trusted.gpg.d";
Dir::State "$root/state";
Dir::State::status "$root/status";
Dir::Cache "$root/cache";
Dir::Log "$root";
APT::Architecture "amd64";
APT::Architectures { "amd64"; "i386"; };
APT::Sandbox::User "";
Acquire::Languages "none";
END
        } >"$root/apt.conf"
    )
    export APT_CONFIG=$root/apt.conf
}

# the mirror's lists: fetched at most once a run of this script, those of sources only for who asks for one
updated='' with_sources=''
case "$#:${1:-}" in
2:fetch | 3:pin) with_sources=$(grep -m 1 '^input [^ ]* source ' "$2") ;;
3:newest) [ "$3" != source ] || with_sources=yes ;;
esac
update() {
    [ -n "$updated" ] && return 0
    prepare
    if ! apt-get -q update >"$root/update.log" 2>&1 || grep -q '^E:' "$root/update.log"; then
        echo "guest-images: no lists from $(mirror): $(grep '^[EW]:' "$root/update.log" | head -n 1)" >&2
        return 1
    fi
    updated=yes
}

candidate() { apt-cache policy "$1" 2>/dev/null | sed -n 's/^  Candidate: //p' | grep -v '(none)'; }

# newest PACKAGE ARCH: "NAME VERSION"
newest() {
    local name=$1 arch=$2 version flavour
    if [ "$arch" = source ]; then
        version=$(apt-cache showsrc --only-source "$name" 2>/dev/null | sed -n 's/^Version: //p' | sort -V | tail -n 1)
        [ -z "$version" ] || echo "$name $version"
        [ -n "$version" ]
        return
    fi
    if [[ $name =~ ^linux-image-[0-9.]+-[0-9]+-(.*)$ ]]; then
        flavour=${BASH_REMATCH[1]}
        name=$(apt-cache show "linux-image-$flavour:$arch" 2>/dev/null |
            sed -n "s/^Depends:.*\(linux-image-[0-9.]*-[0-9]*-$flavour\)\( .*\)\?$/\1/p" | head -n 1)
        name=${name:-$1}
    fi
    version=$(candidate "$name:$arch") || return 1
    echo "$name $version"
}

sha256() { sha256sum "$1" | cut -d' ' -f1; }

# shown NAME ARCH VERSION: the SHA-256 that the mirror's lists have of it
shown() {
    if [ "$2" = source ]; then
        apt-cache showsrc --only-source "$1" 2>/dev/null |
            awk -v version="$3" '/^Version: / { v = $2 } /^[^ ]/ { sums = /^Checksums-Sha256:/ }
                sums && v == version && $3 ~ /\.orig\.tar\.[a-z0-9]+$/ { print $1; exit }'
    else
        apt-cache show "$1:$2=$3" | sed -n 's/^SHA256: //p' | head -n 1
    fi
}

# one input: PACKAGE ARCH VERSION SHA256
fetch_one() {
    local recipe=$1 name=$2 arch=$3 version=$4 sha=$5 file dir there
    file=$packages/${name}_${arch}_${sha:0:16}.deb
    local get=(download "$name:$arch=$version")
    [ "$arch" != source ] || get=(source --only-source --download-only --tar-only "$name=$version")
    [ -e "$file" ] && [ "$(sha256 "$file")" = "$sha" ] && return 0
    update || return 1
    dir=$(mktemp -d "$root/download.XXXXXX")
    if ! (cd "$dir" && apt-get -q "${get[@]}") >"$dir/log" 2>&1; then
        there=$(newest "$name" "$arch") || there='nothing of that name'
        if [ "$there" = "$name $version" ]; then
            echo "guest-images: $recipe: $name $version ($arch) could not be fetched: $(grep '^E:' "$dir/log" | head -n 1)" >&2
        else
            echo "guest-images: $recipe: the mirror has no $name $version ($arch) any more, but $there;" \
                "\`make guest-images-pin\` takes what it has" >&2
        fi
        rm -rf "$dir"
        return 1
    fi
    mv "$dir"/*.deb "$file" 2>/dev/null || mv "$dir"/*.orig.tar.* "$file"
    rm -rf "$dir"
    if [ "$(sha256 "$file")" != "$sha" ]; then
        echo "guest-images: $recipe: $name $version ($arch) from the mirror has SHA-256 $(sha256 "$file")," \
            "the manifest says $sha" >&2
        rm -f "$file"
        return 1
    fi
}

case "$#:${1:-}" in
2:fetch)
    recipe=$(basename "$2" .manifest)
    while read -r word name arch version sha rest; do
        [ "$word" = input ] || continue
        if [[ ! $sha =~ ^[0-9a-f]{64}$ || -n $rest ]]; then
            echo "guest-images: $2: not an input: $name $arch $version $sha $rest" >&2
            exit 1
        fi
        fetch_one "$recipe" "$name" "$arch" "$version" "$sha" || exit 1
    done <"$2"
    ;;
3:newest)
    update && newest "$2" "$3"
    ;;
3:pin)
    # pin MANIFEST NEW: the manifest with the inputs that the mirror has now, without outputs
    update || exit 1
    while IFS= read -r line; do
        read -r word name arch _ <<<"$line"
        case $word in
        input)
            if ! there=$(newest "$name" "$arch"); then
                echo "guest-images: the mirror has no $name ($arch)" >&2
                exit 1
            fi
            sha=$(shown "${there% *}" "$arch" "${there#* }")
            echo "input ${there% *} $arch ${there#* } $sha"
            ;;
        output) ;;
        *) printf '%s\n' "$line" ;;
        esac
    done <"$2" >"$3"
    ;;
*)
    echo "usage: apt.sh fetch MANIFEST | newest PACKAGE ARCH | pin MANIFEST NEW" >&2
    exit 1
    ;;
esac
