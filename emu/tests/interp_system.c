// What ring 3 of a host cannot show, on both engines: modes, gates, privilege changes, tasks,
// exceptions, segment checks, interrupt shadows. The tests are in system_*.c, by topic.
#include "emu/tests/system_tests.h"

#include <string.h>

static struct world world;
struct world *const w = &world;
char system_message[200];

static const struct {
    const char *name;
    const struct system_test *tests;
} topics[] = {
    {"interrupts", system_tests_interrupts},
    {"far", system_tests_far},
    {"debug", system_tests_debug},
    {"segments", system_tests_segments},
    {"v86", system_tests_v86},
    {"task", system_tests_task},
    {"real", system_tests_real},
    {"fpu", system_tests_fpu},
    {"run", system_tests_run},
};

static unsigned run_all(const struct engine *engine, const char *only)
{
    const char *why = "out of memory";
    unsigned failed = 0;
    w->engine = engine;
    if (!world_create(w, &why)) {
        printf("FAIL system %s: %s\n", engine->name, why);
        return 1;
    }
    for (unsigned i = 0; i < sizeof topics / sizeof *topics; i++) {
        for (const struct system_test *t = topics[i].tests; t->name; t++) {
            if (only && !strstr(t->name, only))
                continue;
            why = t->run();
            failed += why != NULL;
            printf(why ? "FAIL system %s %s: %s: %s\n" : "ok system %s %s: %s\n", engine->name,
                   topics[i].name, t->name, why);
        }
    }
    world_destroy(w);
    return failed;
}

// interp_system [PART OF A NAME]
int main(int argc, char **argv)
{
    const char *only = argc > 1 ? argv[1] : NULL;
    return run_all(&engine_interp, only) + run_all(&engine_jit, only) != 0;
}
