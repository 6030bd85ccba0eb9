// The fields of one machine, for machine/, device/ and run.c only.
#ifndef TM_EMU_MACHINE_MACHINE_STATE_H
#define TM_EMU_MACHINE_MACHINE_STATE_H

#include <signal.h>

#include "emu/block/block.h"
#include "emu/device/device.h"
#include "emu/machine/call.h"
#include "emu/machine/clock.h"
#include "emu/machine/machine.h"
#include "emu/mmu/mmu.h"
#include "emu/mmu/physical.h"

enum { PORT_RANGES_MAX = 128, PORT_COUNT = 65536 };

struct port_range {
    const struct port_ops *ops;
    void *opaque;
    uint16_t first;
    uint16_t last;
};

// Who may pull at an interrupt line; the line is high while any of them does.
enum irq_source { IRQ_ISA, IRQ_PIRQ_A, IRQ_PIRQ_D = IRQ_PIRQ_A + 3, IRQ_SCI, IRQ_HPET };

struct machine {
    struct machine_config config;
    struct cpu *cpu;
    struct mmu *mmu;
    struct profile profile;
    bool engine_ready;

    // Time: see clock.h. Under icount the clock is the instruction count plus what HLT skipped.
    uint64_t start_ns;
    uint64_t skipped_ns;
    uint64_t start_tsc, start_tsc_ns; // the host's TSC then, and its clock
    struct machine_timer *timers;     // sorted by deadline

    // Ports: port_owner[p] is 0 (unassigned) or the number of a range + 1.
    uint8_t port_owner[PORT_COUNT];
    struct port_range ranges[PORT_RANGES_MAX];
    unsigned nranges;

    struct block *drives[MACHINE_DRIVES]; // what is in them now

    struct {
        struct netdev *netdev; // NULL: none
        struct machine_post arrived;
    } nets[MACHINE_NETDEVS];
    struct mmu_region *nic_rom[MACHINE_NICS]; // NULL: none
    uint32_t nic_rom_bytes[MACHINE_NICS];     // a power of 2

#define DEVICE(name, what) struct name *name;
#include "emu/device/device.def"
#undef DEVICE

    struct linux_boot *linux; // what -kernel FILE of Linux has loaded
    uint8_t irq_sources[16];  // one bit an irq_source
    bool legacy_replaced;     // the HPET has IRQ 0 and 8 for itself

    // Other threads; see call.h.
    struct calls *calls;
    unsigned expected; // machine_expect()
    bool paused, attended;
    struct debugger *debugger; // NULL: none is attached
    struct gdb *gdb;           // the one that the monitor can start; NULL: none can
    uint64_t paused_ns;        // when it was paused, on the host's clock

    char why[256]; // what a device that cannot be made has to say about it, if anything

    // How it ends.
    int exit_status;
    bool reset_asked;
    volatile sig_atomic_t stop; // set by machine_stop()

    // How the run loop sizes its slices on the host clock; see run.c.
    uint64_t last_poll_ns;
    bool poll_now; // woken from HLT, perhaps by input
    double ns_per_insn;

    char *boot_order; // for boot.c: what the firmware was told
    uint8_t boot_wait[2];
    char boot_later[BOOT_DEVICES_MAX + 1];
    uint64_t slices, timers_fired, unassigned_reads, unassigned_writes, resets;
};

// Put the CPU and all devices back to their power-on state and boot again. 0, or -1 with `why` set.
int machine_reset(struct machine *m, char *why, size_t whylen);
// The two halves of machine_step(): due timers fire and a deliverable interrupt is delivered; the
// engine runs.
void machine_begin_step(struct machine *m);
enum cpu_exit machine_finish_step(struct machine *m, int64_t insns);
// drives.c: open what the configuration names; close it again.
int machine_open_drives(struct machine *m, char *why, size_t whylen);
void machine_close_drives(struct machine *m);
// network.c: open what the configuration names, with the cards' option ROMs; close it again.
int machine_open_network(struct machine *m, char *why, size_t whylen);
void machine_close_network(struct machine *m);
// Hand over what arrived while the machine was paused.
void machine_pump_network(struct machine *m);
// NULL if there is none, or id is NULL.
struct netdev *machine_find_netdev(const struct machine *m, const char *id);
// For devices.
// Does the machine start in a BIOS? If not, RAM is where it would have shadowed its ROM.
bool machine_has_firmware(const struct machine *m);
void machine_set_irq(struct machine *m, unsigned irq, bool level);
void machine_set_irq_from(struct machine *m, enum irq_source source, unsigned irq, bool level);
// Has what the line asked for last not been taken yet? A timer that is late, because the host was,
// makes its ticks up one by one, so that guests that count them keep the time.
bool machine_irq_waits(const struct machine *m, unsigned irq);
enum { TICKS_PACE_NS = 50 * 1000, TICKS_LATE_MAX_NS = 1000 * 1000 * 1000 };
// The HPET takes the places of the 8254 and of the clock at the interrupt controllers.
void machine_replace_legacy(struct machine *m, bool replaced);
// Registers on the physical map, anywhere that nobody else has registered; see mmu_map_io().
bool machine_mmio_register(struct machine *m, uint32_t first, uint32_t bytes,
                           const struct mmio_ops *ops, void *opaque);
// The same, in front of RAM.
bool machine_mmio_register_over_ram(struct machine *m, uint32_t first, uint32_t bytes,
                                    const struct mmio_ops *ops, void *opaque);
void machine_mmio_unregister(struct machine *m, uint32_t first, const void *opaque);
// Memory of a device that the guest reads and writes directly: mmu/physical.h says all about it.
struct mmu_region *machine_ram_region(struct machine *m, uint32_t bytes, bool dirty);
bool machine_region_map(struct machine *m, struct mmu_region *r, uint32_t phys, uint32_t offset,
                        uint32_t bytes, bool writable);
void machine_region_unmap(struct machine *m, struct mmu_region *r, uint32_t phys);
// A device reads and writes memory. False, and nothing was done, if that is not all memory. Writes
// invalidate translated code.
bool machine_dma_read(struct machine *m, uint32_t phys, void *to, size_t bytes);
bool machine_dma_write(struct machine *m, uint32_t phys, const void *from, size_t bytes);
void machine_quit(struct machine *m, int exit_status);
void machine_ask_reset(struct machine *m);
// Soft off: the run ends with status 0, or the machine stays without a processor (-no-shutdown).
void machine_power_off(struct machine *m);
void machine_set_a20(struct machine *m, bool open); // address line 20: closed, it reads as 0
// Have the run loop look at timers and interrupts at the next block edge.
void machine_poke(struct machine *m);

// To PAPI tools in this process, if there are any.
void machine_offer_counters(struct machine *m);

#endif
