// One PC wired together: CPU, memory, devices, clock, and the engine that runs it.
//
// There are no globals: lockstep runs two machines side by side in one process.
#ifndef TM_EMU_MACHINE_MACHINE_H
#define TM_EMU_MACHINE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "emu/cpu/cpu.h"
#include "emu/cpu/model.h"
#include "emu/machine/engine.h"
#include "emu/machine/settings.h"
#include "emu/profile/profile.h"

// The drives: ide 0 to 3 (primary master and slave, secondary master and slave), then two floppies,
// then virtio disks.
enum { MACHINE_FLOPPY = 4, MACHINE_VIRTIO = 6, MACHINE_DRIVES = 14, BOOT_DEVICES_MAX = 3 };
enum drive_kind { DRIVE_NONE, DRIVE_DISK, DRIVE_CD, DRIVE_FLOPPY };
enum { MACHINE_NICS = 8, MACHINE_NETDEVS = 8 };
struct block;
struct netdev;
struct net_user_config;
struct drive_config {
    enum drive_kind kind;
    const char *id;            // another name for the monitor; NULL: none
    const char *image;         // file or URL; NULL: nothing is in the drive
    bool read_only;            // a CD-ROM drive is, whatever this says
    bool snapshot;             // what is written goes to a temporary file
    bool format_known;         // the user said that it is raw, whatever it looks like
    const char *serial;        // what a virtio disk is called by its guest; NULL: a name of ours
    bool write_through;        // a virtio disk begins without a write cache
    bool no_legacy, no_modern; // interfaces that a virtio disk has not
    uint8_t slot;              // a virtio disk's PCI device number; 0: the first that is free
    unsigned boot_index;       // the lowest is booted first; 0: by the order of config.boot
    struct block *block;       // instead of image: becomes the machine's own (for tests)
};

// A network card, and what its cable is plugged into.
struct nic_config {
    const char *model;  // a row of device/nic.def; NULL: there is no such card
    const char *netdev; // an id; NULL: no cable
    uint8_t mac[6];
    const char *rom;     // option ROM; NULL: none
    unsigned slot;       // PCI device number; 0: the first that is free
    unsigned boot_index; // as a drive's
};
struct netdev_config {
    const char *id;                     // NULL: there is no such netdev
    const struct net_user_config *user; // user networking
    struct netdev *netdev;              // instead: becomes the machine's own (for tests)
    const char *dump;                   // all frames go to this file; NULL: to none
    uint32_t dump_most;                 // so many bytes of each
};

enum { MACHINE_SERIALS = 4 };
struct stream;

// What the command line decides.
struct machine_config {
    uint64_t ram_bytes;
    const char *kernel, *append, *initrd; // NULL: none
    const char *bios;                     // NULL: no firmware, a kernel is entered directly
    bool vga;                             // a VGA is on the PCI bus
    const char *vga_rom;                  // its option ROM; NULL: none
    const struct engine *engine;
    bool icount;    // time is a function of instructions retired: 1 instruction = 1 ns
    bool stats;     // count clocks per stage
    bool hot;       // and per block of guest code (--hot)
    bool no_reboot; // a reset or triple fault ends the run
    struct stream *serial[MACHINE_SERIALS]; // where COM1 to COM4 lead; NULL: nowhere, or for COM1
                                            // to these:
    int serial_fd;                          // where COM1 writes; -1: nowhere
    bool serial_there[MACHINE_SERIALS];     // COM2 to COM4 are there; COM1 always is
    int debugcon_fd;                        // where port 0xE9 writes; -1: nowhere
    struct stream *debugcon;                // or here
    uint16_t debugcon2_port;                // a second console; 0: none
    struct stream *debugcon2;
    bool parallel_there; // a printer port
    struct stream *parallel;
    int speaker_fd; // what the speaker plays is recorded here, as WAV; 0 or below: not
    bool pc_testdev, pci_testdev;
    bool debug_exit; // isa-debug-exit present
    uint16_t debug_exit_port;
    uint16_t debug_exit_size; // ports that it answers to; 0 means 4
    bool no_hpet;
    enum { RTC_UTC, RTC_LOCAL, RTC_FIXED } rtc_base; // where the clock starts; RTC_FIXED: at rtc_s
    int64_t rtc_s;                                   // seconds since 1970
    bool no_shutdown; // a guest that can never wake is left asleep instead of ending the run
    int serial_in_fd; // where COM1 reads, without a stream; 0 or below: nothing arrives
    const struct cpu_model *model;   // -cpu; NULL: the default
    const struct settings *settings; // --set; NULL: the defaults of settings.def
    unsigned dump;                   // --dump: DUMP_* bits of settings.h
    struct drive_config drives[MACHINE_DRIVES];
    struct nic_config nics[MACHINE_NICS];
    struct netdev_config netdevs[MACHINE_NETDEVS];
    char boot[BOOT_DEVICES_MAX + 1]; // -boot: what the BIOS tries, of a c d n; empty: its own order
    char boot_once[BOOT_DEVICES_MAX + 1]; // the same for the first time only; empty: no difference
    bool boot_menu;                       // the BIOS asks
    uint16_t boot_menu_wait_ms;           // so long; 0: its own time
    bool serial_console;                  // the BIOS writes to COM1 and reads from it, too
};

