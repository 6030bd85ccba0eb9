#!/usr/bin/env bash
# What runs without an operating system: SeaBIOS to the end of its own log, GRUB's command line from a CD, GRUB's rescue
# shell from a floppy. On both engines and, for the time, on QEMU. (seabios.sh looks at more of the log.)
# ENGINES chooses.
. emu/tests/boot_proof.sh
grub=$images/grub-rescue
need boot_firmware /usr/share/seabios/bios-256k.bin "$grub/grub-rescue.iso" "$grub/grub-rescue.img"
# the SHA-256 of a module as the package has it
sha=$(sed -n 's/^input grub-pc-bin i386 [^ ]* \(.\{16\}\).*/\1/p' guest-images/grub-rescue.manifest)
normal=$(dpkg-deb --fsys-tarfile "$images/packages/grub-pc-bin_i386_$sha.deb" | tar -xO ./usr/lib/grub/i386-pc/normal.mod |
    sha256sum | cut -c 1-40) # a line of the screen breaks it

for engine in $(engines); do
    name=boot_firmware.seabios.$engine
    boot_start "$engine" -m 64 -chardev stdio,id=log -device isa-debugcon,iobase=0x402,chardev=log
    why=
    if boot_await 'SeaBIOS (version' "$limit" && boot_await 'No bootable device' "$limit"; then
        boot_time "$name"
    else
        why="its log ends: $(boot_last)"
    fi
    boot_stop
    verdict "$name" "$why"

    # the command line of the CD knows modules that are not in its core, and turns the machine off by ACPI
    name=boot_firmware.grub_cd.$engine
    boot_start "$engine" -m 64 -no-reboot -serial stdio -cdrom "$grub/grub-rescue.iso"
    why=
    if boot_await 'grub> ' "$limit"; then
        boot_time "$name"
        boot_type 'hashsum --hash sha256 /boot/grub/i386-pc/normal.mod'
        boot_await "$normal" "$limit" || why="wrong bytes of a file; $(boot_last)"
        boot_type halt
        boot_end 120
        [ "$boot_rc" = 0 ] || why="$why halt: exit status $boot_rc; $(boot_last)"
    else
        why="no command line; $(boot_last)"
        boot_stop
    fi
    verdict "$name" "$why"

    name=boot_firmware.grub_rescue.$engine
    boot_start "$engine" -m 64 -no-reboot -serial stdio -drive "file=$grub/grub-rescue.img,if=floppy,format=raw" -snapshot
    why=
    if boot_await 'grub rescue> ' "$limit"; then
        boot_time "$name"
        boot_type ls
        boot_await '(fd0)' "$limit" || why="no floppy in its list; $(boot_last)"
    else
        why="no rescue shell; $(boot_last)"
    fi
    boot_stop
    verdict "$name" "$why"
done
