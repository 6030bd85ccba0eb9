/* host.c: see host.h.  Identity comes from CPUID (Intel SDM vol. 2, CPUID; AMD APM vol. 3, appendix
 * E), the state from /proc and /sys; what cannot be read is absent. */
#include "collector/host.h"
#include "collector/stamp.h"

#include <cpuid.h>
#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* First line of a file, without its end; "" when it cannot be read. */
static void read_line(const char *path, char *text, size_t room)
{
    FILE *in = fopen(path, "re");
    text[0] = 0;
    if (!in)
        return;
    if (!fgets(text, (int)room, in))
        text[0] = 0;
    fclose(in);
    text[strcspn(text, "\n")] = 0;
}

static int64_t read_number(const char *path)
{
    char text[32], *end;
    read_line(path, text, sizeof text);
    long long number = strtoll(text, &end, 10);
    return end == text ? STORE_NONE : number;
}

/* The word in brackets: "always [madvise] never". */
static void keep_chosen(char *text)
{
    char *from = strchr(text, '['), *to = from ? strchr(from, ']') : NULL;
    if (to) {
        *to = 0;
        memmove(text, from + 1, strlen(from + 1) + 1);
    }
}

static void read_cpuid_names(struct host *h)
{
    unsigned a, b, c, d;
    __cpuid(0, a, b, c, d);
    memcpy(h->vendor, &b, 4);
    memcpy(h->vendor + 4, &d, 4);
    memcpy(h->vendor + 8, &c, 4);
    __cpuid(1, a, b, c, d);
    h->stepping = a & 15;
    h->family = (a >> 8) & 15;
    h->model = (a >> 4) & 15;
    if (h->family == 15 || h->family == 6)
        h->model |= (a >> 12) & 0xF0;
    if (h->family == 15)
        h->family += (a >> 20) & 255;
    snprintf(h->virt, sizeof h->virt, "none");
    if (c >> 31) {
        char name[13] = "";
        __cpuid(0x40000000, a, b, c, d);
        memcpy(name, &b, 4);
        memcpy(name + 4, &c, 4);
        memcpy(name + 8, &d, 4);
        snprintf(h->virt, sizeof h->virt, "%s",
                 !strcmp(name, "KVMKVMKVM")      ? "kvm"
                 : !strcmp(name, "VMwareVMware") ? "vmware"
                 : !strcmp(name, "Microsoft Hv") ? "hyperv"
                 : !strcmp(name, "XenVMMXenVMM") ? "xen"
                                                 : "other");
    }
    if ((unsigned)__get_cpuid_max(0x80000000, NULL) >= 0x80000004) {
        unsigned words[12];
        for (unsigned i = 0; i < 3; i++)
            __cpuid(0x80000002 + i, words[4 * i], words[4 * i + 1], words[4 * i + 2],
                    words[4 * i + 3]);
        memcpy(h->brand, words, 48);
        size_t lead = strspn(h->brand, " ");
        memmove(h->brand, h->brand + lead, strlen(h->brand + lead) + 1);
        for (size_t n = strlen(h->brand); n && h->brand[n - 1] == ' '; n--)
            h->brand[n - 1] = 0;
    }
    if ((unsigned)__get_cpuid_max(0x80000000, NULL) >= 0x80000007) {
        __cpuid(0x80000007, a, b, c, d);
        h->tsc_invariant = (d >> 8) & 1;
    }
}