// Port I/O. size is 1, 2 or 4; unassigned ports read as all ones and ignore writes.
struct port_ops {
    uint32_t (*read)(void *opaque, uint16_t port, unsigned size);
    void (*write)(void *opaque, uint16_t port, unsigned size, uint32_t value);
    bool bytes; // an 8-bit device: wide accesses arrive as single bytes, lowest port first
};

struct machine; // fields: machine/machine_state.h, for machine/ and device/ only

// Build a machine. NULL on failure, with `why` (of `whylen` bytes) set.
struct machine *machine_create(const struct machine_config *config, char *why, size_t whylen);
void machine_destroy(struct machine *m);
struct cpu *machine_cpu(struct machine *m);

// Run until the guest ends it. Returns the process's exit status: (value << 1) | 1 after
// isa-debug-exit, 0 after a clean stop, 1 after a triple fault without a handler (a message says
// so).
int machine_run(struct machine *m);

// Run about `insns` instructions (lockstep drives two machines with it): due timers fire and a
// pending interrupt is delivered first, then the engine runs once. Returns the engine's exit
// reason.
enum cpu_exit machine_step(struct machine *m, int64_t insns);

// Ask a running machine to end soon with status 0. Safe in a signal handler.
void machine_stop(struct machine *m);
// Put another image (NULL: none) into the drive named as QEMU names it: floppy0, ide1-cd0. 0, or -1
// with `why` set. `force`: although the guest has locked it.
int machine_change_drive(struct machine *m, const char *name, const char *image, bool force,
                         char *why, size_t whylen);
// The drives that are there and what is in them, a line each, for the monitor.
void machine_print_drives(const struct machine *m, FILE *to);
// What --set and --dump decided: never NULL.
const struct settings *machine_settings(const struct machine *m);
bool machine_dumps(const struct machine *m, unsigned dump_bit);
struct profile *machine_profile(struct machine *m);
// For who watches it, on the CPU's thread: what it has done so far. Clocks are counted while
// machine_watch() or --stats says so.
struct machine_figures {
    const char *engine;
    bool paused;
    uint64_t insns, stage_clk[STAGE_COUNT];
};
void machine_watch(struct machine *m, bool on);
void machine_look(struct machine *m, struct machine_figures *f);
// Write the statistics file (--stats). 0, or -1 with *why set.
int machine_write_stats(struct machine *m, const char *path, const char **why);
// A short table of the same figures, for people.
void machine_print_stats(const struct machine *m, FILE *to);

// For the CPU's IN and OUT.
uint32_t machine_port_read(struct machine *m, uint16_t port, unsigned size);
void machine_port_write(struct machine *m, uint16_t port, unsigned size, uint32_t value);
bool machine_port_register(struct machine *m, uint16_t first, uint16_t count,
                           const struct port_ops *ops, void *opaque);
// Take the range that begins at `first` and belongs to `opaque` away again.
void machine_port_unregister(struct machine *m, uint16_t first, const void *opaque);

// The virtual clock, in ns since the machine was made: host time, or instructions under icount.
uint64_t machine_now_ns(const struct machine *m);
// True under icount: the run must be a function of the program alone.
bool machine_is_deterministic(const struct machine *m);
// The guest's TSC: host rdtsc, or instructions under icount.
uint64_t machine_now_tsc(const struct machine *m);

// The local APIC, for its processor's MSRs. x2APIC registers are numbered from 800h; false: #GP.
void machine_apic_base_changed(struct cpu *cpu);
void machine_tsc_changed(struct cpu *cpu);
uint64_t machine_tsc_deadline(const struct cpu *cpu);
void machine_set_tsc_deadline(struct cpu *cpu, uint64_t tsc);
bool machine_x2apic_read(struct cpu *cpu, unsigned reg, uint64_t *value);
bool machine_x2apic_write(struct cpu *cpu, unsigned reg, uint64_t value);

// About how many ns of the virtual clock so many ticks of the TSC take; what never ends is a year.
uint64_t machine_tsc_to_ns(const struct machine *m, uint64_t ticks);

// Keys and mouse, for displays and the monitor, on the CPU's thread: emu/device/ps2.h says what the
// numbers are. machine_keyboard_leds(): bit 0 scroll, 1 num, 2 caps.
void machine_key(struct machine *m, uint16_t key, bool down);
void machine_mouse(struct machine *m, int dx, int dy, int dz, uint8_t buttons);
uint8_t machine_keyboard_leds(const struct machine *m);
// The power button was pressed: an ACPI event, which an operating system ends itself by.
void machine_power_button(struct machine *m);

// The local APIC's or the PIC's acknowledge cycle: the vector to deliver. Called when
// cpu_intr_deliverable().
unsigned machine_intr_acknowledge(struct machine *m);

#endif
