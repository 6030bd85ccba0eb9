#include "emu/board.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "emu/words.h"

enum { RAM_MAX_MB = 3072 };

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

// --- -m ---

// Digits, perhaps with a point, and a unit; MB without one. 0: it is none.
static uint64_t read_size(const char *text)
{
    char *end;
    unsigned shift = 20;
    errno = 0;
    unsigned long long whole = isdigit((unsigned char)*text) ? strtoull(text, &end, 10) : 0;
    if (!isdigit((unsigned char)*text) || errno || whole > RAM_MAX_MB * 1024ull)
        return 0;
    double part = 0, place = 0.1;
    if (*end == '.')
        for (end++; isdigit((unsigned char)*end); end++, place /= 10)
            part += place * (*end - '0');
    if (*end) {
        switch (toupper((unsigned char)*end++)) {
        case 'K': shift = 10; break;
        case 'M': break;
        case 'G': shift = 30; break;
        default: return 0;
        }
    }
    // a whole number of pages is wanted of a fraction
    return *end ? 0 : (whole << shift) + ((uint64_t)(part * (double)(1u << shift)) & ~4095ull);
}

int board_parse_memory(struct board_words *b, char *text, char *why, size_t whylen)
{
    char *rest = text;
    for (char *word; (word = words_next(&rest));) {
        // room for memory that the guest gets while it runs, which nothing here puts in
        if (begins(word, "slots=") || begins(word, "maxmem="))
            continue;
        uint64_t bytes = read_size(begins(word, "size=") ? word + 5 : word);
        if (bytes < 1 << 20 || bytes > (uint64_t)RAM_MAX_MB << 20 || bytes % 4096)
            return words_refuse(why, whylen, "-m: '%s' is not a size from 1M to %dM", word,
                                RAM_MAX_MB);
        b->config->ram_bytes = bytes;
    }
    return 0;
}

// --- -smp ---

int board_parse_smp(char *text, char *why, size_t whylen)
{
    static const char *const keys[] = {
        "cpus=", "maxcpus=", "sockets=", "cores=", "threads=", "dies=", "clusters="};
    char *rest = text;
    for (char *word; (word = words_next(&rest));) {
        const char *value = word;
        for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++)
            if (begins(word, keys[i]))
                value = word + strlen(keys[i]);
        if (strcmp(value, "1") != 0)
            return words_refuse(why, whylen, "-smp: '%s': there is one processor", word);
    }
    return 0;
}

// --- -accel, -machine ---

static int parse_engine(struct board_words *b, const char *name, char *why, size_t whylen)
{
    static const char *const absent[] = {"kvm", "xen", "hax", "hvf", "whpx", "nvmm", "qtest"};
    bool interp = strcmp(name, "interp") == 0;
    if (interp || strcmp(name, "jit") == 0 || strcmp(name, "tcg") == 0) {
        b->accel = true;
        b->interp = interp;
        return 1;
    }
    for (unsigned i = 0; i < sizeof absent / sizeof *absent; i++)
        if (strcmp(absent[i], name) == 0) {
            b->missing = absent[i];
            return 0;
        }
    return words_refuse(why, whylen, "-accel: no engine '%s'; there are jit (or tcg) and interp",
                        name);
}

static int parse_engines(struct board_words *b, char *text, char *why, size_t whylen)
{
    int found = 0;
    for (char *name = strtok(text, ":"); name && found == 0; name = strtok(NULL, ":"))
        found = parse_engine(b, name, why, whylen);
    return found < 0 ? -1 : 0;
}

int board_parse_accel(struct board_words *b, char *text, char *why, size_t whylen)
{
    char *rest = text, *names = words_next(&rest);
    names += begins(names, "accel=") ? 6 : 0;
    bool tcg = begins(names, "tcg") || begins(names, "kvm");
    for (char *word; (word = words_next(&rest));)
        if (!tcg || !(begins(word, "thread=") || begins(word, "split-wx=off") ||
                      begins(word, "kernel-irqchip=")))
            return words_refuse(why, whylen, "-accel %s: no property '%s'", names, word);
    return *names ? parse_engines(b, names, why, whylen)
                  : words_refuse(why, whylen, "-accel: no engine ''; there are jit and interp");
}