/* Leaf 4 (Intel) and leaf 0x8000001D (AMD) have the same layout. */
static void read_caches(struct host *h)
{
    unsigned leaf = strcmp(h->vendor, "AuthenticAMD") ? 4 : 0x8000001D;
    h->l1d_kib = h->l1i_kib = h->l2_kib = h->l3_kib = STORE_NONE;
    if ((unsigned)__get_cpuid_max(leaf & 0x80000000, NULL) < leaf)
        return;
    for (unsigned i = 0; i < 16; i++) {
        unsigned a, b, c, d;
        __cpuid_count(leaf, i, a, b, c, d);
        unsigned type = a & 31, level = (a >> 5) & 7;
        if (!type)
            break;
        int64_t bytes = (int64_t)((b >> 22) + 1) * (((b >> 12) & 1023) + 1) * ((b & 4095) + 1) *
                        ((int64_t)c + 1);
        int64_t *to = level == 1 && type == 1   ? &h->l1d_kib
                      : level == 1 && type == 2 ? &h->l1i_kib
                      : level == 2              ? &h->l2_kib
                      : level == 3              ? &h->l3_kib
                                                : NULL;
        if (to)
            *to = bytes / 1024;
    }
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void read_mitigations(struct host *h)
{
    static const char folder[] = "/sys/devices/system/cpu/vulnerabilities";
    struct dirent **names;
    int count = scandir(folder, &names, NULL, by_name);
    size_t used = 0;
    for (int i = 0; i < count; i++) {
        char path[400], text[300];
        if (names[i]->d_name[0] != '.') {
            snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
            read_line(path, text, sizeof text);
            int more = snprintf(h->mitigations + used, sizeof h->mitigations - used, "%s%s: %s",
                                used ? "; " : "", names[i]->d_name, text);
            if (more > 0 && (size_t)more < sizeof h->mitigations - used)
                used += (size_t)more;
        }
        free(names[i]);
    }
    if (count >= 0)
        free(names);
}

static void read_state(struct host *h)
{
    struct utsname name;
    char text[64];
    if (uname(&name) == 0) {
        snprintf(h->hostname, sizeof h->hostname, "%s", name.nodename);
        snprintf(h->kernel, sizeof h->kernel, "%.60s %.90s", name.sysname, name.release);
    }
    FILE *in = fopen("/proc/cpuinfo", "re");
    char line[512];
    while (in && fgets(line, sizeof line, in) && !*h->microcode)
        if (sscanf(line, "microcode : %31s", h->microcode) != 1)
            h->microcode[0] = 0;
    if (in)
        fclose(in);
    read_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", h->governor,
              sizeof h->governor);
    read_line("/sys/devices/system/cpu/cpufreq/boost", text, sizeof text);
    if (*text)
        snprintf(h->turbo, sizeof h->turbo, "%s", *text == '1' ? "on" : "off");
    read_line("/sys/devices/system/cpu/intel_pstate/no_turbo", text, sizeof text);
    if (*text)
        snprintf(h->turbo, sizeof h->turbo, "%s", *text == '0' ? "on" : "off");
    read_line("/sys/devices/system/clocksource/clocksource0/current_clocksource", h->clocksource,
              sizeof h->clocksource);
    read_line("/sys/kernel/mm/transparent_hugepage/enabled", h->thp, sizeof h->thp);
    keep_chosen(h->thp);
    h->aslr = read_number("/proc/sys/kernel/randomize_va_space");
    h->paranoid = read_number("/proc/sys/kernel/perf_event_paranoid");
    read_mitigations(h);
}

/* Best of three: rdtsc against CLOCK_MONOTONIC_RAW over 10 ms, the pair with the least read delay.
 */
static int64_t measure_tsc_khz(void)
{
    double best = 0;
    int64_t least = INT64_MAX;
    for (int i = 0; i < 3; i++) {
        struct stamp a = stamp_now(), b;
        do
            b = stamp_now();
        while (b.at_ns - a.at_ns < 10000000);
        if (b.at_ns - a.at_ns < least) {
            least = b.at_ns - a.at_ns;
            best = (double)(b.at_tsc - a.at_tsc) * 1e6 / (double)(b.at_ns - a.at_ns);
        }
    }
    return llround(best);
}

static int put_fact(char *facts, size_t room, size_t *used, const char *key, const char *text,
                    int64_t number)
{
    int more = text ? snprintf(facts + *used, room - *used, "%s=%s\n", key, text)
               : number == STORE_NONE
                   ? snprintf(facts + *used, room - *used, "%s=\n", key)
                   : snprintf(facts + *used, room - *used, "%s=%lld\n", key, (long long)number);
    *used += more > 0 && (size_t)more < room - *used ? (size_t)more : 0;
    return more;
}

