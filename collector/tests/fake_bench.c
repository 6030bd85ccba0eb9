/* fake_bench.c: a bench program for tests of the collector: speaks the line protocol with known
 * figures, natively and as a guest (with -append, in place of an emulator), and has tests that
 * crash, hang, lie and babble.
 *
 * Figures: test k of the good ones costs 1 + k core clocks per operation, exactly: the core runs
 * at 1.5 x the time stamp counter.  A file `slow` beside the program has lines "test factor": so
 * many times that cost, and with factor 0 a wrong answer; FAKE_SLOW is such a line.  FAKE_SLEEP_US
 * in the environment is the time per sample (default 0), FAKE_BURN_US the processor time of each of
 * its intervals, FAKE_MUTATE has lines damaged, FAKE_ROUND
 * limits what the bad tests do to that round. */
#include "collector/digest.h"
#include "collector/option.h"
#include "collector/stamp.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TSC_KHZ  2000000
#define CORE_KHZ 3000000
#define OPS      16

static const char *const names[] = {
    "good.a",       "good.b",        "good.c",    "good.d",         "good.e",       "good.f",
    "good.g/64",    "good.h/4096",   "bad.crash", "bad.crash_mute", "bad.hang",     "bad.hang_mute",
    "bad.wrong",    "bad.flood",     "bad.notes", "bad.garbage",    "bad.negative", "bad.twice",
    "bad.code",     "bad.n",         "bad.skip",  "bad.truncate",   "bad.sum",      "bad.stranger",
    "bad.no_times", "bad.long_line", "bad.again", "bad.silent",     "bad.spread",   "bad.exit",
    "bad.seesaw"};
#define NAMES (sizeof names / sizeof *names)

static uint32_t sum;
static int is_guest, clock_scaled;
static const char *stats_path;
static char slow_path[4096];
static struct {
    long id;
    long long clk;
} intervals[4096];
static size_t interval_count;

/* FAKE_MUTATE=SEED: one line in four has a number at an edge, a byte that differs, or an end that
 * comes too early.  The sum is that of the line as it was meant. */
static uint64_t mutation;

static unsigned mutation_below(unsigned n)
{
    mutation = mutation * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(mutation >> 33) % n;
}

static void mutate(char *text, size_t room)
{
    static const char *const edges[] = {"0",
                                        "-1",
                                        "9223372036854775807",
                                        "-9223372036854775808",
                                        "18446744073709551616",
                                        "1e308",
                                        "-1e-308",
                                        "null",
                                        "\"\"",
                                        "[]",
                                        "4294967296",
                                        "0.5"};
    char copy[4096], *at = text;
    unsigned numbers = 0, k = 0;
    if (mutation_below(4))
        return;
    if (mutation_below(4) == 0) {
        text[mutation_below((unsigned)strlen(text))] = (char)mutation_below(256);
        return;
    }
    for (const char *c = text; *c; c++)
        numbers += c[0] == ':' && strchr("-0123456789", c[1]) != NULL;
    unsigned which = mutation_below(numbers + 1);
    for (; *at; at++)
        if (at[0] == ':' && strchr("-0123456789", at[1]) && k++ == which)
            break;
    if (!*at) {
        text[mutation_below((unsigned)strlen(text))] = 0;
        return;
    }
    snprintf(copy, sizeof copy, "%s", at + 1 + strspn(at + 1, "-+.0123456789e"));
    snprintf(at + 1, room - (size_t)(at + 1 - text), "%s%s",
             edges[mutation_below(sizeof edges / sizeof *edges)], copy);
}

