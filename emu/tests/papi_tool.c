// A PAPI tool as others write them, to be preloaded: it knows the emulator only by the names of its
// events. On a thread of its own it lists the software-defined events, reads some again and again
// while the program runs, and writes at the program's end to the file named by PAPI_TOOL_FILE:
//
//     event NAME        what there is
//     seen N            different values of the first event that were read while the program ran
//     value NAME N      in the end
#include <papi.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const wanted[] = {
    "sde:::tickmark::insns",         "sde:::tickmark::execute_clk",
    "sde:::tickmark::execute_items", "sde:::tickmark::decode_entries",
    "sde:::tickmark::helper_items",  "sde:::tickmark::jit_blocks",
    "sde:::tickmark::exceptions"};
enum { WANTED = sizeof wanted / sizeof *wanted };

static pthread_t thread;
static atomic_bool ends;
static bool started;

static void list_events(FILE *out)
{
    int component = PAPI_get_component_index("sde"), code = PAPI_NATIVE_MASK;
    char name[PAPI_MAX_STR_LEN];
    if (component < 0 || PAPI_enum_cmp_event(&code, PAPI_ENUM_FIRST, component) != PAPI_OK)
        return;
    do
        if (PAPI_event_code_to_name(code, name) == PAPI_OK)
            fprintf(out, "event %s\n", name);
    while (PAPI_enum_cmp_event(&code, PAPI_ENUM_EVENTS, component) == PAPI_OK);
}

static bool add_events(int set)
{
    for (unsigned i = 0; i < WANTED; i++)
        if (PAPI_add_named_event(set, wanted[i]) != PAPI_OK)
            return false;
    return PAPI_start(set) == PAPI_OK;
}

static void *watch(void *path)
{
    FILE *out = fopen(path, "w");
    int set = PAPI_NULL;
    long long value[WANTED] = {0}, before = -1;
    unsigned seen = 0;
    if (!out)
        return NULL;
    if (PAPI_library_init(PAPI_VER_CURRENT) != PAPI_VER_CURRENT ||
        PAPI_create_eventset(&set) != PAPI_OK || !add_events(set)) {
        fprintf(out, "failed\n");
    } else {
        while (!ends && PAPI_read(set, value) == PAPI_OK) {
            seen += value[0] != before;
            before = value[0];
            usleep(2000);
        }
        PAPI_stop(set, value);
        list_events(out); // now that all are there: one that is asked for may come later
        fprintf(out, "seen %u\n", seen);
        for (unsigned i = 0; i < WANTED; i++)
            fprintf(out, "value %s %lld\n", wanted[i], value[i]);
    }
    fclose(out);
    return NULL;
}

__attribute__((constructor)) static void begin(void)
{
    char *path = getenv("PAPI_TOOL_FILE");
    started = path && pthread_create(&thread, NULL, watch, path) == 0;
}

__attribute__((destructor)) static void end(void)
{
    ends = true;
    if (started)
        pthread_join(thread, NULL);
}
