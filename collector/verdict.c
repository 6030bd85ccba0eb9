/* verdict.c: see verdict.h.
 *
 *   guest ticks / host ticks = 1 +- 1 %                    host: the guest reads the host's counter
 *   guest ticks per ms of its own timer = the host's rate
 *       +- 0.2 %, and that timer keeps real time +- 25 %   host too: both are read in the guest, so
 * that a late stamp on a busy host does not change the word else, where the environment counts
 * instructions        insn else, timer / host time = 1 +- 10 %, and the counter ticks at 1 GHz +-
 * 0.05 % of that timer             fixed: extrapolated from wall time at another rate scaled: the
 * host's counter times a constant else the guest's clocks are detached from real time    virtual An
 * interval under 10 ms of host time says nothing. */
#include "collector/verdict.h"

#include <math.h>
#include <stddef.h>

#define SHORTEST_NS 10000000

const char *verdict_judge(const struct verdict_clocks *c, const char *hint)
{
    if (c->guest_tsc <= 0 || c->host_tsc <= 0 || c->host_ns < SHORTEST_NS || !(c->pit_ms > 0))
        return "unknown";
    double ticks = (double)c->guest_tsc / (double)c->host_tsc;
    double time = c->pit_ms * 1e6 / (double)c->host_ns;
    double guest_khz = (double)c->guest_tsc / c->pit_ms;
    int keeps_time = fabs(time - 1) <= 0.1;
    if (fabs(ticks - 1) <= 0.01)
        return "host";
    if (fabs(time - 1) <= 0.25 && c->host_khz > 0 &&
        fabs(guest_khz / (double)c->host_khz - 1) <= 0.002)
        return "host";
    if (hint)
        return hint;
    if (keeps_time)
        return fabs(guest_khz / 1e6 - 1) <= 0.0005 ? "fixed" : "scaled";
    return "virtual";
}
