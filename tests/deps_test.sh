#!/usr/bin/env bash
# Tests of deps.sh on made-up systems: a PATH with few programs, and an apt-get that only notes what it was asked.
# (That the real one brings everything is shown by `make check` on a new machine.)
set -u
deps=$PWD/tests/deps.sh
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# system NAME PROGRAM...: a folder with these programs of this host and no others
system() {
    local dir=$tmp/$1 program
    mkdir "$dir"
    shift
    for program in bash cat env gcc grep id mktemp rm tail uname "$@"; do ln -s "$(command -v "$program")" "$dir/"; done
}
# run SYSTEM GROUP...: sets out, err, status
run() {
    local dir=$tmp/$1
    shift
    PATH=$dir "$deps" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
    status=$?
    out=$(<"$tmp/out") err=$(<"$tmp/err")
}
# verdict NAME CONDITION...
verdict() {
    local name=$1
    shift
    if "$@"; then echo "ok deps.$name"; else echo "FAIL deps.$name: status $status, said: $out $err"; fi
}
is() { [ "$1" = "$2" ]; }
says() { [[ $1 == *"$2"* ]]; }

# nothing is built before deps.sh has run, on a machine where nothing can be
for target in check check-full sweep lint fuzz; do
    out=$(env -u MAKEFLAGS -u MAKELEVEL make -n "$target" B="$tmp/none" 2>/dev/null | head -n 1) err='' status=-
    verdict "first_in_$target" says "$out" tests/deps.sh
done

system whole make ld ar objcopy objdump
run whole build
verdict whole_is_silent is "$out$err$status" 0
run whole build chess
verdict unknown_group says "$err" "unknown group 'chess'"
verdict unknown_group_fails is $status 1

# without apt-get: by name, and a failure unless only peers are missing
system thin make ld ar objcopy
run thin build
verdict missing_program_is_named says "$err" "(objdump is missing)"
verdict missing_program_fails is $status 1
run whole check
verdict missing_package_is_named says "$err" "gnuplot-nox"
system drawing make ld ar objcopy objdump
printf '#!/bin/sh\n' >"$tmp/drawing/gnuplot" && chmod +x "$tmp/drawing/gnuplot"
run drawing sweep
verdict missing_peer_is_named says "$err" "qemu-system-x86"
verdict missing_peer_is_no_failure is $status 0
mkdir "$tmp/empty" && cp -P "$tmp/whole/"* "$tmp/empty/" && rm "$tmp/empty/gcc"
run empty build
verdict no_compiler_no_headers says "$err" "sqlite3.h is missing"

# with an apt-get that notes its words; it brings what its name says, or not
fake_apt() { # SYSTEM BODY
    system "$1" make ld ar objcopy objdump sed chmod
    printf '#!/bin/sh\necho "$@" >>%s/words\n%s\n' "$tmp" "$2" >"$tmp/$1/apt-get"
    chmod +x "$tmp/$1/apt-get"
    [ "$(id -u)" -eq 0 ] || { printf '#!/bin/sh\nexec "$@"\n' >"$tmp/$1/sudo" && chmod +x "$tmp/$1/sudo"; }
}
# shellcheck disable=SC2016 # $0 and $@ are apt-get's
fake_apt bringing 'case $* in *gnuplot-nox*) printf "#!/bin/sh\n" >"${0%/*}/gnuplot"; chmod +x "${0%/*}/gnuplot";; esac'
run bringing check
verdict says_what_and_why says "$out" "gnuplot-nox      the charts (gnuplot is missing)"
verdict installs says "$(cat "$tmp/words")" "install --no-install-recommends gnuplot-nox"
verdict peers_by_themselves says "$(cat "$tmp/words")" "install --no-install-recommends qemu-system-x86"
verdict absent_peer_is_no_failure is $status 0
fake_apt useless 'echo E: no such package >&2; exit 100'
run useless check
verdict apt_that_fails_is_quoted says "$err" "no such package"
verdict apt_that_fails_fails is $status 1

if [ "$(id -u)" -ne 0 ]; then
    rm "$tmp/bringing/sudo"
    rm -f "$tmp/bringing/gnuplot"
    run bringing check
    verdict no_sudo says "$err" "neither root nor sudo"
fi

# on a terminal it asks, and no means no
if command -v script >/dev/null; then
    : >"$tmp/words"
    terminal=$(command -v script)
    echo n | PATH=$tmp/useless "$terminal" -qec "$deps check" /dev/null >"$tmp/out" 2>&1
    out=$(<"$tmp/out") err='' status=
    verdict asks says "$out" "go on? [Y/n]"
    verdict no_means_no is "$(cat "$tmp/words")" ""
fi
