#!/usr/bin/env bash
# Memtest86+ over 32 MB: a full pass without an error, as it says on its serial console. Its last test waits 160 s for
# bits to fade. On both engines and, for the time, on QEMU. ENGINES chooses.
. emu/tests/boot_proof.sh
need boot_memtest /usr/share/seabios/bios-256k.bin "$images/memtest/memtest.bin"

for engine in $(engines); do
    name=boot_memtest.$engine
    boot_start "$engine" -m 32 -serial stdio -kernel "$images/memtest/memtest.bin" -append console=ttyS0,115200
    why=
    if boot_await 'Memtest86+' "$limit" && boot_await 'Bit fade test' "$limit"; then
        boot_time "$name.to_bit_fade"
        if boot_await 'Pass:  1' "$limit"; then
            boot_time "$name"
        else
            why="no pass; $(boot_last)"
        fi
    else
        why="does not run; $(boot_last)"
    fi
    boot_stop
    grep -qa 'Errors: 0' "$boot_log" || why="$why no count of errors"
    errors=$(grep -aoE -m 1 'Errors: [1-9][0-9]*' "$boot_log" | head -n 1)
    verdict "$name" "$why$errors"
done
