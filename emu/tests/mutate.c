// Bad input of all kinds (mutate.def), a number of each: taken or refused by name, never a crash, a
// hang or a sanitizer's report.
//
//   mutate [-n COUNT] [-s SEED] [-c CLASS] [-t SECONDS]
// Input i of a class has seed SEED + i; what fails names it, and `-c CLASS -s SEED -n 1` repeats
// it.
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "emu/tests/mutate_boot.h"
#include "emu/tests/mutation.h"
#include "emu/tests/verdict.h"
#include "emu/tests/watchdog.h"

enum { SHORT_RUN = 40, FULL_RUN = 500 };

static const struct class
{
    const char *name, *what;
    bool (*run)(struct mutation *u);
} classes[] = {
#define CLASS(name, what) {#name, what, mutate_##name},
#include "emu/tests/mutate.def"
#undef CLASS
};
enum { CLASSES = sizeof classes / sizeof *classes };

static const struct class *now;
static uint64_t seed_now;
static struct mutation mutation;

static void say(char *text, size_t n)
{
    snprintf(text, n, "input '%.400s'; to repeat: mutate -c %s -s %llu -n 1", mutation.input,
             now ? now->name : "?", (unsigned long long)seed_now);
}

// Does the refusal begin with one of the files that the input lists? A name may fill all of it.
static bool begins_with_file(const char *why, const char *list)
{
    char name[MUTATION_TEXT];
    const char *colon = strstr(why, ": ");
    size_t n = colon ? (size_t)(colon - why) : strlen(why) - 1;
    snprintf(name, sizeof name, "%.*s", (int)n, why);
    return strstr(list, name) != NULL;
}

// Does the refusal say which input it is about?
static bool names_input(const struct mutation *u)
{
    if (u->why[0] == 0)
        return false;
    if (strcmp(now->name, "options") == 0)
        return strncmp(u->why, "?? ", 3) != 0; // which it looked after itself
    if (strcmp(now->name, "initrd") == 0)
        return strncmp(u->why, "-initrd", 7) == 0 || strncmp(u->why, "kernel", 6) == 0 ||
               begins_with_file(u->why, u->input);
    return strstr(u->why, u->input) || strstr(u->why, "-append");
}

static void run_class(uint64_t seed, uint64_t count, time_t end)
{
    uint64_t taken = 0, done = 0;
    char name[64];
    for (; done < count && !verdict_bad && !(end && time(NULL) >= end); done++, watchdog_steps++) {
        seed_now = seed + done;
        bool full = mutation.full;
        mutation =
            (struct mutation){.rng = (seed_now + 1) * 0x9E3779B97F4A7C15ull | 1, .full = full};
        for (unsigned i = 0; i < 8; i++)
            mutation_any(&mutation);
        bool good = now->run(&mutation);
        taken += good;
        CHECK(good || names_input(&mutation),
              "'%.300s' was refused with '%.300s' (-c %s -s %llu -n 1)", mutation.input,
              mutation.why, now->name, (unsigned long long)seed_now);
    }
    printf("mutate: %llu %s, %llu taken\n", (unsigned long long)done, now->what,
           (unsigned long long)taken);
    snprintf(name, sizeof name, "mutate.%s", now->name);
    case_end(name);
}

static void remove_folder(const char *folder)
{
    char command[128]; // our own name, from mkdtemp()
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (system(command))
        fprintf(stderr, "%s is left behind\n", folder);
}

int main(int argc, char **argv)
{
    uint64_t seed = 1, count = SHORT_RUN;
    const char *only = NULL;
    time_t end = 0;
    char folder[] = "/tmp/mutate_XXXXXX", missing[512], guests[512];
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "-n") == 0)
            count = strtoull(argv[i + 1], NULL, 0);
        else if (strcmp(argv[i], "-s") == 0)
            seed = strtoull(argv[i + 1], NULL, 0);
        else if (strcmp(argv[i], "-c") == 0)
            only = argv[i + 1];
        else if (strcmp(argv[i], "-t") == 0)
            end = time(NULL) + atoi(argv[i + 1]), count = UINT64_MAX;
    }
    mutation.full = count >= FULL_RUN;
    setvbuf(stdout, NULL, _IOLBF, 0);
    snprintf(guests, sizeof guests, "%s/guests", dirname(argv[0]));
    if (!mutate_boot_begin(guests, missing, sizeof missing)) {
        printf("FAIL mutate: %s: cannot be read\n", missing);
        return 1;
    }
    if (!mkdtemp(folder) || chdir(folder) || !mutation_make_odd_files() || !mutate_boot_prepare()) {
        printf("FAIL mutate: %s: cannot be filled\n", folder);
        return 1;
    }
    watchdog_start("mutate", say);
    watchdog_hush();
    for (unsigned i = 0; i < CLASSES; i++) {
        now = &classes[i];
        if (!only || strcmp(only, now->name) == 0)
            run_class(seed, count, end);
    }
    mutate_boot_end();
    if (chdir("/") == 0)
        remove_folder(folder);
    return verdict_failures != 0;
}
