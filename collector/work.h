/* work.h: workloads in a sweep: whole programs in a guest image (guest-images/workloads/).
 *
 * A workload is a test of the catalogue whose sample is one run: a process of its own, from a fresh
 * snapshot of the image, natively in a chroot of the image's tree. Its time is the host's, from the
 * stamp of its `begin` line (work.boot: from the start of the process) to that of its `end` line.
 * Workloads come after all rounds of the bench; where an environment cannot run one, that is its
 * result, `unsupported` with the reason. Without the image they are left out of the plan. */
#ifndef COLLECTOR_WORK_H
#define COLLECTOR_WORK_H

#include "collector/sweep.h"

/* Whether the plan can have this test, if it is a workload; else it is left out, and why: the image
 * is not built, or the sweep is a quick one and nobody asked for workloads. */
int work_may_run(const struct sweep *sweep, const struct catalogue_test *test, char *why,
                 size_t room);
/* Jobs of the plan's workloads from position `pos` on, and the results of those that cannot be run:
 * 0 or -1 (store_error). */
int work_add_jobs(struct sweep *sweep, const struct options *options, int64_t pos);
/* The workload that the group is, or NULL: a group of tests of the bench. */
struct catalogue_test *work_of_group(const struct sweep *sweep, const struct store_group *group);
/* The longest time that it may take in the environment. */
int64_t work_timeout_s(const struct sweep *sweep, const struct sweep_env *env);
/* The command for it: 0, or -1 with the reason. */
int work_command(const struct sweep_env *env, const struct catalogue_test *test, int64_t round,
                 struct env_command *command, char *why, size_t room);

#endif
