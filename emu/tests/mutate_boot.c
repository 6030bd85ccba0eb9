// Classes of what a machine starts from: Linux kernels, initial RAM disks, multiboot kernels, ROMs.
// Most are loaded only; one in a few also runs for some milliseconds of its own time, on either
// engine, because what a loader lets through is a guest like any other.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/tests/bench_engine.h"
#include "emu/tests/mutate_boot.h"
#include "emu/tests/mutation.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
enum { MORE = 64 << 10, RUN_NS = 2000000, FIRMWARE_NS = 150000000, ROM_LEAST = 64 << 10 };
static const char input_name[] = "input", bios_name[] = "good.bios";

static struct base {
    const char *file; // below the folder of the tests' guests, or an absolute path
    uint8_t *bytes;   // with MORE behind them; NULL: not on this host
    size_t n;
} bases[] = {{"bzimage.bin", NULL, 0},
             {"basic.elf", NULL, 0},
             {"/usr/share/seabios/bios-256k.bin", NULL, 0},
             {"/usr/share/seabios/vgabios-stdvga.bin", NULL, 0}};
enum base_name { BZIMAGE, ELF, BIOS, VGA_BIOS };

bool mutate_boot_begin(const char *folder, char *missing, size_t room)
{
    for (unsigned i = 0; i < COUNT(bases); i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", bases[i].file[0] == '/' ? "" : folder, bases[i].file);
        bases[i].bytes = mutation_read(path, MORE, &bases[i].n);
        if (!bases[i].bytes && i < BIOS) {
            snprintf(missing, room, "%s", path);
            return false;
        }
    }
    return true;
}

bool mutate_boot_prepare(void)
{
    static uint8_t plain[ROM_LEAST];
    const struct base *b = &bases[BIOS];
    return b->bytes ? mutation_write(bios_name, b->bytes, b->n)
                    : mutation_write(bios_name, plain, sizeof plain);
}

void mutate_boot_end(void)
{
    for (unsigned i = 0; i < COUNT(bases); i++)
        free(bases[i].bytes);
}

static struct machine_config any_machine(struct mutation *u)
{
    struct machine_config config = {.ram_bytes = (1ull + mutation_below(u, 16)) << 20,
                                    .engine = &bench_engine,
                                    .icount = true,
                                    .no_reboot = mutation_chance(u, 2),
                                    .serial_fd = -1,
                                    .debugcon_fd = -1,
                                    .debug_exit = true,
                                    .debug_exit_port = 0xF4};
#ifndef NO_JIT
    config.engine = mutation_chance(u, 2) ? &engine_jit : &engine_interp;
#else
    config.engine = &engine_interp;
#endif
    return config;
}

// One in `one_in` runs; fewer in a short run.
static uint64_t any_time(struct mutation *u, uint32_t one_in, uint64_t ns)
{
    return mutation_chance(u, u->full ? one_in : 4 * one_in) ? ns : 0;
}

// The input of this class: a changed base in a file, or something that is no file.
static const char *make_input(struct mutation *u, enum base_name name, const uint16_t *hot,
                              size_t nhot)
{
    const struct base *b = &bases[name];
    static uint8_t nothing[ROM_LEAST + MORE];
    if (mutation_chance(u, 8)) {
        snprintf(u->input, sizeof u->input, "%s", mutation_odd_file(u));
        return u->input;
    }
    size_t n = b->bytes ? b->n : ROM_LEAST;
    uint8_t *bytes = malloc(n + MORE);
    if (!bytes)
        return NULL;
    memcpy(bytes, b->bytes ? b->bytes : nothing, n);
    n = mutation_bytes(u, bytes, n, n + MORE, hot, nhot);
    bool good = mutation_write(input_name, bytes, n);
    free(bytes);
    snprintf(u->input, sizeof u->input, "%s", input_name);
    return good ? input_name : NULL;
}

// --- Linux ---

// Fields of the boot protocol's header.
static const uint16_t linux_fields[] = {0x1F1, 0x1FA, 0x1FE, 0x202, 0x206, 0x207, 0x211,
                                        0x214, 0x218, 0x21C, 0x224, 0x228, 0x22C, 0x230,
                                        0x234, 0x238, 0x23B, 0x248, 0x258, 0x260};

bool mutate_bzimage(struct mutation *u)
{
    static char append[70000];
    static const char *const words[] = {"vga=", "ask", "normal", "ext", "initrd=", "console=ttyS0"};
    struct machine_config config = any_machine(u);
    snprintf(append, sizeof append, "%s", mutation_chance(u, 2) ? "" : "vga=791 root=x");
    mutation_text(u, append, mutation_chance(u, 2) ? 512 : sizeof append, words, COUNT(words));
    config.kernel = make_input(u, BZIMAGE, linux_fields, COUNT(linux_fields));
    config.append = append;
    config.bios = bios_name;
    return config.kernel && mutation_boot(u, &config, any_time(u, 40, FIRMWARE_NS));
}

