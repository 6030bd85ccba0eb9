// The pipeline in one screen: what a machine does from one slice of instructions to the next.
//
//   timers that are due -> device input -> interrupt that is deliverable -> HLT: sleep
//     -> budget up to the next timer -> the engine runs the slice
//
// On the host's clock a slice is as many instructions as take SLICE_NS by the speed of the slice
// before, and fewer when a timer is nearer. Under icount the budget is exact, so that all times are
// a function of the program.
#include "emu/device/apic.h"
#include "emu/device/speaker.h"
#include "emu/machine/debugger.h"
#include "emu/machine/machine_state.h"
#include "emu/profile/hot.h"

enum {
    POLL_INTERVAL_NS = 5 * 1000 * 1000, // between two looks at the serial line of a busy guest
    // Long enough that the 1300 clocks around a slice are under 1 % of it; the most instructions
    // bound how late a timer is when code turns slow (at 10 ns each, 4 ms).
    SLICE_NS = 50 * 1000,
    SLICE_LEAST = 20000,
    SLICE_MOST = 400000
};

static void fire_timers(struct machine *m)
{
    if (machine_timer_next_ns(m) == CLOCK_NEVER)
        return;
    enum stage from = profile_switch(&m->profile, STAGE_device);
    machine_timers_run(m);
    profile_return(&m->profile, from);
}

static void poll_devices(struct machine *m)
{
    uint64_t now_ns = machine_now_ns(m);
    if (now_ns - m->last_poll_ns < POLL_INTERVAL_NS && !m->poll_now)
        return;
    m->poll_now = false;
    m->last_poll_ns = now_ns;
    enum stage from = profile_switch(&m->profile, STAGE_device);
    uart_poll(m->uart);
    debugcon_flush(m->debugcon);
    parallel_flush(m->parallel);
    speaker_advance(m->speaker);
    profile_return(&m->profile, from);
}

static void deliver_interrupt(struct machine *m)
{
    struct cpu *cpu = m->cpu;
    if (!cpu_nmi_deliverable(cpu) && !cpu_intr_deliverable(cpu))
        return;
    if (m->config.engine->settle)
        m->config.engine->settle(cpu); // the handler sees EFLAGS
    if (!cpu_nmi_deliverable(cpu) && !cpu_intr_deliverable(cpu))
        return;
    enum stage from = profile_switch(&m->profile, STAGE_irq);
    if (cpu_nmi_deliverable(cpu))
        cpu_deliver_nmi(cpu);
    else
        cpu_deliver_interrupt(cpu, machine_intr_acknowledge(m));
    profile_count(&m->profile, STAGE_irq, 1, 0);
    profile_return(&m->profile, from);
}

// HLT: let time pass until something can wake the CPU. False if nothing ever can.
static bool wait_for_wakeup(struct machine *m)
{
    int fds[MACHINE_SERIALS];
    unsigned nfds = uart_wake_fds(m->uart, fds);
    uint64_t next_ns = machine_timer_next_ns(m);
    bool may_wake = ((m->cpu->eflags & FLAG_IF) || apic_may_nmi(m)) &&
                    (next_ns != CLOCK_NEVER || nfds || m->expected);
    uart_flush(m->uart);
    debugcon_flush(m->debugcon);
    parallel_flush(m->parallel);
    if (!may_wake && !m->config.no_shutdown && !m->attended) {
        fprintf(
            stderr,
            "tickmark-emu: the guest halted at %08x with %s: nothing can wake it, the run ends\n",
            m->cpu->eip,
            m->cpu->eflags & FLAG_IF ? "no timer running and no input" : "interrupts disabled");
        return false;
    }
    enum stage from = profile_switch(&m->profile, STAGE_idle);
    clock_idle_until(m, may_wake ? next_ns : CLOCK_NEVER, fds, nfds);
    profile_count(&m->profile, STAGE_idle, 1, 0);
    profile_return(&m->profile, from);
    return true;
}

// Instructions of a slice if no timer is near.
static int64_t choose_slice(const struct machine *m)
{
    if (m->config.settings->quantum)
        return (int64_t)m->config.settings->quantum;
    if (m->config.icount)
        return SLICE_LEAST;
    double insns = SLICE_NS / m->ns_per_insn;
    return insns < SLICE_LEAST ? SLICE_LEAST : insns > SLICE_MOST ? SLICE_MOST : (int64_t)insns;
}

// How many instructions until the next timer or the end of the quantum, whichever is first.
static int64_t choose_budget(const struct machine *m, int64_t most)
{
    uint64_t next_ns = machine_timer_next_ns(m);
    if ((m->cpu->intr || m->cpu->nmi) && m->cpu->shadow)
        return 1; // the instruction after STI or MOV SS, and then the interrupt
    if (next_ns == CLOCK_NEVER)
        return most;
    uint64_t now_ns = machine_now_ns(m);
    double insns = next_ns <= now_ns ? 1 : (double)(next_ns - now_ns);
    if (!m->config.icount)
        insns = insns / m->ns_per_insn + 1;
    return insns < (double)most ? (int64_t)insns : most;
}

