// -kernel with a Linux bzImage: the Linux/x86 boot protocol (Documentation/arch/x86/boot.rst in
// Linux), real-mode entry. The BIOS runs first; an option ROM of ours then copies the kernel, its
// command line and -initrd into memory and enters the setup code.
#ifndef TM_EMU_MACHINE_LINUX_H
#define TM_EMU_MACHINE_LINUX_H

#include <stdbool.h>
#include <stddef.h>

struct machine;
struct linux_boot;

// Does the file begin like a bzImage? False also if it cannot be read.
bool linux_is_kernel(const char *path);
// Load config.kernel and config.initrd, and tell the firmware. NULL with `why` set on failure. The
// machine's firmware configuration refers to the result until the machine's end.
struct linux_boot *linux_prepare(struct machine *m, char *why, size_t whylen);
void linux_free(struct linux_boot *b);

#endif
