// Boot a kernel by the Multiboot Specification, version 0.6.96 (magic 1BADB002h).
//
// Takes ELF32 executables and flat images with the address fields of the header ("a.out kludge").
// Whatever the file holds, the result is a booted CPU or a message that names the file and what is
// wrong with it; nothing of the host is touched.
#ifndef TM_EMU_MACHINE_MULTIBOOT_H
#define TM_EMU_MACHINE_MULTIBOOT_H

#include <stddef.h>

struct machine;

// Load config.kernel (and the modules of config.initrd: "FILE ARGS,FILE ARGS"), build the
// information structure, put the CPU into the specified state (EAX = 2BADB002h, EBX = information,
// flat segments, PE on, PG and IF off).
int multiboot_boot(struct machine *m, char *why, size_t whylen);

#endif
