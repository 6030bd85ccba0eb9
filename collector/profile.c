/* profile.c: see profile.h. */
#include "collector/profile.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX   (256 << 20)
#define BLOCKS_MAX 100000
#define INSNS_MAX  4096
#define CODE_MAX   (1 << 20)

const char *const profile_stage_names[PROFILE_STAGES] = {
    "decode", "translate", "link",   "dispatch", "execute", "mmu",
    "helper", "irq",       "device", "smc",      "idle"};
const char *const profile_stage_items[PROFILE_STAGES] = {"instruction decoded",
                                                         "instruction translated",
                                                         "link patched",
                                                         "block lookup",
                                                         "guest instruction",
                                                         "slow access",
                                                         "instruction by C",
                                                         "interrupt",
                                                         "device access",
                                                         "block killed",
                                                         "sleep"};

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    double n = json_number_value(value);
    return isfinite(n) && n > 0 ? n : 0;
}

static uint32_t small(const json_t *object, const char *key)
{
    double n = number(object, key);
    return n <= UINT32_MAX ? (uint32_t)n : 0;
}

static void text(const json_t *object, const char *key, char *to, size_t room)
{
    const char *value = json_string_value(json_object_get(object, key));
    snprintf(to, room, "%s", value ? value : "");
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* NULL when it is absent or no hex. */
static uint8_t *take_hex(const json_t *value, size_t *bytes)
{
    const char *digits = json_string_value(value);
    size_t n = digits ? strlen(digits) / 2 : 0;
    uint8_t *to = n && n <= CODE_MAX ? malloc(n) : NULL;
    for (size_t i = 0; to && i < n; i++) {
        int high = hex_digit(digits[2 * i]), low = hex_digit(digits[2 * i + 1]);
        if (high < 0 || low < 0) {
            free(to);
            return NULL;
        }
        to[i] = (uint8_t)(high << 4 | low);
    }
    *bytes = to ? n : 0;
    return to;
}

static void add_stages(struct profile_sum *sums, const json_t *stages)
{
    for (size_t k = 0; k < PROFILE_STAGES; k++) {
        const json_t *stage = json_object_get(stages, profile_stage_names[k]);
        sums[k].clk += number(stage, "clk");
        sums[k].entries += number(stage, "entries");
        sums[k].items += number(stage, "items");
        sums[k].bytes += number(stage, "bytes");
    }
}

static void take_stages(struct profile *p)
{
    const json_t *intervals = json_object_get(p->root, "intervals");
    size_t i;
    json_t *interval;
    json_array_foreach(intervals, i, interval)
    {
        add_stages(p->stages, json_object_get(interval, "stages"));
        p->insns += number(interval, "insns");
    }
    p->of_intervals = json_array_size(intervals) > 0;
    if (!p->of_intervals) {
        add_stages(p->stages, json_object_get(p->root, "stages"));
        p->insns = number(p->root, "insns");
    }
    for (size_t k = 0; k < PROFILE_STAGES; k++)
        p->clk += p->stages[k].clk;
}

static void take_insns(struct profile_block *b, const json_t *list)
{
    size_t n = json_array_size(list);
    b->insn = n && n <= INSNS_MAX ? calloc(n, sizeof *b->insn) : NULL;
    for (size_t i = 0; b->insn && i < n; i++) {
        const json_t *from = json_array_get(list, i);
        b->insn[i] = (struct profile_insn){.guest = small(from, "guest"),
                                           .host = small(from, "host"),
                                           .clk = number(from, "clk"),
                                           .c_clk = number(from, "c_clk"),
                                           .exits = number(from, "exits")};
    }
    b->insn_count = b->insn ? n : 0;
}

static void take_block(struct profile_block *b, const json_t *from)
{
    const json_t *stages = json_object_get(from, "stages");
    *b = (struct profile_block){.linear = small(from, "linear"),
                                .phys = small(from, "phys"),
                                .mode = (int)(small(from, "mode") & 0xff),
                                .translated = json_object_get(from, "execs") != NULL,
                                .clk = number(from, "clk"),
                                .samples = number(from, "samples"),
                                .execs = number(from, "execs"),
                                .exits = number(from, "exits"),
                                .translations = number(from, "translations_in"),
                                .kills = number(from, "kills"),
                                .insns = number(from, "insns")};
    for (size_t k = 0; k < PROFILE_STAGES; k++)
        b->stages[k] = number(stages, profile_stage_names[k]);
    b->guest = take_hex(json_object_get(from, "guest"), &b->guest_bytes);
    b->host = take_hex(json_object_get(from, "host"), &b->host_bytes);
    if (!b->host)
        b->host_bytes = small(from, "host_bytes");
    take_insns(b, json_object_get(from, "insn"));
}

static int take_hot(struct profile *p, const json_t *hot)
{
    const json_t *blocks = json_object_get(hot, "blocks");
    size_t n = json_array_size(blocks);
    if (!json_is_array(blocks) || n > BLOCKS_MAX)
        return -1;
    p->has_blocks = 1;
    p->clk_elsewhere = number(hot, "clk_elsewhere");
    p->period_us = number(hot, "period_us");
    for (size_t k = 0; k < PROFILE_STAGES; k++)
        p->samples += number(json_object_get(hot, "samples"), profile_stage_names[k]);
    p->blocks = calloc(n + 1, sizeof *p->blocks);
    if (!p->blocks)
        return -1;
    for (size_t i = 0; i < n; i++)
        take_block(&p->blocks[p->block_count++], json_array_get(blocks, i));
    return 0;
}

int profile_load(const char *path, struct profile *profile, char *err, size_t errlen)
{
    struct stat st;
    json_error_t error;
    memset(profile, 0, sizeof *profile);
    if (stat(path, &st) == 0 && st.st_size > FILE_MAX) {
        snprintf(err, errlen, "%.500s: %lld MiB are more than a profile has", path,
                 (long long)st.st_size >> 20);
        return -1;
    }
    profile->root = json_load_file(path, 0, &error);
    if (!profile->root) {
        snprintf(err, errlen, "%.500s: %.150s", path, error.text);
        return -1;
    }
    const json_t *hot = json_object_get(profile->root, "hot");
    text(profile->root, "engine", profile->engine, sizeof profile->engine);
    text(profile->root, "test", profile->test, sizeof profile->test);
    text(profile->root, "version", profile->version, sizeof profile->version);
    text(profile->root, "env", profile->env, sizeof profile->env);
    text(profile->root, "build", profile->build, sizeof profile->build);
    profile->ops = number(profile->root, "ops");
    take_stages(profile);
    if (!json_is_object(json_object_get(profile->root, "stages")) || profile->clk <= 0 ||
        (hot && take_hot(profile, hot) < 0)) {
        snprintf(err, errlen, "%.500s: not what tickmark-emu writes with --stats or --hot", path);
        profile_free(profile);
        return -1;
    }
    return 0;
}

void profile_free(struct profile *profile)
{
    for (size_t i = 0; i < profile->block_count; i++) {
        free(profile->blocks[i].guest);
        free(profile->blocks[i].host);
        free(profile->blocks[i].insn);
    }
    free(profile->blocks);
    json_decref(profile->root);
    memset(profile, 0, sizeof *profile);
}

const char *profile_unit(const struct profile *profile)
{
    return profile->ops > 0 ? "op" : "insn";
}

double profile_units(const struct profile *profile)
{
    return profile->ops > 0 ? profile->ops : profile->insns > 0 ? profile->insns : 1;
}
