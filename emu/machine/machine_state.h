// The fields of one machine, for machine/, device/ and run.c only.
#ifndef TM_EMU_MACHINE_MACHINE_STATE_H
#define TM_EMU_MACHINE_MACHINE_STATE_H

#include <signal.h>

#include "emu/device/device.h"
#include "emu/machine/clock.h"
#include "emu/machine/machine.h"
#include "emu/mmu/mmu.h"

enum { PORT_RANGES_MAX = 64, PORT_COUNT = 65536 };

struct port_range {
    const struct port_ops *ops;
    void *opaque;
    uint16_t first;
    uint16_t last;
};

struct machine {
    struct machine_config config;
    struct cpu *cpu;
    struct mmu *mmu;
    struct profile profile;
    bool engine_ready;

    // Time: see clock.h. Under icount the clock is the instruction count plus what HLT skipped.
    uint64_t start_ns;
    uint64_t skipped_ns;
    struct machine_timer *timers; // sorted by deadline

    // Ports: port_owner[p] is 0 (unassigned) or the number of a range + 1.
    uint8_t port_owner[PORT_COUNT];
    struct port_range ranges[PORT_RANGES_MAX];
    unsigned nranges;

#define DEVICE(name, what) struct name *name;
#include "emu/device/device.def"
#undef DEVICE

    // How it ends.
    int exit_status;
    bool reset_asked;
    volatile sig_atomic_t stop; // set by machine_stop()

    // How the run loop sizes its slices on the host clock; see run.c.
    uint64_t last_poll_ns;
    bool poll_now; // woken from HLT, perhaps by input
    double ns_per_insn;

    uint64_t slices, timers_fired, unassigned_reads, unassigned_writes, resets;
};

// Put the CPU and all devices back to their power-on state and boot again. 0, or -1 with `why` set.
int machine_reset(struct machine *m, char *why, size_t whylen);
// The two halves of machine_step(): due timers fire and a deliverable interrupt is delivered; the
// engine runs.
void machine_begin_step(struct machine *m);
enum cpu_exit machine_finish_step(struct machine *m, int64_t insns);
// For devices.
void machine_set_irq(struct machine *m, unsigned irq, bool level);
void machine_quit(struct machine *m, int exit_status);
void machine_ask_reset(struct machine *m);
void machine_set_a20(struct machine *m, bool open); // address line 20: closed, it reads as 0
// Have the run loop look at timers and interrupts at the next block edge.
void machine_poke(struct machine *m);

#endif
