/* counter.h: which performance counters this host gives us, decided once: papi, perf or none, with
 * PAPI's own reason word for word and what would help. */
#ifndef COLLECTOR_COUNTER_H
#define COLLECTOR_COUNTER_H

struct counter_access {
    const char *level; /* papi | perf | none, as the store keeps it */
    char papi[64];     /* version of the library, or why it is not there */
    char reason[1024]; /* PAPI's disabled_reason; "" when hardware events count */
    char remedy[256];  /* "" when nothing is missing */
};

void counter_probe(struct counter_access *access);

#endif
