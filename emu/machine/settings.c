#include "emu/machine/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct settings settings_default = {
#define SETTING(name, type, initial, what) .name = initial,
#include "emu/machine/settings.def"
#undef SETTING
};

static const char *const setting_names[] = {
#define SETTING(name, type, initial, what) #name,
#include "emu/machine/settings.def"
#undef SETTING
};

static const char dump_letters[] = {
#define DUMP(name, letter, what) letter,
#include "emu/machine/dump.def"
#undef DUMP
    0};

// True if `value` fits in the setting's type: converting there and back keeps it.
#define FITS(type, value) ((long long)(type)(value) == (value))

int settings_apply(struct settings *s, const char *assignment, char *why, size_t whylen)
{
    const char *eq = strchr(assignment, '=');
    size_t keylen = eq ? (size_t)(eq - assignment) : strlen(assignment);
    if (!eq) {
        snprintf(why, whylen, "--set wants KEY=VALUE, not '%s'", assignment);
        return -1;
    }
    char *end;
    errno = 0;
    long long value = strtoll(eq + 1, &end, 0);
    bool number = errno == 0 && end != eq + 1 && *end == 0;
#define SETTING(name, type, initial, what)                                                         \
    if (keylen == strlen(#name) && memcmp(assignment, #name, keylen) == 0) {                       \
        if (!number || value < 0 || !FITS(type, value)) {                                          \
            snprintf(why, whylen, "--set %s: '%s' is not a value of type %s", #name, eq + 1,       \
                     #type);                                                                       \
            return -1;                                                                             \
        }                                                                                          \
        s->name = (type)value;                                                                     \
        return 0;                                                                                  \
    }
#include "emu/machine/settings.def"
#undef SETTING
    int n = snprintf(why, whylen, "--set: no setting '%.*s'; there are:", (int)keylen, assignment);
    for (size_t i = 0;
         i < sizeof setting_names / sizeof *setting_names && n >= 0 && (size_t)n < whylen; i++)
        n += snprintf(why + n, whylen - (size_t)n, " %s", setting_names[i]);
    return -1;
}

int settings_parse_dump(const char *letters, unsigned *bits, char *why, size_t whylen)
{
    for (const char *c = letters; *c; c++) {
        const char *at = strchr(dump_letters, *c);
        if (!at) {
            snprintf(why, whylen, "--dump: no letter '%c'; there are: %s", *c, dump_letters);
            return -1;
        }
        *bits |= 1u << (at - dump_letters);
    }
    return 0;
}

void settings_print(FILE *to)
{
    fprintf(to, "\n--set KEY=VALUE\n");
#define SETTING(name, type, initial, what)                                                         \
    fprintf(to, "  %-22s %s [%lld]\n", #name, what, (long long)(initial));
#include "emu/machine/settings.def"
#undef SETTING
    fprintf(to, "\n--dump LETTERS\n");
#define DUMP(name, letter, what) fprintf(to, "  %-22c %s\n", letter, what);
#include "emu/machine/dump.def"
#undef DUMP
}
