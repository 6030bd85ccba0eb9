# Boot proofs: what guest-images/ puts together, to a marker (boot_proof.sh has the functions).
CHECK += emu/tests/boot_quick.sh
CHECK_FULL += emu/tests/boot_linux.sh emu/tests/boot_media.sh emu/tests/boot_firmware.sh emu/tests/boot_memtest.sh \
              emu/tests/boot_devices.sh emu/tests/bench_guest.sh
# The translator is not instrumented, and the engine's start is: nothing new to see.
ASAN_SKIP += emu/tests/boot_quick.sh

# In the guest, without a C library.
$(B)/emu/tests/guests/ioctl: guest-images/device-test/ioctl.c
	@mkdir -p $(@D)
	gcc -m32 -std=gnu11 -O1 -ffreestanding -fno-pic -fno-stack-protector -fcf-protection=none -nostdlib -static \
		-Wl,--build-id=none -o $@ $<
CHECK_FULL_NEEDS += $(B)/emu/tests/guests/ioctl $(B)/emu/tests/boot_picture
