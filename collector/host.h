/* host.h: who this machine is: a fingerprint over what software sees of the silicon, and the state
 * that may change from boot to boot.
 *
 * facts is the canonical list, one key=value per line in a fixed order; fp is its SHA-256.  Nothing
 * in it changes with a reboot, a kernel or the amount of memory in use. */
#ifndef COLLECTOR_HOST_H
#define COLLECTOR_HOST_H

#include "collector/counter.h"
#include "collector/digest.h"
#include "collector/table.h"
#include "db/store.h"

struct host {
    char fp[DIGEST_HEX], label[160], vendor[13], brand[49], virt[16], facts[1024];
    int64_t family, model, stepping, ncpu, smt, l1d_kib, l1i_kib, l2_kib, l3_kib, mem_mib;
    char state_sha[DIGEST_HEX], hostname[128], kernel[160], microcode[32], governor[32], turbo[16],
        mitigations[3000], clocksource[32], thp[64];
    int64_t tsc_khz, tsc_invariant, aslr, paranoid;
    struct counter_access counters;
};

void host_read(struct host *host);
void host_table(const struct host *host, struct table *table);
/* Rows of host and host_state: 0 and their ids, or -1 (store_error). */
int host_put(const struct host *host, struct store *store, int64_t *host_id, int64_t *state_id);

#endif