static enum cpu_exit run_slice(struct machine *m, int64_t most)
{
    struct cpu *cpu = m->cpu;
    cpu->poll = 0;
    if (m->stop) // came between the last look and the line above
        return EXIT_QUIT;
    if (calls_pend(m->calls) || debugger_has_hit(m))
        return EXIT_POLL;
    int64_t budget = choose_budget(m, most);
    cpu_set_budget(cpu, budget);
    uint64_t start_ns = m->config.icount ? 0 : machine_now_ns(m), before = cpu_icount(cpu);
    enum stage from = profile_switch(&m->profile, STAGE_execute);
    enum cpu_exit why = m->config.engine->run(cpu);
    profile_return(&m->profile, from);
    m->slices++;
    m->profile.insns = cpu_icount(cpu) - m->profile.begin_icount;
    uint64_t ran = cpu_icount(cpu) - before;
    if (!m->config.icount && ran >= 256) {
        double ns = (double)(machine_now_ns(m) - start_ns) / (double)ran;
        m->ns_per_insn = ns > 0.05 ? ns : 0.05;
    } else if (!m->config.icount && why == EXIT_BUDGET && m->ns_per_insn > 0.05) {
        // Too short to be measured. After a slice that the host was away from for long, with a
        // timer never far, all would be that short, and none could tell that the guest is fast.
        m->ns_per_insn *= 0.75;
    }
    return why;
}

// After a triple fault or a reset the guest asked for: boot again, or end. False to end.
static bool restart(struct machine *m, const char *what)
{
    char why[256];
    uart_flush(m->uart);
    if (m->config.no_reboot || !(m->config.kernel || machine_has_firmware(m))) {
        fprintf(stderr, "tickmark-emu: %s at %08x after %llu instructions: the run ends\n", what,
                m->cpu->eip, (unsigned long long)cpu_icount(m->cpu));
        return false;
    }
    fprintf(stderr, "tickmark-emu: %s at %08x: the machine starts again\n", what, m->cpu->eip);
    m->resets++;
    if (machine_reset(m, why, sizeof why) == 0)
        return true;
    fprintf(stderr, "tickmark-emu: %s\n", why);
    return false;
}

void machine_begin_step(struct machine *m)
{
    fire_timers(m);
    deliver_interrupt(m);
}

enum cpu_exit machine_step(struct machine *m, int64_t insns)
{
    machine_begin_step(m);
    return machine_finish_step(m, insns);
}

enum cpu_exit machine_finish_step(struct machine *m, int64_t insns)
{
    if (m->cpu->shutdown)
        return EXIT_SHUTDOWN;
    if (m->cpu->halted)
        return EXIT_HALT;
    return run_slice(m, insns);
}

// What other threads want; while the machine is paused, only that.
static void serve_calls(struct machine *m)
{
    calls_make(m);
    while (m->paused && !m->stop && !m->cpu->quit && !m->reset_asked) {
        enum stage from = profile_switch(&m->profile, STAGE_idle);
        calls_wait(m->calls);
        profile_return(&m->profile, from);
        calls_make(m);
    }
}

int machine_run(struct machine *m)
{
    struct cpu *cpu = m->cpu;
    const char *reason;
    int status = 0;
    if (m->profile.hot && hot_start(m->profile.hot, &reason)) {
        fprintf(stderr, "tickmark-emu: --hot: %s\n", reason);
        return 1;
    }
    machine_offer_counters(m);
    profile_start(&m->profile, STAGE_dispatch, cpu_icount(cpu));
    calls_open(m->calls, true);
    for (;;) {
        poll_devices(m);
        serve_calls(m);
        enum cpu_exit why = EXIT_POLL;
        if (__builtin_expect(m->debugger != NULL, 0))
            why = debugger_turn(m, choose_slice(m));
        else if (!m->paused)
            why = machine_step(m, choose_slice(m));
        if (m->stop)
            break;
        if (cpu->quit) {
            status = m->exit_status;
            break;
        }
        if (why == EXIT_SHUTDOWN || cpu->shutdown) {
            status = 1;
            if (!restart(m, "triple fault"))
                break;
            status = 0;
        } else if (m->reset_asked) {
            if (!restart(m, "reset"))
                break;
        } else if (cpu->halted && !m->paused && !cpu_nmi_deliverable(cpu) &&
                   !cpu_intr_deliverable(cpu) && machine_timer_next_ns(m) > machine_now_ns(m)) {
            if (!wait_for_wakeup(m))
                break;
            m->poll_now = true; // look at the input at once
        }
    }
    if (m->profile.hot)
        hot_stop(m->profile.hot);
    calls_open(m->calls, false);
    uart_flush(m->uart);
    debugcon_flush(m->debugcon);
    parallel_flush(m->parallel);
    profile_stop(&m->profile, cpu_icount(cpu));
    return status;
}
