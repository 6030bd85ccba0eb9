/* verdict.c: see verdict.h. The first line that holds gives the word:
 *
 *   guest ticks / host ticks = 1 +- 1 %                                             host
 *   guest ticks per ms of its own timer = the host's rate +- 0.2 %, and that
 *       timer is no more than 8 times slower than real time                         host
 *   the environment counts instructions                                             insn
 *   timer / host time = 1 +- 10 %, counter ticks at 1 GHz +- 0.05 % of that timer   fixed
 *   timer / host time = 1 +- 10 %                                                   scaled
 *   else                                                                            virtual
 *
 * host: the guest reads the host's counter. The second line hardly needs the stamps: both its
 * clocks are read in the guest, so that on a busy host, where the stamps of a 60 ms interval can be
 * 200 ms late, one or both, the word is the same. fixed: extrapolated from wall time at another
 * rate. scaled: the host's counter times a constant. virtual: the guest's clocks are detached from
 * real time. An interval under 10 ms says nothing. */
#include "collector/verdict.h"

#include <math.h>
#include <stddef.h>

#define SHORTEST_MS 10.0
#define SLOWEST     (1 / 8.0)

const char *verdict_judge(const struct verdict_clocks *c, const char *hint)
{
    if (c->guest_tsc <= 0 || c->host_tsc <= 0 || c->host_ns <= 0 || !(c->pit_ms >= SHORTEST_MS))
        return "unknown";
    double ticks = (double)c->guest_tsc / (double)c->host_tsc;
    double time = c->pit_ms * 1e6 / (double)c->host_ns;
    double guest_khz = (double)c->guest_tsc / c->pit_ms;
    int keeps_time = fabs(time - 1) <= 0.1;
    if (fabs(ticks - 1) <= 0.01)
        return "host";
    if (time > SLOWEST && c->host_khz > 0 && fabs(guest_khz / (double)c->host_khz - 1) <= 0.002)
        return "host";
    if (hint)
        return hint;
    if ((double)c->host_ns < SHORTEST_MS * 1e6)
        return "unknown";
    if (keeps_time)
        return fabs(guest_khz / 1e6 - 1) <= 0.0005 ? "fixed" : "scaled";
    return "virtual";
}