bool mutate_initrd(struct mutation *u)
{
    static const char *const words[] = {"good",      "odd.folder", "odd.fifo",
                                        "odd.huge",  "odd.empty",  "odd.byte",
                                        "/dev/full", ",",          " argument"};
    struct machine_config config = any_machine(u);
    bool linux_kernel = mutation_chance(u, 2);
    const struct base *b = &bases[linux_kernel ? BZIMAGE : ELF];
    uint32_t bytes = mutation_below(u, 4) * 0x100000 + mutation_below(u, 0x2000);
    void *image = calloc(1, bytes + 1);
    bool good =
        image && mutation_write("good", image, bytes) && mutation_write("kernel", b->bytes, b->n);
    free(image);
    snprintf(u->input, sizeof u->input, "%s",
             mutation_chance(u, 4) ? mutation_odd_file(u)
                                   : words[mutation_below(u, COUNT(words) - 2)]);
    if (!linux_kernel)
        mutation_text(u, u->input, mutation_chance(u, 8) ? sizeof u->input : 200, words,
                      COUNT(words));
    config.kernel = "kernel";
    config.initrd = u->input;
    config.bios = linux_kernel ? bios_name : NULL;
    return good && mutation_boot(u, &config, 0);
}

// --- multiboot ---

bool mutate_elf(struct mutation *u)
{
    uint16_t hot[52 + 3 * 32 + 12];
    for (unsigned i = 0; i < COUNT(hot); i++)
        hot[i] = (uint16_t)i;
    // The multiboot header is somewhere in the first 8 KB.
    const struct base *b = &bases[ELF];
    for (size_t at = 0; at + 12 <= b->n && at < 8192; at += 4)
        if (memcmp(b->bytes + at, "\x02\xB0\xAD\x1B", 4) == 0)
            for (unsigned i = 0; i < 12; i++)
                hot[COUNT(hot) - 12 + i] = (uint16_t)(at + i);
    struct machine_config config = any_machine(u);
    config.kernel = make_input(u, ELF, hot, COUNT(hot));
    config.append = mutation_chance(u, 2) ? "a b" : NULL;
    return config.kernel && mutation_boot(u, &config, any_time(u, 2, RUN_NS));
}

bool mutate_flat(struct mutation *u)
{
    static const uint16_t hot[] = {16, 18, 19, 20, 22, 23, 24, 26, 27, 28, 30, 31, 32, 35};
    enum { BYTES = 4096, LOAD = 0x100000 };
    uint8_t bytes[2 * BYTES];
    uint32_t header[8] = {0x1BADB002,   0x10003,          0,        LOAD + 4, LOAD,
                          LOAD + BYTES, LOAD + 2 * BYTES, LOAD + 64};
    header[1] |= mutation_chance(u, 8) ? mutation_number(u) : 0;
    header[2] = 0u - header[0] - header[1];
    for (unsigned i = 3; i < 8; i++)
        if (mutation_chance(u, 12))
            header[i] = mutation_number(u);
    for (unsigned i = 0; i < BYTES; i++)
        bytes[i] = (uint8_t)mutation_any(u);
    memcpy(bytes + 4, header, sizeof header);
    size_t n = mutation_bytes(u, bytes, BYTES, sizeof bytes, hot, COUNT(hot));
    struct machine_config config = any_machine(u);
    snprintf(u->input, sizeof u->input, "%s", input_name);
    config.kernel = input_name;
    return mutation_write(input_name, bytes, n) &&
           mutation_boot(u, &config, any_time(u, 2, RUN_NS));
}

// --- ROMs ---

bool mutate_bios(struct mutation *u)
{
    static const uint16_t hot[] = {0xFFF0, 0xFFF1, 0xFFF3, 0xFFFE};
    struct machine_config config = any_machine(u);
    config.bios = make_input(u, BIOS, hot, COUNT(hot));
    config.vga = mutation_chance(u, 2);
    return config.bios && mutation_boot(u, &config, any_time(u, 8, 10 * RUN_NS));
}

// Header, PCI data structure, and the entry.
bool mutate_option_rom(struct mutation *u)
{
    static const uint16_t hot[] = {0, 1, 2, 3, 4, 6, 0x18, 0x19, 0x1A, 0x20, 0x2A, 0x30};
    struct machine_config config = any_machine(u);
    const char *rom = make_input(u, VGA_BIOS, hot, COUNT(hot));
    config.vga = mutation_chance(u, 2);
    if (config.vga)
        config.vga_rom = rom;
    else
        config.nics[0] = (struct nic_config){.model = "ne2k_pci", .rom = rom};
    config.bios = bios_name;
    return rom && mutation_boot(u, &config, any_time(u, 40, FIRMWARE_NS));
}
