// See model.h; the tables are models.def and features.def.
#include "emu/cpu/model.h"

#include <cpuid.h>
#include <ctype.h>
#include <stdarg.h>
#include <string.h>

#include "emu/fpu/host.h"
#include "emu/nearest.h"

enum model_number {
    MODEL_NONE,
#define MODEL(name, ...) MODEL_##name,
#define NOT_YET(feature)
#define NEEDS(feature, other)
#include "emu/cpu/models.def"
#undef MODEL
    MODEL_COUNT
};

static const struct model_row {
    const char *name;
    unsigned parent;
    const char *vendor;
    uint32_t signature, basic, extended;
    unsigned phys_bits, l2_kbytes;
    const char *brand, *features;
} rows[MODEL_COUNT] = {
#define MODEL(name, option, parent, ...) [MODEL_##name] = {option, MODEL_##parent, __VA_ARGS__},
#include "emu/cpu/models.def"
#undef MODEL
};

static const char *const feature_names[FEATURE_COUNT] = {
#define FEATURE(name, leaf, subleaf, output, bit, option) option,
#include "emu/cpu/features.def"
#undef FEATURE
};

static const uint32_t feature_leaves[FEATURE_COUNT] = {
#define FEATURE(name, leaf, subleaf, output, bit, option) leaf,
#include "emu/cpu/features.def"
#undef FEATURE
};

#undef NOT_YET
#undef NEEDS
#define MODEL(...)
static const uint8_t not_yet[] = {
#define NOT_YET(feature) FEATURE_##feature,
#define NEEDS(feature, other)
#include "emu/cpu/models.def"
#undef NOT_YET
#undef NEEDS
};
static const struct {
    uint8_t feature, other;
} needs[] = {
#define NOT_YET(feature)
#define NEEDS(feature, other) {FEATURE_##feature, FEATURE_##other},
#include "emu/cpu/models.def"
#undef NOT_YET
#undef NEEDS
};
#undef MODEL
enum { NEEDS_COUNT = sizeof needs / sizeof *needs };

struct text {
    char *to;
    size_t bytes;
};

__attribute__((format(printf, 2, 3))) static int refuse(struct text why, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(why.to, why.bytes, format, args);
    va_end(args);
    return -1;
}

// --- features ---

static int find_feature(const char *name, size_t length)
{
    for (unsigned i = 0; i < FEATURE_COUNT; i++)
        if (strlen(feature_names[i]) == length && memcmp(feature_names[i], name, length) == 0)
            return (int)i;
    return -1;
}

static void add_with_needs(struct cpu_features *f, unsigned feature)
{
    features_set(f, (enum cpu_feature)feature, true);
    for (unsigned i = 0; i < NEEDS_COUNT; i++)
        if (needs[i].feature == feature && !features_has(f, (enum cpu_feature)needs[i].other))
            add_with_needs(f, needs[i].other);
}

// Take away whatever lacks something that it needs.
static void settle_needs(struct cpu_features *f)
{
    bool changed = true;
    while (changed) {
        changed = false;
        for (unsigned i = 0; i < NEEDS_COUNT; i++) {
            enum cpu_feature feature = (enum cpu_feature)needs[i].feature;
            if (features_has(f, feature) && !features_has(f, (enum cpu_feature)needs[i].other)) {
                features_set(f, feature, false);
                changed = true;
            }
        }
    }
}

static bool is_not_yet(unsigned feature)
{
    for (unsigned i = 0; i < sizeof not_yet; i++)
        if (not_yet[i] == feature)
            return true;
    return false;
}

static void without_not_yet(struct cpu_features *f)
{
    for (unsigned i = 0; i < sizeof not_yet; i++)
        features_set(f, (enum cpu_feature)not_yet[i], false);
}

static void add_words(struct cpu_features *f, const char *words)
{
    while (*words) {
        size_t n = strcspn(words, " ");
        int feature = find_feature(words, n);
        if (feature >= 0)
            features_set(f, (enum cpu_feature)feature, true);
        words += n + (words[n] == ' ');
    }
}

// --- models ---

static void host_name(struct cpu_model *m)
{
    uint32_t r[4], words[12];
    if (__get_cpuid(0, &r[0], &r[1], &r[2], &r[3])) {
        memcpy(m->vendor, &r[1], 4);
        memcpy(m->vendor + 4, &r[3], 4);
        memcpy(m->vendor + 8, &r[2], 4);
    }
    if (__get_cpuid(1, &r[0], &r[1], &r[2], &r[3]))
        m->signature = r[0];
    for (unsigned i = 0; i < 3; i++)
        if (!__get_cpuid(0x80000002 + i, &words[4 * i], &words[4 * i + 1], &words[4 * i + 2],
                         &words[4 * i + 3]))
            return;
    memcpy(m->brand, words, 48);
}

static void build(enum model_number number, struct cpu_model *m)
{
    const struct model_row *row = &rows[number];
    *m = (struct cpu_model){.name = row->name,
                            .signature = row->signature,
                            .basic = row->basic,
                            .extended = row->extended ? 0x80000000u + row->extended : 0,
                            .phys_bits = row->phys_bits,
                            .l2_kbytes = row->l2_kbytes};
    memcpy(m->vendor, row->vendor, 12);
    snprintf(m->brand, sizeof m->brand, "%s", row->brand);
    if (number == MODEL_MAX) {
        m->features = features_all();
    } else if (number == MODEL_HOST) {
        m->features = features_host();
        host_name(m);
    }
    for (unsigned i = number; i != MODEL_NONE; i = rows[i].parent)
        add_words(&m->features, rows[i].features);
    without_not_yet(&m->features);
}

