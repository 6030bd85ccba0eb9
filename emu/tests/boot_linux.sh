#!/usr/bin/env bash
# Debian's kernels, 686 and 686-pae, by -kernel and -initrd to a shell on the serial port; in it a command; then the
# guest powers off, and resets, by ACPI. On both engines and, for the time, on QEMU.
# ENGINES and FLAVOURS choose.
. emu/tests/boot_proof.sh
linux=$images/linux-tiny
need boot_linux /usr/share/seabios/bios-256k.bin "$linux/vmlinuz-686" "$linux/vmlinuz-686-pae"

# to_shell FLAVOUR ENGINE: a shell that computes; leaves it running
to_shell() {
    local name=boot_linux.$1.$2
    boot_start "$2" -m 128 -no-reboot -serial stdio -kernel "$linux/vmlinuz-$1" -initrd "$linux/initrd-$1.gz" -append "console=ttyS0 no_timer_check"
    if ! boot_await 'tickmark: shell on initramfs, Linux 6.' "$limit"; then
        verdict "$name" "no shell; $(boot_last)"
        boot_stop
        return 1
    fi
    boot_time "$name"
    # shellcheck disable=SC2016 # the guest expands
    boot_type 'echo sum $((6 * 7)) $(uname -r | cut -d- -f3-)'
    if boot_await "sum 42 $1" "$limit"; then
        verdict "$name" "$(linux_trouble)"
    else
        verdict "$name" "the shell does not answer; $(boot_last)"
        boot_stop
        return 1
    fi
}

for engine in $(engines); do
    for flavour in ${FLAVOURS:-686 686-pae}; do
        to_shell "$flavour" "$engine" || continue
        # one of the kernels powers off, the other resets, which ends it by -no-reboot
        if [ "$flavour" = 686 ]; then
            boot_type 'poweroff -f'
            said='reboot: Power down'
        else
            boot_type 'reboot -f'
            said='reboot: machine restart'
        fi
        boot_end 120
        why=
        [ "$boot_rc" = 0 ] || why="exit status $boot_rc; $(boot_last)"
        grep -qa "$said" "$boot_log" || why="$why no '$said'"
        verdict "boot_linux.$flavour.$engine.$([ "$flavour" = 686 ] && echo poweroff || echo reboot)" "$why"
    done
done
