// How long slices are on the host's clock: after one in which the host was busy with something else
// the machine finds back to what the guest's code takes, also where a timer is never far.
#include "emu/machine/machine_state.h"
#include "emu/tests/verdict.h"

enum { CODE = 0x1000, PERIOD_NS = 1000 * 1000 };

static struct machine_timer timer;

static void fire(void *opaque)
{
    struct machine *m = opaque;
    machine_timer_set(m, &timer, machine_now_ns(m) + PERIOD_NS);
}

static void run(const struct engine *engine)
{
    static const uint8_t program[] = {0xeb, 0xfe}; // jmp $
    char why[256], name[64];
    struct machine_config config = {
        .ram_bytes = 2 << 20, .engine = engine, .serial_fd = -1, .debugcon_fd = -1};
    struct machine *m = machine_create(&config, why, sizeof why);
    unsigned slices = 0;
    CHECK(m, "no machine: %s", why);
    if (m) {
        mmu_phys_write(m->mmu, CODE, program, sizeof program);
        for (unsigned i = 0; i < SEG_COUNT; i++)
            m->cpu->seg[i] = (struct segment){.limit = 0xffff, .attr = 0x93};
        m->cpu->eip = CODE;
        timer = (struct machine_timer){.fire = fire, .opaque = m};
        fire(m);
        m->ns_per_insn = 1e6; // 256 instructions in a quarter of a second
        while (m->ns_per_insn > 1000 && slices++ < 100000)
            machine_step(m, 20000);
        CHECK(m->ns_per_insn <= 1000, "%g ns an instruction after %u slices", m->ns_per_insn,
              slices);
        machine_destroy(m);
    }
    snprintf(name, sizeof name, "slice.%s.recovers", engine->name);
    case_end(name);
}

int main(void)
{
    run(&engine_interp);
    run(&engine_jit);
    return verdict_failures != 0;
}