static int find_model(const char *name, size_t length, struct text why)
{
    const char *near = "";
    unsigned best = NEAREST_FAR;
    char word[32];
    snprintf(word, sizeof word, "%.*s", (int)length, name);
    for (char *c = word; *c; c++) // QEMU's have capitals
        *c = (char)tolower((unsigned char)*c);
    for (int i = 1; i < MODEL_COUNT; i++) {
        unsigned d = nearest_distance(rows[i].name, word);
        if (d == 0)
            return i;
        if (d < best) {
            best = d;
            near = rows[i].name;
        }
    }
    return refuse(why, "-cpu: no model '%s'; the nearest is '%s' (see -cpu help)", word, near);
}

static int unknown_feature(const char *word, struct text why)
{
    const char *near = "";
    unsigned best = NEAREST_FAR;
    for (unsigned i = 0; i < FEATURE_COUNT; i++) {
        unsigned d = nearest_distance(feature_names[i], word);
        if (d < best) {
            best = d;
            near = feature_names[i];
        }
    }
    return refuse(why, "-cpu: no feature '%s'; the nearest is '%s' (see -cpu help)", word, near);
}

// One of "+avx", "-avx", "avx", "avx=on", "avx=off".
static int apply_word(struct cpu_features *f, const char *word, struct text why)
{
    char name[32];
    bool on = *word != '-';
    if (*word == '+' || *word == '-')
        word++;
    size_t n = strcspn(word, "=");
    snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name - 1), word);
    if (word[n] == '=') {
        const char *value = word + n + 1;
        if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0)
            return refuse(why, "-cpu: %s is on or off, not '%s'", name, value);
        on = strcmp(value, "on") == 0;
    }
    int feature = find_feature(name, strlen(name));
    if (feature < 0)
        return unknown_feature(name, why);
    if (on && is_not_yet((unsigned)feature))
        return refuse(why, "-cpu: %s is not supported yet", name);
    if (on) {
        add_with_needs(f, (unsigned)feature);
    } else {
        features_set(f, (enum cpu_feature)feature, false);
        settle_needs(f);
    }
    return 0;
}

// What the host cannot execute goes, with what needs it. A list of it into `note`.
static void limit_to_host(struct cpu_features *f, struct text note)
{
    struct cpu_features before = *f;
    fpu_host_limit(f);
    settle_needs(f);
    size_t n = 0;
    for (unsigned i = 0; i < FEATURE_COUNT; i++)
        if (features_has(&before, (enum cpu_feature)i) && !features_has(f, (enum cpu_feature)i) &&
            n < note.bytes) {
            int put = snprintf(note.to + n, note.bytes - n, " %s", feature_names[i]);
            n += put > 0 ? (size_t)put : 0;
        }
}

// Leaves and widths follow from the features.
static void finish(struct cpu_model *m)
{
    settle_needs(&m->features);
    for (unsigned i = 0; i < FEATURE_COUNT; i++) {
        uint32_t leaf = feature_leaves[i];
        if (!features_has(&m->features, (enum cpu_feature)i) || !leaf)
            continue;
        if (leaf < 0x80000000 && m->basic < leaf)
            m->basic = leaf;
        if (leaf >= 0x80000000 && m->extended < 0x80000008)
            m->extended = 0x80000008;
    }
    if (!features_has(&m->features, FEATURE_PAE))
        m->phys_bits = 32;
    else if (m->phys_bits < 36)
        m->phys_bits = 36;
}

int model_parse(const char *text, struct cpu_model *m, char *why, char *note, size_t whylen)
{
    struct text reason = {why, whylen}, taken = {note, whylen};
    size_t n = strcspn(text, ",");
    int number = find_model(text, n, reason);
    if (number < 0)
        return -1;
    build((enum model_number)number, m);
    settle_needs(&m->features);
    note[0] = 0;
    if (number != MODEL_MAX && number != MODEL_HOST)
        limit_to_host(&m->features, taken);
    else
        fpu_host_limit(&m->features);
    for (text += n; *text == ',';) {
        char word[64];
        n = strcspn(++text, ",");
        if (n >= sizeof word)
            return refuse(reason, "-cpu: '%.*s' is no feature", (int)n, text);
        memcpy(word, text, n);
        word[n] = 0;
        text += n;
        if (n && apply_word(&m->features, word, reason) < 0)
            return -1;
    }
    struct cpu_features asked = m->features;
    const char *missing = fpu_host_limit(&m->features);
    if (missing && memcmp(&asked, &m->features, sizeof asked) != 0)
        return refuse(reason, "-cpu: this host cannot execute %s", missing);
    finish(m);
    return 0;
}

const struct cpu_model *model_default(void)
{
    static struct cpu_model m;
    if (!m.name) {
        struct cpu_model made;
        build(MODEL_MAX, &made);
        fpu_host_limit(&made.features);
        finish(&made);
        m = made;
    }
    return &m;
}

void model_print_help(FILE *to)
{
    fprintf(to, "-cpu MODEL[,+feature][,-feature]...; models, each with what it adds:\n");
    for (unsigned i = 1; i < MODEL_COUNT; i++) {
        fprintf(to, "  %-9s", rows[i].name);
        if (rows[i].parent != MODEL_NONE)
            fprintf(to, " %s and", rows[rows[i].parent].name);
        fprintf(to, " %s\n",
                i == MODEL_MAX ? "everything that this emulator and this host can do (the default)"
                : i == MODEL_HOST ? "what this host's processor has of that, and its name"
                                  : rows[i].features);
    }
    fprintf(to, "features:");
    for (unsigned i = 0; i < FEATURE_COUNT; i++)
        fprintf(to, "%s%s%s", i % 10 ? " " : "\n  ", feature_names[i],
                is_not_yet(i) ? "(not yet)" : "");
    fprintf(to, "\n");
}
