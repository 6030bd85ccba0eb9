// Random bytes as code, random descriptors, page tables and modes: the interpreter must neither
// crash nor hang nor break its own invariants, whatever a guest does. Worth most under `make asan`.
//
// interp_fuzz [-n RUNS] [-s SEED] [-t SECONDS]: RUNS machines (3000; 200000 if the program's name
// ends in -full), or as many as fit into SECONDS of processor time, then from a new seed unless
// SEED is given.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "emu/tests/fuzz_machine.h"

int main(int argc, char **argv)
{
    static struct world w;
    size_t n = strlen(argv[0]);
    unsigned long runs = n > 5 && strcmp(argv[0] + n - 5, "-full") == 0 ? 200000 : 3000;
    uint64_t insns = 0, exceptions = 0, exits[8] = {0};
    const char *why = "out of memory";
    time_t until_s = 0;
    bool asked = false;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "-n") == 0)
            runs = strtoul(argv[i + 1], NULL, 0);
        else if (strcmp(argv[i], "-s") == 0)
            fuzz_seed = strtoull(argv[i + 1], NULL, 0), asked = true;
        else if (strcmp(argv[i], "-t") == 0) {
            until_s = strtol(argv[i + 1], NULL, 0);
            runs = ~0ul;
        }
    }
    if (until_s && !asked)
        fuzz_seed = (uint64_t)time(NULL) * 1000000;
    uint64_t seed = fuzz_seed;
    if (!world_create(&w, &why)) {
        printf("FAIL fuzz: %s\n", why);
        return 1;
    }
    unsigned long run;
    for (run = 0; run < runs && !(until_s && clock() / CLOCKS_PER_SEC >= until_s); run++) {
        uint64_t used = fuzz_seed;
        fuzz_prepare(&w);
        uint64_t before = w.cpu->exceptions, begin = cpu_icount(w.cpu);
        cpu_set_budget(w.cpu, 300);
        enum cpu_exit exit = EXIT_POLL;
        for (unsigned slice = 0; slice < 20 && exit == EXIT_POLL; slice++) {
            w.cpu->poll = 0;
            if (cpu_intr_deliverable(w.cpu))
                cpu_deliver_interrupt(w.cpu, fuzz_random() & 0xff);
            exit = engine_interp.run(w.cpu);
        }
        insns += cpu_icount(w.cpu) - begin;
        exceptions += w.cpu->exceptions - before;
        exits[exit]++;
        const char *what = fuzz_broken(w.cpu, exit);
        if (what) {
            printf("FAIL fuzz: run %lu (-s %llu -n 1): %s\n", run, (unsigned long long)used, what);
            return 1;
        }
    }
    printf("%lu runs from seed %llu, %llu instructions, %llu exceptions; ended by budget %llu, "
           "poll %llu, halt "
           "%llu, shutdown %llu\n",
           run, (unsigned long long)seed, (unsigned long long)insns, (unsigned long long)exceptions,
           (unsigned long long)exits[EXIT_BUDGET], (unsigned long long)exits[EXIT_POLL],
           (unsigned long long)exits[EXIT_HALT], (unsigned long long)exits[EXIT_SHUTDOWN]);
    printf("ok fuzz interp\n");
    world_destroy(&w);
    return 0;
}