void host_read(struct host *h)
{
    memset(h, 0, sizeof *h);
    read_cpuid_names(h);
    read_caches(h);
    h->ncpu = sysconf(_SC_NPROCESSORS_CONF);
    h->smt = read_number("/sys/devices/system/cpu/smt/active") == 1;
    h->mem_mib = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE) >> 20;
    size_t used = 0;
    struct {
        const char *key, *text;
        int64_t number;
    } list[] = {{"vendor", h->vendor, 0},      {"family", NULL, h->family},
                {"model", NULL, h->model},     {"stepping", NULL, h->stepping},
                {"brand", h->brand, 0},        {"ncpu", NULL, h->ncpu},
                {"smt", NULL, h->smt},         {"l1d_kib", NULL, h->l1d_kib},
                {"l1i_kib", NULL, h->l1i_kib}, {"l2_kib", NULL, h->l2_kib},
                {"l3_kib", NULL, h->l3_kib},   {"virt", h->virt, 0}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        put_fact(h->facts, sizeof h->facts, &used, list[i].key, list[i].text, list[i].number);
    digest_text(h->facts, h->fp);
    snprintf(h->label, sizeof h->label, "%s (%lld/%lld/%lld%s%s)", *h->brand ? h->brand : h->vendor,
             (long long)h->family, (long long)h->model, (long long)h->stepping,
             strcmp(h->virt, "none") ? ", " : "", strcmp(h->virt, "none") ? h->virt : "");
    read_state(h);
    h->tsc_khz = measure_tsc_khz();
    counter_probe(&h->counters);
    char state[4000];
    snprintf(state, sizeof state, "%s\n%s\n%s\n%s\n%s\n%s\n%s\n%lld\n%s\n%lld\n%s\n", h->hostname,
             h->kernel, h->microcode, h->governor, h->turbo, h->clocksource, h->counters.level,
             (long long)h->aslr, h->thp, (long long)h->paranoid, h->mitigations);
    digest_text(state, h->state_sha);
}

static void add(struct table *table, const char *key, const char *text)
{
    table_text(table, key);
    table_text(table, text && *text ? text : NULL);
}

static void add_number(struct table *table, const char *key, int64_t number)
{
    table_text(table, key);
    table_integer(table, number);
}

void host_table(const struct host *h, struct table *table)
{
    table_begin(table);
    table_head(table, "fact");
    table_head(table, "value");
    add(table, "label", h->label);
    add(table, "fingerprint", h->fp);
    add(table, "vendor", h->vendor);
    add_number(table, "family", h->family);
    add_number(table, "model", h->model);
    add_number(table, "stepping", h->stepping);
    add(table, "brand", h->brand);
    add_number(table, "processors", h->ncpu);
    add_number(table, "smt", h->smt);
    add_number(table, "L1d KiB", h->l1d_kib);
    add_number(table, "L1i KiB", h->l1i_kib);
    add_number(table, "L2 KiB", h->l2_kib);
    add_number(table, "L3 KiB", h->l3_kib);
    add_number(table, "memory MiB", h->mem_mib);
    add(table, "virtualisation", h->virt);
    add(table, "hostname", h->hostname);
    add(table, "kernel", h->kernel);
    add(table, "microcode", h->microcode);
    add(table, "governor", h->governor);
    add(table, "turbo", h->turbo);
    add(table, "clocksource", h->clocksource);
    add_number(table, "tsc kHz (measured)", h->tsc_khz);
    add_number(table, "tsc invariant", h->tsc_invariant);
    add(table, "huge pages", h->thp);
    add_number(table, "address randomisation", h->aslr);
    add_number(table, "perf_event_paranoid", h->paranoid);
    add(table, "counters", h->counters.level);
    add(table, "PAPI", h->counters.papi);
    add(table, "PAPI says", h->counters.reason);
    add(table, "remedy", h->counters.remedy);
    add(table, "mitigations", h->mitigations);
}

static const char *present(const char *text)
{
    return *text ? text : NULL;
}

int host_put(const struct host *h, struct store *store, int64_t *host_id, int64_t *state_id)
{
    struct store_host host = {h->fp,      h->label,  h->vendor,   h->brand,  h->virt, h->facts,
                              h->family,  h->model,  h->stepping, h->ncpu,   h->smt,  h->l1d_kib,
                              h->l1i_kib, h->l2_kib, h->l3_kib,   h->mem_mib};
    struct store_host_state state = {.sha = h->state_sha,
                                     .hostname = present(h->hostname),
                                     .kernel = present(h->kernel),
                                     .microcode = present(h->microcode),
                                     .governor = present(h->governor),
                                     .turbo = present(h->turbo),
                                     .mitigations = present(h->mitigations),
                                     .clocksource = present(h->clocksource),
                                     .pmu = h->counters.level,
                                     .pmu_note = present(h->counters.reason),
                                     .thp = present(h->thp),
                                     .tsc_khz = h->tsc_khz,
                                     .tsc_invariant = h->tsc_invariant,
                                     .aslr = h->aslr,
                                     .paranoid = h->paranoid};
    *host_id = store_put_host(store, &host);
    *state_id = *host_id < 0 ? -1 : store_put_host_state(store, *host_id, &state);
    return *state_id < 0 ? -1 : 0;
}
