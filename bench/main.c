/* The words a bench program understands, and the rounds it runs. Both ports come here with their
 * words in argv. Exit status: 0 all right, 1 a word was not understood, 3 an answer was wrong. */
#include "bench/main.h"
#include "bench/calib.h"
#include "bench/clock.h"
#include "bench/freestanding.h"
#include "bench/line.h"
#include "bench/measure.h"
#include "bench/port/port.h"
#include "bench/processor.h"

#define MAIN_GLOBS      64u
#define MAIN_MAX_ROUNDS 100000u

struct main_words {
    bool list, quick, calibrate, host;
    uint32_t rounds, first_round, seed, min_us;
    const char *frozen, *disk, *make_disk;
    const char *glob[MAIN_GLOBS];
    uint32_t globs;
};

static int main_refuse(const char *what, const char *word)
{
    char text[200] = "";
    line_append(text, sizeof text, "tickbench: ");
    line_append(text, sizeof text, what);
    line_append(text, sizeof text, " '");
    line_append(text, sizeof text, word);
    line_append(text, sizeof text, "'");
    port_complain(text);
    return 1;
}

static bool main_parse_u32(const char *text, uint32_t most, uint32_t *out)
{
    uint32_t value = 0;
    if (!*text)
        return false;
    for (; *text; text++) {
        uint32_t digit = (uint32_t)(*text - '0');
        if (digit > 9 || value > (most - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

static bool main_frozen_is_valid(const char *text)
{
    if (strlen_u32(text) > catalogue_count)
        return false;
    for (; *text; text++)
        if (*text != '.' && (*text < 'a' || *text > 'z'))
            return false;
    return true;
}

static int main_parse(int argc, char **argv, struct main_words *w)
{
    for (int i = 0; i < argc; i++) {
        const char *word = argv[i];
        const struct {
            const char *word;
            uint32_t *value;
            uint32_t most;
        } number[] = {{"--rounds", &w->rounds, MAIN_MAX_ROUNDS},
                      {"--round", &w->first_round, 1u << 30},
                      {"--seed", &w->seed, 0xFFFFFFFFu},
                      {"--min-us", &w->min_us, 60000000u}};
        const bool takes_value = !strcmp(word, "-t") || !strcmp(word, "--n") ||
                                 !strcmp(word, "--rounds") || !strcmp(word, "--round") ||
                                 !strcmp(word, "--seed") || !strcmp(word, "--min-us") ||
                                 !strcmp(word, "--disk") || !strcmp(word, "--make-disk");
        if (takes_value && i + 1 == argc)
            return main_refuse("no value after", word);
        if (!strcmp(word, "--list")) {
            w->list = true;
        } else if (!strcmp(word, "--quick")) {
            w->quick = true;
        } else if (!strcmp(word, "--calibrate")) {
            w->calibrate = true;
        } else if (!strcmp(word, "--host")) {
            w->host = true;
        } else if (!strcmp(word, "-t")) {
            if (w->globs == MAIN_GLOBS)
                return main_refuse("too many patterns at", argv[i + 1]);
            w->glob[w->globs++] = argv[++i];
        } else if (!strcmp(word, "--disk")) {
            w->disk = argv[++i];
        } else if (!strcmp(word, "--make-disk")) {
            w->make_disk = argv[++i];
        } else if (!strcmp(word, "--n")) {
            w->frozen = argv[++i];
            if (!main_frozen_is_valid(w->frozen))
                return main_refuse("--n takes one letter a-z or . per test of this catalogue, not",
                                   w->frozen);
        } else if (takes_value) {
            for (uint32_t k = 0; k < sizeof number / sizeof number[0]; k++)
                if (!strcmp(word, number[k].word) &&
                    !main_parse_u32(argv[i + 1], number[k].most, number[k].value))
                    return main_refuse("not a number in range:", argv[i + 1]);
            i++;
        } else {
            return main_refuse("unknown word", word);
        }
    }
    return 0;
}

static bool main_is_selected(const struct main_words *w, const char *name)
{
    bool any_positive = false, wanted = false;
    for (uint32_t i = 0; i < w->globs; i++) {
        const char *glob = w->glob[i];
        if (*glob == '~') {
            if (catalogue_match_glob(glob + 1, name))
                return false;
        } else {
            any_positive = true;
            wanted |= catalogue_match_glob(glob, name);
        }
    }
    return wanted || !any_positive;
}

static void main_print_hello(uint32_t tsc_khz)
{
    char vendor[13], brand[49], hypervisor[13];
    clock_read_identity(vendor, brand, hypervisor);
    line_open("hello");
    line_put_u64("v", 1);
    line_put_str("port", port_name);
    line_put_hex("catalogue", catalogue_sha, 32);
    line_put_u64("tests", catalogue_count);
    line_put_u64("tsc_khz", tsc_khz);
    line_put_str("vendor", vendor);
    line_put_str("brand", brand);
    line_put_str("hypervisor", hypervisor);
    line_put_u64("lfence", clock_has_lfence);
    line_put_u64("rdtscp", clock_has_rdtscp);
    line_close();
}

static uint32_t main_khz(uint64_t us, uint64_t tsc)
{
    /* tsc * 1000 / us; both under 2^42 here */
    return us && !(us >> 32) ? (uint32_t)div_u64_u32(tsc * 1000, (uint32_t)us, NULL) : 0;
}

/* A guest's own clock against its timer chip, between lines that the collector stamps with the
 * host's clock. */
static uint32_t main_judge_clock(void)
{
    uint64_t us, tsc;
    line_open("begin");
    line_put_str("test", "@clock");
    line_close();
    port_measure_clock(200000, &us, &tsc);
    line_open("end");
    line_put_str("test", "@clock");
    line_close();
    line_open("clock");
    line_put_milli("pit_ms", (uint32_t)us);
    line_put_u64("tsc", tsc);
    line_close();
    return main_khz(us, tsc);
}

/* A shuffle from the seed for even rounds, and its reverse for the odd round that follows. */
static void main_order_round(const struct main_words *w, uint32_t round, uint32_t *order,
                             uint32_t count)
{
    uint32_t state = (w->seed ^ ((round & ~1u) + 1) * 0x9E3779B9u) | 1;
    for (uint32_t i = count; i > 1; i--) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        uint32_t j = state % i, swap = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swap;
    }
    for (uint32_t i = 0; round & 1 && i < count / 2; i++) {
        uint32_t swap = order[i];
        order[i] = order[count - 1 - i];
        order[count - 1 - i] = swap;
    }
}

static uint32_t main_run_rounds(const struct main_words *w, uint32_t *samples)
{
    static int shift[CATALOGUE_MAX];
    static uint32_t order[CATALOGUE_MAX];
    static const char *const need_word[32] = {
#define NEED(id, bit, word) [bit] = "needs " word,
#include "bench/needs.def"
#undef NEED
    };
    const uint32_t have = port_needs() | clock_cpu_needs();
    if (port_memory_note)
        line_note(NULL, port_memory_note);
    if (port_disk_note)
        line_note(NULL, port_disk_note);
    uint32_t wrong = 0, frozen_len = w->frozen ? strlen_u32(w->frozen) : 0;
    bool usable[CATALOGUE_MAX];

    for (uint32_t i = 0; i < catalogue_count; i++) {
        const struct test *t = catalogue[i].test;
        shift[i] = i < frozen_len && w->frozen[i] != '.' ? w->frozen[i] - 'a' : -1;
        usable[i] = main_is_selected(w, t->name);
        for (uint32_t bit = 0; bit < 32 && usable[i]; bit++)
            if (t->needs & ~have & 1u << bit) {
                usable[i] = false;
                line_open("skip");
                line_put_str("test", t->name);
                line_put_str("why", need_word[bit]);
                line_close();
            }
    }
    for (uint32_t round = w->first_round; round < w->first_round + w->rounds; round++) {
        uint32_t count = 0;
        for (uint32_t i = 0; i < catalogue_count; i++)
            if (usable[i])
                order[count++] = i;
        main_order_round(w, round, order, count);
        for (uint32_t i = 0; i < count; i++) {
            wrong += measure_sample(&catalogue[order[i]], round, &shift[order[i]]);
            ++*samples;
        }
    }
    return wrong;
}

int bench_main(int argc, char **argv)
{
    struct main_words w = {.rounds = 5, .seed = 1};
    uint32_t samples = 0, wrong = 0;
    uint64_t us, tsc;

    clock_init();
    catalogue_init();
    int status = main_parse(argc, argv, &w);
    if (status)
        return status;
    const char *why = w.make_disk ? port_make_disk(w.make_disk) : NULL;
    if (!why && w.disk)
        why = port_open_disk(w.disk);
    if (why) {
        char text[400] = "tickbench: ";
        line_append(text, sizeof text, why);
        port_complain(text);
        return 1;
    }
    if (w.make_disk && !w.disk)
        return 0;
    if (w.quick && w.rounds == 5)
        w.rounds = 3;
    if (!w.min_us)
        w.min_us = port_is_guest ? (w.quick ? 12000 : 50000) : (w.quick ? 500 : 2000);

    port_measure_clock(w.list ? 2000 : 20000, &us, &tsc);
    uint32_t tsc_khz = main_khz(us, tsc);
    main_print_hello(tsc_khz);
    if (w.list) {
        catalogue_print();
        line_bye(0);
        return 0;
    }
    if (w.host) {
        processor_print(tsc_khz);
        line_bye(0);
        return 0;
    }
    if (port_is_guest)
        tsc_khz = main_judge_clock();
    calib_init(tsc_khz);
    if (w.calibrate) {
        struct calib c;
        calib_measure(&c);
        calib_print(&c, tsc_khz);
    } else {
        measure_init(&(struct measure_settings){
            .tsc_khz = tsc_khz, .min_us = w.min_us, .seed = w.seed, .test_linearity = !w.quick});
        wrong = main_run_rounds(&w, &samples);
    }
    line_bye(samples);
    return wrong ? 3 : 0;
}
