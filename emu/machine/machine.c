// Making, resetting and unmaking a machine. How it runs is in run.c, what is on its ports in
// device/.
#include "emu/machine/machine_state.h"

#include <stdlib.h>
#include <string.h>

#include "emu/device/apic.h"
#include "emu/machine/boot.h"
#include "emu/machine/debugger.h"
#include "emu/machine/firmware.h"
#include "emu/machine/linux.h"
#include "emu/machine/multiboot.h"
#include "emu/profile/hot.h"
#include "emu/profile/sde.h"

static int fail(char *why, size_t whylen, const char *what)
{
    snprintf(why, whylen, "%s", what);
    return -1;
}

static int create_cpu(struct machine *m, char *why, size_t whylen)
{
    m->cpu = cpu_create();
    if (!m->cpu)
        return fail(why, whylen, "out of memory");
    m->cpu->mmu = m->mmu;
    m->cpu->profile = &m->profile;
    m->cpu->machine = m;
    m->cpu->model = m->config.model;
    return 0;
}

static int create_parts(struct machine *m, char *why, size_t whylen)
{
    const char *reason = NULL;
    m->calls = calls_create();
    if (!m->calls)
        return fail(why, whylen, "out of memory or descriptors");
    m->mmu = mmu_create(m->config.ram_bytes, &reason);
    if (!m->mmu)
        return fail(why, whylen, reason ? reason : "no memory for the guest");
    mmu_count_io(m->mmu, &m->profile);
    if (create_cpu(m, why, whylen) || machine_open_drives(m, why, whylen) ||
        machine_open_network(m, why, whylen))
        return -1;
#define DEVICE(name, what)                                                                         \
    m->name = name##_create(m);                                                                    \
    if (!m->name)                                                                                  \
        return fail(why, whylen,                                                                   \
                    m->why[0] ? m->why                                                             \
                              : "cannot make the " what ": no memory, or its ports are taken");
#include "emu/device/device.def"
#undef DEVICE
    if (m->config.bios && firmware_load(m, why, whylen))
        return -1;
    if (m->config.bios && m->config.kernel && !(m->linux = linux_prepare(m, why, whylen)))
        return -1;
    if (m->config.bios && !boot_tell_firmware(m))
        return fail(why, whylen, "too many files for the firmware");
    if (machine_reset(m, why, whylen))
        return -1;
    if (m->config.hot &&
        !hot_create(&m->profile, &m->cpu->eip, &m->cpu->seg[SEG_CS].base, &reason)) {
        snprintf(why, whylen, "--hot: %s", reason);
        return -1;
    }
    if (m->config.engine->init(m->cpu, &reason)) {
        snprintf(why, whylen, "engine %s: %s", m->config.engine->name,
                 reason ? reason : "not possible on this host");
        return -1;
    }
    m->engine_ready = true;
    return 0;
}

struct machine *machine_create(const struct machine_config *config, char *why, size_t whylen)
{
    struct machine *m = calloc(1, sizeof *m);
    if (!m) {
        fail(why, whylen, "out of memory");
        return NULL;
    }
    m->config = *config;
    if (!m->config.settings)
        m->config.settings = &settings_default;
    if (!m->config.debug_exit_size)
        m->config.debug_exit_size = 4;
    m->start_ns = m->start_tsc_ns = clock_host_ns();
    m->start_tsc = profile_rdtsc();
    m->profile.on = config->stats || config->hot;
    m->ns_per_insn = 1.0;
    if (create_parts(m, why, whylen)) {
        machine_destroy(m);
        return NULL;
    }
    return m;
}

int machine_reset(struct machine *m, char *why, size_t whylen)
{
    uint64_t icount = cpu_icount(m->cpu); // the clock must not step back under icount
    cpu_reset(m->cpu);
    m->cpu->left = 0;
    m->cpu->icount_end = icount;
    m->cpu->intr = false;
    m->reset_asked = false;
    boot_choose_order(m);
#define DEVICE(name, what) name##_reset(m->name);
#include "emu/device/device.def"
#undef DEVICE
    mmu_flush(m->cpu);
    if (!m->config.kernel || machine_has_firmware(m))
        return 0; // the BIOS takes it from here; tests put their own code into memory
    return multiboot_boot(m, why, whylen);
}

void machine_destroy(struct machine *m)
{
    if (!m)
        return;
    sde_withdraw(&m->profile);
    if (m->engine_ready)
        m->config.engine->fini(m->cpu);
#define DEVICE(name, what)                                                                         \
    if (m->name)                                                                                   \
        name##_destroy(m->name);
#include "emu/device/device.def"
#undef DEVICE
    machine_close_network(m);
    machine_close_drives(m);
    debugger_free(m);
    free(m->cpu);
    if (m->mmu)
        mmu_destroy(m->mmu);
    linux_free(m->linux);
    free(m->boot_order);
    hot_destroy(m->profile.hot);
    profile_free(&m->profile);
    calls_destroy(m->calls);
    free(m);
}

