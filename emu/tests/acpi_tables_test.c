// What SeaBIOS makes of the machine: it finds its parts, and leaves ACPI tables and an MP table for
// operating systems. Firmware is run by interp under icount until the tables are there; then the
// test reads them as an operating system does.
#include <string.h>
#include <unistd.h>

#include "emu/machine/machine_state.h"
#include "emu/tests/verdict.h"

static const char bios[] = "/usr/share/seabios/bios-256k.bin";

enum { PARTS_MAX = 32, TABLE_MAX = 4096 };

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static bool sums_to_zero(const uint8_t *p, size_t n)
{
    uint8_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum = (uint8_t)(sum + p[i]);
    return sum == 0;
}

// A structure of `bytes` with that signature, at 16-byte places of F0000h-FFFFFh. Its address; 0:
// not there.
static uint32_t find(struct machine *m, const char *signature, size_t bytes)
{
    static uint8_t area[0x10000];
    if (!machine_dma_read(m, 0xF0000, area, sizeof area))
        return 0;
    for (uint32_t at = 0; at + bytes <= sizeof area; at += 16)
        if (memcmp(area + at, signature, strlen(signature)) == 0 && sums_to_zero(area + at, bytes))
            return 0xF0000 + at;
    return 0;
}

// Boot until SeaBIOS has come past its tables: it looks for something to boot from then.
static struct machine *boot(bool no_hpet)
{
    char why[256];
    struct machine_config config = {.ram_bytes = 64 << 20,
                                    .engine = &engine_interp,
                                    .icount = true,
                                    .serial_fd = -1,
                                    .debugcon_fd = -1,
                                    .bios = bios,
                                    .no_hpet = no_hpet};
    struct machine *m = machine_create(&config, why, sizeof why);
    CHECK(m, "no machine: %s", why);
    for (unsigned ms = 0; m && ms < 1000; ms++) {
        for (uint64_t end = machine_now_ns(m) + 1000000; machine_now_ns(m) < end;)
            if (machine_step(m, 20000) == EXIT_HALT)
                m->skipped_ns += 10000;
        if (find(m, "RSD PTR ", 20) && find(m, "_MP_", 16))
            return m;
    }
    CHECK(false, "no RSDP or no MP table after a second of the guest's");
    return m;
}

// The ACPI table with that signature into `to`. Its length; 0: there is none.
static uint32_t table(struct machine *m, const char *signature, uint8_t to[TABLE_MAX])
{
    uint8_t rsdp[20], rsdt[36 + 4 * PARTS_MAX];
    uint32_t at = find(m, "RSD PTR ", sizeof rsdp);
    if (!at || !machine_dma_read(m, at, rsdp, sizeof rsdp) ||
        !machine_dma_read(m, get32(rsdp + 16), rsdt, sizeof rsdt))
        return 0;
    uint32_t bytes = get32(rsdt + 4);
    for (uint32_t i = 36; i + 4 <= bytes && i + 4 <= sizeof rsdt; i += 4) {
        uint32_t where = get32(rsdt + i);
        if (!machine_dma_read(m, where, to, 36) || memcmp(to, signature, 4) != 0)
            continue;
        uint32_t n = get32(to + 4);
        if (n <= TABLE_MAX && machine_dma_read(m, where, to, n) && sums_to_zero(to, n))
            return n;
    }
    return 0;
}

static void test_madt(struct machine *m)
{
    uint8_t t[TABLE_MAX];
    uint32_t n = table(m, "APIC", t);
    unsigned processors = 0, ioapics = 0, overrides = 0, nmis = 0;
    CHECK(n, "no MADT");
    CHECK(get32(t + 36) == 0xFEE00000 && (get32(t + 40) & 1), "local APICs at %08x, flags %x",
          get32(t + 36), get32(t + 40));
    for (uint32_t i = 44; i + 1 < n && t[i + 1]; i += t[i + 1]) {
        const uint8_t *e = t + i;
        switch (e[0]) {
        case 0: processors += get32(e + 4) & 1; break;
        case 1:
            CHECK(get32(e + 4) == 0xFEC00000 && get32(e + 8) == 0, "I/O APIC at %08x, from %u",
                  get32(e + 4), get32(e + 8));
            ioapics++;
            break;
        case 2:
            if (e[3] == 0)
                CHECK(get32(e + 4) == 2, "IRQ 0 is at pin %u", get32(e + 4));
            else
                CHECK((e[8] & 0xC) == 0xC, "IRQ %u is not by level", e[3]);
            overrides |= 1u << e[3];
            break;
        case 4:
            CHECK(e[5] == 1, "NMI is LINT%u", e[5]);
            nmis++;
            break;
        default: break;
        }
    }
    CHECK(processors == 1 && ioapics == 1 && nmis == 1, "%u processors, %u I/O APICs, %u NMIs",
          processors, ioapics, nmis);
    CHECK((overrides & 0xE21) == 0xE21, "overrides of IRQs %x", overrides); // 0, 5, 9, 10, 11
    case_end("acpi_tables.madt");
}

static void test_mp(struct machine *m)
{
    uint8_t pointer[16], t[TABLE_MAX];
    uint32_t at = find(m, "_MP_", sizeof pointer);
    unsigned kinds[5] = {0};
    bool timer = false;
    CHECK(at && machine_dma_read(m, at, pointer, sizeof pointer), "no MP floating pointer");
    CHECK(machine_dma_read(m, get32(pointer + 4), t, sizeof t) && memcmp(t, "PCMP", 4) == 0,
          "no MP configuration table");
    uint32_t n = t[4] | (uint32_t)t[5] << 8;
    CHECK(n <= sizeof t && sums_to_zero(t, n), "its sum");
    CHECK(get32(t + 36) == 0xFEE00000, "local APICs at %08x", get32(t + 36));
    for (uint32_t i = 44; i < n && i < sizeof t - 20 && t[i] < 5; i += t[i] ? 8 : 20) {
        kinds[t[i]]++;
        if (t[i] == 3 && t[i + 1] == 0 && t[i + 5] == 0 && t[i + 7] == 2)
            timer = true; // an interrupt of bus ISA's IRQ 0 at pin 2
    }
    // ISA: 16 less IRQ 2 and the four that PCI has; and those of PCI devices with a pin.
    CHECK(kinds[0] == 1 && kinds[2] == 1 && kinds[3] >= 12 && kinds[4] == 2,
          "%u processors, %u I/O APICs, %u interrupts, %u local ones", kinds[0], kinds[2], kinds[3],
          kinds[4]);
    CHECK(timer, "IRQ 0 is not at pin 2");
    case_end("acpi_tables.mp");
}

static void test_hpet(struct machine *m)
{
    uint8_t t[TABLE_MAX];
    CHECK(table(m, "HPET", t), "no HPET table");
    CHECK(get32(t + 36) == 0x8086A201 && get32(t + 44) == 0xFED00000, "block %08x at %08x",
          get32(t + 36), get32(t + 44));
    case_end("acpi_tables.hpet");
}

int main(void)
{
    uint8_t t[TABLE_MAX];
    if (access(bios, R_OK) != 0) {
        printf("skip acpi_tables: no %s (package seabios)\n", bios);
        return 0;
    }
    struct machine *m = boot(false);
    if (m) {
        test_madt(m);
        test_mp(m);
        test_hpet(m);
        machine_destroy(m);
    }
    m = boot(true);
    if (m) {
        CHECK(table(m, "APIC", t) && !table(m, "HPET", t), "an HPET table without an HPET");
        case_end("acpi_tables.no_hpet");
        machine_destroy(m);
    }
    return verdict_failures != 0;
}
