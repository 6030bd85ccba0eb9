# Boot proofs: what guest-images/ puts together, to a marker (boot_proof.sh has the functions).
CHECK += emu/tests/boot_quick.sh
CHECK_FULL += emu/tests/boot_linux.sh emu/tests/boot_media.sh emu/tests/boot_firmware.sh emu/tests/boot_memtest.sh
# The translator is not instrumented, and the engine's start is: nothing new to see.
ASAN_SKIP += emu/tests/boot_quick.sh