struct cpu *machine_cpu(struct machine *m)
{
    return m->cpu;
}

bool machine_has_firmware(const struct machine *m)
{
    return m->config.bios != NULL;
}

const struct settings *machine_settings(const struct machine *m)
{
    return m->config.settings;
}

bool machine_dumps(const struct machine *m, unsigned dump_bit)
{
    return (m->config.dump & dump_bit) != 0;
}

struct profile *machine_profile(struct machine *m)
{
    return &m->profile;
}

unsigned machine_intr_acknowledge(struct machine *m)
{
    return lapic_acknowledge(m->lapic);
}

// Each line goes to the 8259 and to the I/O APIC; the timer's to pin 2 of the latter, as on boards
// of this chip set (the BIOS's MADT and MP table say so).
static void drive_irq(struct machine *m, unsigned irq)
{
    uint8_t sources = m->irq_sources[irq];
    if (m->legacy_replaced && (irq == 0 || irq == 8))
        sources &= 1u << IRQ_HPET;
    pic_set_irq(m->pic, irq, sources != 0);
    ioapic_set_pin(m->ioapic, irq ? irq : 2, sources != 0);
}

void machine_set_irq(struct machine *m, unsigned irq, bool level)
{
    machine_set_irq_from(m, IRQ_ISA, irq, level);
}

void machine_set_irq_from(struct machine *m, enum irq_source source, unsigned irq, bool level)
{
    uint8_t bit = (uint8_t)(1u << source), *sources = &m->irq_sources[irq & 15];
    *sources = (uint8_t)(level ? *sources | bit : *sources & ~bit);
    drive_irq(m, irq & 15);
}

bool machine_irq_waits(const struct machine *m, unsigned irq)
{
    unsigned pin = irq ? irq : 2;
    return ioapic_pin_is_open(m->ioapic, pin) ? ioapic_pin_waits(m->ioapic, pin)
                                              : pic_irq_waits(m->pic, irq);
}

void machine_replace_legacy(struct machine *m, bool replaced)
{
    m->legacy_replaced = replaced;
    drive_irq(m, 0);
    drive_irq(m, 8);
}

void machine_poke(struct machine *m)
{
    m->cpu->poll = 1;
}

void machine_quit(struct machine *m, int exit_status)
{
    m->exit_status = exit_status;
    m->cpu->quit = true;
    machine_poke(m);
}

void machine_power_off(struct machine *m)
{
    if (!m->config.no_shutdown) {
        machine_quit(m, 0);
        return;
    }
    m->cpu->halted = true; // for good: nothing can interrupt it
    m->cpu->eflags &= ~(uint32_t)FLAG_IF;
    machine_poke(m);
}

void machine_ask_reset(struct machine *m)
{
    m->reset_asked = true;
    machine_poke(m);
}

void machine_set_a20(struct machine *m, bool open)
{
    mmu_set_a20(m->cpu, open);
}

void machine_stop(struct machine *m)
{
    m->stop = 1;
    m->cpu->poll = 1;
}

void machine_watch(struct machine *m, bool on)
{
    profile_watch(&m->profile, on);
}

void machine_look(struct machine *m, struct machine_figures *f)
{
    f->engine = m->config.engine->name;
    f->paused = m->paused;
    f->insns = cpu_icount(m->cpu);
    profile_look(&m->profile, f->stage_clk);
}

enum { COUNTERS_MAX = 128 };

static size_t read_counters(void *machine, struct profile_counter *out, size_t max)
{
    const struct machine *m = machine;
    const struct profile_counter own[] = {
        {"exceptions", m->cpu->exceptions},
        {"interrupts", m->cpu->interrupts},
        {"slices", m->slices},
        {"timers_fired", m->timers_fired},
        {"unassigned_port_reads", m->unassigned_reads},
        {"unassigned_port_writes", m->unassigned_writes},
        {"resets", m->resets},
    };
    size_t n = 0;
    for (; n < sizeof own / sizeof *own && n < max; n++)
        out[n] = own[n];
    if (m->config.engine->counters)
        n += m->config.engine->counters(m->cpu, out + n, max - n);
    return n;
}

int machine_write_stats(struct machine *m, const char *path, const char **why)
{
    struct profile_counter counters[COUNTERS_MAX];
    size_t n = read_counters(m, counters, COUNTERS_MAX);
    return profile_write(&m->profile, path, m->config.engine->name, counters, n, why);
}

void machine_offer_counters(struct machine *m)
{
    sde_offer(&m->profile, read_counters, m);
}

void machine_print_stats(const struct machine *m, FILE *to)
{
    profile_print(&m->profile, to);
}
