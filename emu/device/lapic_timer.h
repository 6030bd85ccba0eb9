// The timer in a local APIC (Intel SDM vol. 3, 11.5.4): one-shot, periodic, or at a value of the
// TSC.
//
// It counts at 1 GHz of the machine's clock, divided by what the divide configuration says. The
// count is not stepped: from the time it was started the present one follows. The lapic's own, and
// known to it alone.
#ifndef TM_EMU_DEVICE_LAPIC_TIMER_H
#define TM_EMU_DEVICE_LAPIC_TIMER_H

#include "emu/machine/machine_state.h"

enum lapic_timer_mode { LAPIC_ONE_SHOT, LAPIC_PERIODIC, LAPIC_DEADLINE };

struct lapic_timer {
    struct machine *m;
    struct cpu *cpu;
    void (*expired)(void *opaque); // not called while masked
    void *opaque;
    enum lapic_timer_mode mode;
    bool masked, running;
    uint32_t initial;
    uint8_t divide;        // the register
    int64_t start_ns;      // when the count was `initial`; a change of rate may put it before 0
    uint64_t deadline_tsc; // 0: none
    struct machine_timer timer;
};

void lapic_timer_init(struct lapic_timer *t, struct machine *m, struct cpu *cpu,
                      void (*expired)(void *opaque), void *opaque);
void lapic_timer_reset(struct lapic_timer *t);
void lapic_timer_set_mode(struct lapic_timer *t, enum lapic_timer_mode mode, bool masked);
void lapic_timer_set_initial(struct lapic_timer *t, uint32_t count);
void lapic_timer_set_divide(struct lapic_timer *t, uint32_t value);
uint32_t lapic_timer_count(const struct lapic_timer *t);
void lapic_timer_set_deadline(struct lapic_timer *t, uint64_t tsc);
// The guest has written its TSC.
void lapic_timer_tsc_changed(struct lapic_timer *t);

#endif
