// target.xml: what registers there are, in gdb's format of target descriptions (GDB manual,
// appendix G). Generated from registers.def.
#include <stdio.h>
#include <stdlib.h>

#include "emu/cpu/cpu.h"
#include "emu/gdb/gdb_state.h"

struct flag {
    const char *name;
    unsigned first, last;
};

static void put_flags(FILE *to, const char *name, const struct flag *flags, size_t n)
{
    fprintf(to, "<flags id=\"%s\" size=\"4\">\n", name);
    for (size_t i = 0; i < n; i++)
        fprintf(to, "<field name=\"%s\" start=\"%u\" end=\"%u\"/>\n", flags[i].name, flags[i].first,
                flags[i].last);
    fprintf(to, "</flags>\n");
}

static void put_eflags(FILE *to)
{
    static const struct flag flags[] = {
        {"CF", 0, 0},    {"", 1, 1},     {"PF", 2, 2},   {"AF", 4, 4},   {"ZF", 6, 6},
        {"SF", 7, 7},    {"TF", 8, 8},   {"IF", 9, 9},   {"DF", 10, 10}, {"OF", 11, 11},
        {"NT", 14, 14},  {"RF", 16, 16}, {"VM", 17, 17}, {"AC", 18, 18}, {"VIF", 19, 19},
        {"VIP", 20, 20}, {"ID", 21, 21},
    };
    put_flags(to, "i386_eflags", flags, sizeof flags / sizeof *flags);
}

// SDM vol. 1, 10.2.3
static void put_vectors(FILE *to)
{
    static const struct {
        const char *id, *type;
        unsigned count;
    } vectors[] = {{"v4f", "ieee_single", 4}, {"v2d", "ieee_double", 2}, {"v16i8", "int8", 16},
                   {"v8i16", "int16", 8},     {"v4i32", "int32", 4},     {"v2i64", "int64", 2}};
    static const struct flag flags[] = {
        {"IE", 0, 0},   {"DE", 1, 1},   {"ZE", 2, 2},   {"OE", 3, 3},   {"UE", 4, 4},
        {"PE", 5, 5},   {"DAZ", 6, 6},  {"IM", 7, 7},   {"DM", 8, 8},   {"ZM", 9, 9},
        {"OM", 10, 10}, {"UM", 11, 11}, {"PM", 12, 12}, {"FZ", 15, 15},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        fprintf(to, "<vector id=\"%s\" type=\"%s\" count=\"%u\"/>\n", vectors[i].id,
                vectors[i].type, vectors[i].count);
    fprintf(to, "<union id=\"vec128\">\n");
    static const char *const fields[][2] = {
        {"v4_float", "v4f"},   {"v2_double", "v2d"},  {"v16_int8", "v16i8"}, {"v8_int16", "v8i16"},
        {"v4_int32", "v4i32"}, {"v2_int64", "v2i64"}, {"uint128", "uint128"}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        fprintf(to, "<field name=\"%s\" type=\"%s\"/>\n", fields[i][0], fields[i][1]);
    fprintf(to, "</union>\n");
    put_flags(to, "i386_mxcsr", flags, sizeof flags / sizeof *flags);
}

static void put_register(FILE *to, const char *name, unsigned bits, const char *type,
                         const char *group, unsigned number)
{
    fprintf(to, "<reg name=\"%s\" bitsize=\"%u\" type=\"%s\" regnum=\"%u\"", name, bits, type,
            number);
    if (*group)
        fprintf(to, " group=\"%s\"", group);
    fprintf(to, "/>\n");
}

static void put_features(FILE *to, const struct cpu *cpu)
{
    bool open = false, there = false;
    unsigned n = 0;
#define FEATURE_BEGIN(name, condition)                                                             \
    if (open)                                                                                      \
        fprintf(to, "</feature>\n");                                                               \
    open = there = (condition);                                                                    \
    if (open) {                                                                                    \
        fprintf(to, "<feature name=\"%s\">\n", name);                                              \
        if (n == 0)                                                                                \
            put_eflags(to);                                                                        \
        else if (n == CORE_REGISTERS)                                                              \
            put_vectors(to);                                                                       \
    }
#define REGISTER(name, bits, type, group, kind, index)                                             \
    if (there)                                                                                     \
        put_register(to, name, bits, type, group, n++);
    enum { CORE_REGISTERS = 32 }; // gdb's own number: i386.core
#include "emu/gdb/registers.def"
#undef FEATURE_BEGIN
#undef REGISTER
    fprintf(to, "</feature>\n");
}

char *target_describe(const struct cpu *cpu)
{
    char *text = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    if (!to)
        return NULL;
    fprintf(to, "<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n"
                "<target version=\"1.0\">\n<architecture>i386</architecture>\n");
    put_features(to, cpu);
    fprintf(to, "</target>\n");
    if (fclose(to)) {
        free(text);
        return NULL;
    }
    return text;
}
