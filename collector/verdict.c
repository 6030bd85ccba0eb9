/* verdict.c: see verdict.h.
 *
 *   guest ticks / host ticks = 1 +- 1 %                  host: the guest reads the host's counter
 *   else, timer / host time = 1 +- 2 %: the guest's clock keeps real time
 *       and ticks at 1 GHz +- 0.05 %                     fixed: extrapolated from wall time
 *       else                                             scaled: the host's counter times a
 * constant else the guest's clocks are detached from real time  insn where the environment counts
 * instructions, virtual otherwise The interval is at least 100 ms of host time, or the two ends'
 * jitter (5-50 us, more under load) would decide. */
#include "collector/verdict.h"

#include <math.h>
#include <stddef.h>

const char *verdict_judge(const struct verdict_clocks *c, const char *hint)
{
    if (c->guest_tsc <= 0 || c->host_tsc <= 0 || c->host_ns <= 0 || !(c->pit_ms > 0))
        return "unknown";
    double ticks = (double)c->guest_tsc / (double)c->host_tsc;
    double time = c->pit_ms * 1e6 / (double)c->host_ns;
    double guest_khz = (double)c->guest_tsc / ((double)c->host_ns / 1e6);
    if (c->host_ns >= 10000000 && fabs(ticks - 1) <= 0.01)
        return "host";
    if (c->host_ns < 100000000)
        return hint ? hint : "unknown";
    if (fabs(time - 1) <= 0.02)
        return fabs(guest_khz / 1e6 - 1) <= 0.0005 ? "fixed" : "scaled";
    return hint ? hint : "virtual";
}