int board_finish_accel(const struct board_words *b, char *why, size_t whylen)
{
    if (!b->missing || b->accel)
        return 0;
    return words_refuse(why, whylen, "-accel %s: not supported yet; there are jit and interp",
                        b->missing);
}

static int parse_hpet(struct board_words *b, const char *value, char *why, size_t whylen)
{
    bool off = strcmp(value, "off") == 0;
    if (!off && strcmp(value, "on") != 0)
        return words_refuse(why, whylen, "-machine: hpet is on or off, not '%s'", value);
    b->config->no_hpet = off;
    return 0;
}

// What QEMU's PC can be told, where it is told what ours is anyway, or what no guest sees.
static bool is_given(const char *word)
{
    static const char *const given[] = {"usb=off",      "vmport=off",     "vmport=auto",
                                        "smm=off",      "smm=auto",       "acpi=on",
                                        "acpi=auto",    "graphics=on",    "i8042=on",
                                        "pit=on",       "nvdimm=off",     "mem-merge=on",
                                        "pic=on",       "mem-merge=off",  "dump-guest-core=on",
                                        "sata=off",     "fd-bootchk=off", "dump-guest-core=off",
                                        "vmport=false", "usb=false",      "suppress-vmdesc=on"};
    for (unsigned i = 0; i < sizeof given / sizeof *given; i++)
        if (strcmp(word, given[i]) == 0)
            return true;
    return begins(word, "kernel_irqchip=") || begins(word, "kernel-irqchip=");
}

static int parse_machine_word(struct board_words *b, char *word, char *why, size_t whylen)
{
    const char *type = begins(word, "type=") ? word + 5 : word;
    if (strcmp(type, "pc") == 0 || begins(type, "pc-i440fx-") || is_given(word))
        return 0;
    if (begins(word, "accel="))
        return parse_engines(b, word + 6, why, whylen);
    if (begins(word, "hpet="))
        return parse_hpet(b, word + 5, why, whylen);
    if (strcmp(word, "graphics=off") == 0) {
        b->config->serial_console = true;
        return 0;
    }
    return words_refuse(
        why, whylen,
        "-machine: '%s' is not supported yet; there are pc, accel=, hpet= and graphics=", word);
}

int board_parse_machine(struct board_words *b, char *text, char *why, size_t whylen)
{
    char *rest = text;
    for (char *word; (word = words_next(&rest));)
        if (*word && parse_machine_word(b, word, why, whylen))
            return -1;
    return 0;
}

// --- -rtc ---

// YYYY-MM-DD, with or without THH:MM:SS.
static bool parse_date(const char *text, int64_t *seconds)
{
    struct tm tm = {0};
    const char *end = strptime(text, "%Y-%m-%d", &tm);
    if (end && *end == 'T')
        end = strptime(end + 1, "%H:%M:%S", &tm);
    if (!end || *end)
        return false;
    struct tm same = tm;
    *seconds = (int64_t)timegm(&same); // which mends the 31st of February; that is refused
    return same.tm_mday == tm.tm_mday && same.tm_mon == tm.tm_mon && tm.tm_year >= 70 &&
           tm.tm_year < 8100;
}

int board_parse_rtc(struct board_words *b, char *text, char *why, size_t whylen)
{
    struct machine_config *c = b->config;
    char *rest = text;
    for (char *word; (word = words_next(&rest));) {
        const char *base = begins(word, "base=") ? word + 5 : word; // as QEMU's first key
        if (strcmp(base, "utc") == 0)
            c->rtc_base = RTC_UTC;
        else if (strcmp(base, "localtime") == 0)
            c->rtc_base = RTC_LOCAL;
        else if (parse_date(base, &c->rtc_s))
            c->rtc_base = RTC_FIXED;
        else if (strcmp(word, "clock=host") != 0 && strcmp(word, "clock=rt") != 0 &&
                 strcmp(word, "clock=vm") != 0 && strcmp(word, "driftfix=none") != 0)
            return words_refuse(
                why, whylen,
                "-rtc: '%s' is not base=utc, base=localtime, base=YYYY-MM-DD[THH:MM:SS] "
                "or clock=host|rt|vm",
                word);
    }
    return 0;
}