static void line(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void line(const char *format, ...)
{
    char text[4096];
    va_list ap;
    va_start(ap, format);
    int bytes = vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    sum = digest_crc32(sum, text, (size_t)bytes);
    sum = digest_crc32(sum, "\n", 1);
    if (mutation)
        mutate(text, sizeof text);
    printf("%s%s", text, is_guest ? "\r\n" : "\n");
    fflush(stdout);
}

static void code_of(const char *name, char hex[DIGEST_HEX])
{
    digest_text(name, hex);
}

static long marker_of(const char *name)
{
    return (long)(digest_crc32(0, name, strlen(name)) & 0xFFFFFF);
}

static int is(const char *name, const char *what)
{
    return !strcmp(name, what);
}

static void sleep_us(long us)
{
    if (us > 0)
        usleep((useconds_t)us);
}

static void burn_us(long us)
{
    struct timespec used, end;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    end.tv_nsec += us * 1000;
    end.tv_sec += end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    do {
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    } while (used.tv_sec < end.tv_sec || (used.tv_sec == end.tv_sec && used.tv_nsec < end.tv_nsec));
}

static void hang(void)
{
    for (;;)
        pause();
}

static void edge(const char *event, const char *name, const char *code, long round, long long n)
{
    line("@tm {\"ev\":\"%s\",\"test\":\"%s\",\"code\":\"%s\",\"round\":%ld,\"n\":%lld}", event,
         name, code, round, n);
}

/* What happens before the first begin line. */
static void misbehave_before(const char *name)
{
    if (is(name, "bad.crash_mute"))
        abort();
    if (is(name, "bad.hang_mute"))
        hang();
    if (is(name, "bad.exit"))
        exit(7);
}

/* What happens inside the timed interval. */
static void misbehave_within(const char *name, const char *code, long round)
{
    if (is(name, "bad.crash"))
        abort();
    if (is(name, "bad.hang"))
        hang();
    if (is(name, "bad.flood"))
        for (;;)
            printf("all work and no play makes a dull guest ");
    if (is(name, "bad.notes"))
        for (;;)
            line("@tm {\"ev\":\"note\",\"text\":\"still here\"}");
    while (is(name, "bad.seesaw")) {
        printf("@tm {\"ev\":\"begin\",\"test\":\"good.a\",\"n\":1}\n"); /* one write with the next
                                                                           line */
        edge("begin", name, code, round, 1);
        sleep_us(100);
    }
    if (is(name, "bad.garbage"))
        for (int i = 0; i < 5000; i++)
            putchar((i * 7919) & 255);
    if (is(name, "bad.garbage"))
        printf("\n@tm {\"ev\":\n@tm [1,2]\n@tm \n@tm {\"ev\":17}\n");
    if (is(name, "bad.long_line")) {
        printf("@tm {\"ev\":\"note\",\"text\":\"");
        for (int i = 0; i < 100000; i++)
            putchar('a');
        printf("\"}\n");
    }
}

static double factor_of(const char *name)
{
    char word[80];
    double factor = 1, found;
    FILE *in = slow_path[0] ? fopen(slow_path, "r") : NULL;
    while (in && fscanf(in, "%79s %lf", word, &found) == 2)
        factor = is(word, name) ? found : factor;
    if (in)
        fclose(in);
    const char *text = getenv("FAKE_SLOW"); /* one line of it */
    if (text && sscanf(text, "%79s %lf", word, &found) == 2 && is(word, name))
        factor = found;
    return factor;
}

static void sample(size_t index, long round, long long n, int *samples)
{
    const char *name = names[index];
    char code[DIGEST_HEX];
    const char *only = getenv("FAKE_ROUND"), *slow = getenv("FAKE_SLEEP_US"),
               *burn = getenv("FAKE_BURN_US");
    int bad = !only || atol(only) == round;
    double factor = factor_of(name);
    int wrong = is(name, "bad.wrong") || factor == 0;
    double per_op = (1 + (double)index) * TSC_KHZ / CORE_KHZ * (factor > 0 ? factor : 1);
    code_of(name, code);
    if (is(name, "bad.skip")) {
        line("@tm {\"ev\":\"skip\",\"test\":\"%s\",\"why\":\"needs ring0\"}", name);
        return;
    }
    if (is(name, "bad.silent"))
        return;
    if (bad)
        misbehave_before(name);
    for (int k = 0; k < 2; k++) {
        edge("begin", name, code, round, n << k);
        sleep_us((slow ? atol(slow) : 0) / 2);
        if (burn)
            burn_us(atol(burn));
        if (bad)
            misbehave_within(name, code, round);
        intervals[interval_count].id = marker_of(name);
        intervals[interval_count++ % 4096].clk = (long long)(per_op * (double)((n << k) * OPS));
        edge("end", name, code, round, n << k);
    }
    long long overhead = 1000 + 10 * round, t1 = (long long)(per_op * (double)(n * OPS)) + overhead,
              t2 = (long long)(per_op * (double)(2 * n * OPS)) + overhead;
    if (is(name, "bad.negative"))
        t2 = t1 - 5000;
    if (is(name, "bad.spread"))
        t2 += (long long)((double)(t2 - t1) * 0.5 * (double)((round * 7919) % 10) / 10);
    if (is(name, "bad.code"))
        memset(code, 'e', DIGEST_HEX - 1);
    if (is(name, "bad.stranger"))
        line("@tm "
             "{\"ev\":\"sample\",\"test\":\"no.such\",\"code\":\"%s\",\"round\":%ld,\"n\":1,\"t1\":"
             "1,"
             "\"t2\":2,\"cal\":[1,1],\"flags\":0,\"check\":\"ok\"}",
             code, round);
    if (is(name, "bad.no_times")) {
        line("@tm "
             "{\"ev\":\"sample\",\"test\":\"%s\",\"code\":\"%s\",\"round\":%ld,\"n\":%lld,"
             "\"check\":\"ok\"}",
             name, code, round, n);
        return;
    }
    for (int k = 0; k < (is(name, "bad.twice") ? 2 : 1); k++)
        line("@tm "
             "{\"ev\":\"sample\",\"test\":\"%s\",\"code\":\"%s\",\"id\":%ld,\"round\":%ld,\"n\":%"
             "lld,"
             "\"t1\":%lld,\"t2\":%lld,\"cal\":[%d,%d],\"flags\":0,\"check\":\"%s\"%s,\"colour\":"
             "\"blue\"}",
             name, code, marker_of(name), round, is(name, "bad.n") ? 0 : n, t1, t2, CORE_KHZ,
             CORE_KHZ, wrong ? "wrong" : "ok", wrong ? ",\"answer\":\"00\",\"want\":\"2a\"" : "");
    ++*samples;
    if (is(name, "bad.truncate")) {
        printf("@tm {\"ev\":\"sample\",\"test\":\"good.a\",\"co");
        fflush(stdout);
        exit(0);
    }
}

static void list(void)
{
    for (size_t i = 0; i < NAMES; i++) {
        char code[DIGEST_HEX], family[16] = "";
        code_of(names[i], code);
        memcpy(family, names[i], strcspn(names[i], "."));
        line("@tm "
             "{\"ev\":\"test\",\"name\":\"%s\",\"family\":\"%s\",\"alias\":\"\",\"title\":\"fake "
             "%zu\","
             "\"ops\":%d,\"kind\":\"%s\",\"code\":\"%s\",\"needs\":[],\"id\":%ld,\"index\":%zu}",
             names[i], family, i, OPS, is(names[i], "bad.spread") ? "spread" : "floor", code,
             marker_of(names[i]), i);
    }
}

static void judge_clock(void)
{
    line("@tm {\"ev\":\"begin\",\"test\":\"@clock\"}");
    struct stamp a = stamp_now();
    usleep(60000);
    struct stamp b = stamp_now();
    line("@tm {\"ev\":\"end\",\"test\":\"@clock\"}");
    double pit_ms = (double)(b.at_ns - a.at_ns) / 1e6;
    line("@tm {\"ev\":\"clock\",\"pit_ms\":%.3f,\"tsc\":%lld}", pit_ms,
         (long long)(pit_ms * TSC_KHZ) * (clock_scaled ? 3 : 1));
}

static void write_stats(void)
{
    FILE *out = stats_path ? fopen(stats_path, "w") : NULL;
    if (!out)
        return;
    fprintf(out,
            "{\"v\":1,\"engine\":\"fake\",\"clk\":1,\"insns\":1,\"stages\":{},\"intervals\":[");
    for (size_t i = 0; i < interval_count && i < 4096; i++)
        fprintf(out,
                "%s{\"test\":%ld,\"clk\":%lld,\"insns\":1,\"stages\":{\"execute\":{\"clk\":%lld,"
                "\"entries\":2,"
                "\"items\":3,\"bytes\":4},\"mmu\":{\"clk\":%lld,\"entries\":1,\"items\":0,"
                "\"bytes\":0}}}",
                i ? "," : "", intervals[i].id, intervals[i].clk, intervals[i].clk * 3 / 4,
                intervals[i].clk / 4);
    fprintf(out, "]%s", getenv("FAKE_BAD_STATS") ? "" : "}");
    fclose(out);
}

struct words {
    struct option_list globs;
    long round, rounds, seed;
    int list, calibrate;
    const char *frozen;
};

static int parse(int argc, char **argv, struct words *w)
{
    for (int i = 0; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "0";
        int takes = 1;
        if (is(argv[i], "--list"))
            w->list = 1, takes = 0;
        else if (is(argv[i], "--calibrate"))
            w->calibrate = 1, takes = 0;
        else if (is(argv[i], "--quick"))
            takes = 0;
        else if (is(argv[i], "-t"))
            w->globs.items[w->globs.count++ % OPTION_LIST] = value;
        else if (is(argv[i], "--rounds"))
            w->rounds = atol(value);
        else if (is(argv[i], "--round"))
            w->round = atol(value);
        else if (is(argv[i], "--seed"))
            w->seed = atol(value);
        else if (is(argv[i], "--n"))
            w->frozen = value;
        else if (!is(argv[i], "--min-us")) {
            fprintf(stderr, "fake_bench: unknown word '%s'\n", argv[i]);
            return -1;
        }
        i += takes;
    }
    return 0;
}

/* As an emulator: the words are in -append. */
static int parse_guest(int argc, char **argv, struct words *w)
{
    static char text[8192];
    static char *parts[512];
    int count = 0;
    for (int i = 1; i + 1 < argc; i++) {
        if (is(argv[i], "-append")) {
            snprintf(text, sizeof text, "%s", argv[i + 1]);
            for (char *part = strtok(text, " "); part && count < 512; part = strtok(NULL, " "))
                parts[count++] = part;
            is_guest = 1;
        } else if (is(argv[i], "--stats")) {
            stats_path = argv[i + 1];
        }
    }
    return is_guest ? parse(count, parts, w) : parse(argc - 1, argv + 1, w);
}

int main(int argc, char **argv)
{
    struct words w = {.rounds = 5};
    int samples = 0;
    const char *mutations = getenv("FAKE_MUTATE");
    clock_scaled = getenv("FAKE_SCALED") != NULL;
    if (argc == 2 && is(argv[1], "--version")) {
        printf("fake emulator 1.0\n");
        return 0;
    }
    const char *slash = strrchr(argv[0], '/');
    if (slash)
        snprintf(slow_path, sizeof slow_path, "%.*s/slow", (int)(slash - argv[0]), argv[0]);
    if (parse_guest(argc, argv, &w) < 0)
        return 1;
    if (is_guest && getenv("FAKE_NO_HELLO"))
        hang();
    if (mutations && !w.list && !w.calibrate)
        mutation = strtoull(mutations, NULL, 10) * 1000 + (uint64_t)w.round + 1;
    line("@tm {\"ev\":\"hello\",\"v\":1,\"port\":\"%s\",\"catalogue\":\"00\",\"tsc_khz\":%d}",
         is_guest ? "bare" : "linux", TSC_KHZ);
    if (is_guest)
        judge_clock();
    if (w.list)
        list();
    else if (w.calibrate)
        line("@tm {\"ev\":\"cal\",\"tsc_khz\":%d,\"core_khz\":%d,\"ratio_ba\":3.00}", TSC_KHZ,
             CORE_KHZ);
    else
        for (long r = w.round; r < w.round + w.rounds; r++) {
            size_t order[NAMES];
            uint64_t random = (uint64_t)(w.seed + r);
            for (size_t i = 0; i < NAMES; i++) {
                size_t j = (size_t)((random = random * 6364136223846793005u + 1) >> 33) % (i + 1);
                order[i] = order[j];
                order[j] = i;
            }
            for (size_t k = 0; k < NAMES; k++) {
                size_t i = order[k];
                if (!option_chooses(&w.globs, names[i]))
                    continue;
                int letter = w.frozen && strlen(w.frozen) > i ? w.frozen[i] : '.';
                sample(i, r, 1LL << (letter == '.' ? 12 : letter - 'a'), &samples);
                if (is(names[i], "bad.sum"))
                    sum ^= 1;
                if (is(names[i], "bad.again"))
                    line("@tm {\"ev\":\"hello\",\"v\":2,\"port\":\"bare\"}");
            }
        }
    line("@tm {\"ev\":\"bye\",\"samples\":%d,\"sum\":%u}", samples, sum);
    write_stats();
    return is_guest ? 1 : 0;
}
