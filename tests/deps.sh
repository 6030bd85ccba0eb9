#!/usr/bin/env bash
# deps.sh GROUP...: see that what these groups need is there, and install what is not (`make deps`).
# Groups: build, check, sweep, lint. Silent, without network and in 0.1 s when nothing is missing. Otherwise it
# says what it will install and why, asks if there is a terminal to ask on, and installs with apt-get. Where that
# cannot be, it names what is missing.
# Exit status 1 if something is still missing, except a peer (an emulator to compare with): a sweep goes on without
# it and files the reason.
# Things are probed, not packages: what came in another way than by apt counts as well.
set -u

# groups | package | probes | what for. Probes: program, lib, header (after -) and file (a glob).
# A group of `peer` makes the row one that can be done without.
read -r -d '' table <<'END'
build            | gcc             | gcc ld ar objcopy objdump      | compiler, linker and their tools
build            | make            | make                           | the build
build            | libc6-dev       | -stdio.h                       | C library
build            | libsqlite3-dev  | -sqlite3.h libsqlite3.so       | the store of results
build            | libjansson-dev  | -jansson.h libjansson.so       | JSON: line protocol, statistics, tables
build            | nettle-dev      | -nettle/sha2.h libnettle.so    | SHA-256: names of code, builds and hosts
build            | libzydis-dev    | -Zydis/Zydis.h libZydis.so     | disassembly of guest and host code; judge of our decoder in the tests
build            | libnbd-dev      | -libnbd.h libnbd.so            | disk images behind nbd: servers
build            | libsdl2-dev     | -SDL2/SDL.h                    | the window
build            | libpng-dev      | -png.h libpng.so               | screendump
build            | libslirp-dev    | -slirp/libslirp.h libslirp.so    | user networking: the guest's connections by this process's sockets
build            | libpapi-dev     | -papi.h -sde_lib.h             | hardware counters, where the host has any; the emulator's own counters for PAPI tools
check,sweep      | gnuplot-nox     | gnuplot                        | the charts
check,sweep,peer | qemu-system-x86 | qemu-system-i386               | QEMU: peer; the tests boot our images in it
check,peer       | qemu-utils      | qemu-nbd qemu-img              | QEMU's disk formats, served to our emulator in a test
check,peer       | papi-tools      | papi_native_avail              | lists the emulator's counters as PAPI sees them
check,peer       | gdb             | gdb                            | gdb itself, on our stub
check,peer       | seabios         | /usr/share/seabios/bios-256k.bin | the PC's BIOS: it boots in our emulator
check,peer       | xvfb            | Xvfb                           | an X server without a screen, for the window's test
check,peer       | xdotool         | xdotool                        | keys for it
check,peer       | openbox         | openbox                        | a window manager for it: full screen
check,peer       | man-db          | man                            | renders the manual pages
check,peer       | ipxe-qemu       | /usr/lib/ipxe/qemu/pxe-ne2k_pci.rom | option ROMs of network cards: one boots from the network in our emulator
check,peer       | gcc-mingw-w64-i686 | i686-w64-mingw32-gcc         | the bench as a Windows program
sweep,peer       | bochs           | bochs                          | Bochs: peer
sweep,peer       | bochs-term      | /usr/lib/*/bochs/plugins/libbx_term_gui.so | Bochs' display on a terminal
sweep,peer       | bochsbios       | /usr/share/bochs/BIOS-bochs-latest         | Bochs' BIOS
sweep,peer       | vgabios         | /usr/share/vgabios/vgabios.bin             | Bochs' VGA BIOS
lint             | clang           | clang                          | second compiler
lint             | clang-format    | clang-format                   | formatting
END

# One probe: 0 if it is there. $headers is what the compiler said about all headers at once.
have() {
    case $1 in
    -*) [[ $headers != *"missing ${1#-} "* ]] ;;
    lib*.so) [[ $(gcc -print-file-name="$1" 2>/dev/null) == /* ]] ;;
    /*) compgen -G "$1" >/dev/null ;;
    *) command -v "$1" >/dev/null ;;
    esac
}

# Fills `missing` (rows as "package | what | why | must or peer").
look() {
    local groups package probes why probe kind source=
    missing=() headers=
    for probe in $(grep -o ' -[a-zA-Z0-9/]*\.h' <<<"$table"); do
        source+="#if !__has_include(<${probe#-}>)"$'\n'"missing ${probe#-} ;"$'\n'"#endif"$'\n'
    done
    if command -v gcc >/dev/null; then
        headers=$(gcc -E -P -x c - <<<"$source" 2>/dev/null)
    else # nothing can be seen without a compiler
        headers=$(grep '^missing' <<<"$source")
    fi
    while IFS='|' read -r groups package probes why; do
        groups=${groups// /} package=${package// /} why=${why# }
        [[ ,$groups, =~ ,($wanted), ]] || continue
        kind=must
        [[ ,$groups, == *,peer,* ]] && kind=peer
        # word splitting is meant, globbing is not: probes are globs themselves
        set -f
        for probe in $probes; do
            if ! have "$probe"; then
                missing+=("$package|${probe#-}|$why|$kind")
                break
            fi
        done
        set +f
    done <<<"$table"
}

# The packages of `missing`, or only those of one kind.
packages() {
    local row
    for row in "${missing[@]}"; do
        [[ -z ${1:-} || ${row##*|} == "$1" ]] && echo "${row%%|*}"
    done
}

tell() {
    local package what why kind
    for row in "${missing[@]}"; do
        IFS='|' read -r package what why kind <<<"$row"
        printf '    %-16s %s (%s is missing)\n' "$package" "$why" "$what"
    done
}

# End without having installed: 1 if that is too little.
end_without() {
    tell >&2
    if [ -z "$(packages must)" ]; then
        echo "deps: going on without these peers" >&2
        exit 0
    fi
    exit 1
}

if [ "$(uname -sm)" != "Linux x86_64" ]; then
    echo "deps: Tickmark runs on Linux on x86-64 (this is $(uname -sm)): the bench is x86 code" >&2
    exit 1
fi
for group in "$@"; do
    case $group in
    build | check | sweep | lint) ;;
    *)
        echo "deps: unknown group '$group' (build, check, sweep, lint)" >&2
        exit 1
        ;;
    esac
done
wanted=$(IFS='|' && echo "${*:-build}")
look
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
    echo "deps: no apt-get here. Please install, by the names that your system has for these Debian packages:" >&2
    end_without
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    as_root=(sudo)
    if ! command -v sudo >/dev/null; then
        echo "deps: neither root nor sudo. Please have installed (apt-get install $(packages | xargs)):" >&2
        end_without
    fi
fi

echo "deps: with ${as_root[*]:+${as_root[*]} }apt-get, will be installed:"
tell
if [ -t 0 ] && [ -t 1 ]; then
    read -r -p "deps: go on? [Y/n] " answer || answer=n
    case $answer in
    '' | [yY]*) ;;
    *)
        echo "deps: not installed, as you wish. Missing:" >&2
        end_without
        ;;
    esac
fi

apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" </dev/null; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# A list that cannot be fetched need not matter: the packages may come from the others.
apt update >"$log" 2>&1 || { echo "deps: apt-get update: trouble, going on:" && grep '^[EW]:' "$log"; } >&2
# In two steps, so that a peer which this distribution does not have keeps nothing else away.
for kind in must peer; do
    mapfile -t some < <(packages $kind)
    [ ${#some[@]} -eq 0 ] && continue
    apt install --no-install-recommends "${some[@]}" >"$log" 2>&1 || tail -n 20 "$log" >&2
done

look
if [ ${#missing[@]} -gt 0 ]; then
    echo "deps: apt-get did not bring:" >&2
    end_without
fi
echo "deps: done"
