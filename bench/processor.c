/* The processor report: what CPUID says, natively and inside of whatever emulates it; the facts
 * that `tickmark host` tells of the machine, by the same words. Leaves are only asked for up to the
 * highest that the processor names. Intel SDM vol. 2, CPUID; AMD APM vol. 3, appendix E. */
#include "bench/processor.h"
#include "bench/clock.h"
#include "bench/freestanding.h"
#include "bench/line.h"
#include "bench/port/port.h"

#define PROCESSOR_EXTENDED 0x80000000u

struct processor_caches {
    uint32_t l1d_kib, l1i_kib, l2_kib, l3_kib;
};

/* All zero for a leaf that is not there. */
static void processor_ask(uint32_t leaf, uint32_t subleaf, uint32_t r[4])
{
    clock_cpuid(leaf & PROCESSOR_EXTENDED, r);
    if (r[0] < leaf || (r[0] ^ leaf) & PROCESSOR_EXTENDED) {
        memset(r, 0, 16);
        return;
    }
    __asm__ volatile("cpuid"
                     : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3])
                     : "0"(leaf), "2"(subleaf));
}

/* Leaf 4 (Intel) and leaf 8000001Dh (AMD) have the same layout; AMD's without it have 80000005h and
 * 80000006h, in KB. */
static struct processor_caches processor_read_caches(const char *vendor)
{
    const bool amd = !strcmp(vendor, "AuthenticAMD");
    struct processor_caches c = {0, 0, 0, 0};
    uint32_t r[4];
    for (uint32_t i = 0; i < 16; i++) {
        processor_ask(amd ? 0x8000001Du : 4, i, r);
        if (!(r[0] & 31))
            break;
        uint32_t bytes = ((r[1] >> 22) + 1) * ((r[1] >> 12 & 1023) + 1) * ((r[1] & 4095) + 1);
        uint32_t kib = bytes / 64 * (r[2] + 1) / 16, level = r[0] >> 5 & 7, type = r[0] & 31;
        if (level == 1 && type == 1)
            c.l1d_kib = kib;
        else if (level == 1 && type == 2)
            c.l1i_kib = kib;
        else if (level == 2)
            c.l2_kib = kib;
        else if (level == 3)
            c.l3_kib = kib;
    }
    if (amd && !c.l1d_kib) {
        processor_ask(0x80000005u, 0, r);
        c.l1d_kib = r[2] >> 24;
        c.l1i_kib = r[3] >> 24;
        processor_ask(0x80000006u, 0, r);
        c.l2_kib = r[2] >> 16;
        c.l3_kib = r[3] >> 18 << 9;
    }
    return c;
}

static void processor_list_features(char *text, uint32_t size)
{
    static const struct {
        uint32_t leaf;
        uint8_t reg, bit;
        const char *word;
    } features[] = {
#define FEATURE(leaf, reg, bit, word) {leaf, reg, bit, word},
#include "bench/processor_features.def"
#undef FEATURE
    };
    uint32_t r[4] = {0, 0, 0, 0}, leaf = 0;
    for (uint32_t i = 0; i < sizeof features / sizeof features[0]; i++) {
        if (features[i].leaf != leaf)
            processor_ask(leaf = features[i].leaf, 0, r);
        if (!(r[features[i].reg] >> features[i].bit & 1))
            continue;
        line_append(text, size, *text ? " " : "");
        line_append(text, size, features[i].word);
    }
}

static void processor_say(const char *fact, const char *value)
{
    char text[1200] = "";
    line_append(text, sizeof text, fact);
    while (strlen_u32(text) < 16)
        line_append(text, sizeof text, " ");
    line_append(text, sizeof text, value);
    line_append(text, sizeof text, "\n");
    port_write(text, strlen_u32(text));
}

static void processor_put_text(const char *fact, const char *key, const char *value,
                               bool for_person)
{
    if (for_person)
        processor_say(fact, value);
    else
        line_put_str(key, value);
}

static void processor_put_number(const char *fact, const char *key, uint32_t value, bool for_person)
{
    char text[12] = "";
    line_append_dec(text, sizeof text, value);
    if (for_person)
        processor_say(fact, text);
    else
        line_put_u64(key, value);
}

void processor_print(uint32_t tsc_khz)
{
    static char features[1000];
    char vendor[13], brand[49], hypervisor[13];
    uint32_t r[4], top, most;
    clock_read_identity(vendor, brand, hypervisor);
    const char *name = brand; /* some begin with blanks */
    while (*name == ' ')
        name++;
    const struct processor_caches caches = processor_read_caches(vendor);
    processor_list_features(features, sizeof features);
    clock_cpuid(0, r);
    top = r[0];
    clock_cpuid(PROCESSOR_EXTENDED, r);
    most = r[0] >= PROCESSOR_EXTENDED && r[0] < PROCESSOR_EXTENDED + 0x10000 ? r[0] : 0;
    processor_ask(1, 0, r);
    const uint32_t signature = r[0], base_family = signature >> 8 & 15;
    const uint32_t family = base_family + (base_family == 15 ? signature >> 20 & 255 : 0);
    const uint32_t model = (signature >> 4 & 15) |
                           (base_family == 15 || base_family == 6 ? signature >> 12 & 0xF0 : 0);
    processor_ask(0x80000007u, 0, r);
    const uint32_t invariant = r[3] >> 8 & 1;
    /* leaf 15h: crystal * numerator / denominator */
    processor_ask(0x15, 0, r);
    const uint32_t told_khz =
        r[0] && r[1] && r[2]
            ? (uint32_t)div_u64_u32(div_u64_u32((uint64_t)r[2] * r[1], r[0], NULL), 1000, NULL)
            : 0;
    processor_ask(0x16, 0, r);
    const uint32_t base_mhz = r[0] & 0xFFFF;

    for (uint32_t pass = 0; pass < 2; pass++) {
        const bool person = !pass;
        if (!person)
            line_open("host");
        processor_put_text("vendor", "vendor", vendor, person);
        processor_put_number("family", "family", family, person);
        processor_put_number("model", "model", model, person);
        processor_put_number("stepping", "stepping", signature & 15, person);
        processor_put_text("brand", "brand", name, person);
        processor_put_text("hypervisor", "hypervisor", hypervisor, person);
        processor_put_number("CPUID up to", "leaf", top, person);
        processor_put_number("extended leaves", "extended", most ? most - PROCESSOR_EXTENDED : 0,
                             person);
        processor_put_number("L1d KiB", "l1d_kib", caches.l1d_kib, person);
        processor_put_number("L1i KiB", "l1i_kib", caches.l1i_kib, person);
        processor_put_number("L2 KiB", "l2_kib", caches.l2_kib, person);
        processor_put_number("L3 KiB", "l3_kib", caches.l3_kib, person);
        processor_put_number("tsc kHz", "tsc_khz", tsc_khz, person);
        processor_put_number("tsc kHz (told)", "tsc_told_khz", told_khz, person);
        processor_put_number("base MHz (told)", "base_mhz", base_mhz, person);
        processor_put_number("tsc invariant", "tsc_invariant", invariant, person);
        processor_put_text("features", "features", features, person);
        if (!person)
            line_close();
    }
}
