/* progress.c: see progress.h. */
#include "collector/progress.h"
#include "collector/stamp.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

void progress_begin(struct progress *progress)
{
    memset(progress, 0, sizeof *progress);
    progress->terminal = isatty(2);
    progress->last_ns = stamp_now().at_ns;
}

void progress_add(struct progress *progress, size_t env, int64_t jobs, double seconds)
{
    struct progress_env *e = &progress->envs[env];
    e->measured += jobs;
    e->seconds += seconds;
    e->left -= jobs;
    progress->done += jobs;
    progress->running = 0;
}

double progress_left_s(const struct progress *progress)
{
    double left = 0;
    for (size_t i = 0; i < progress->env_count; i++) {
        const struct progress_env *e = &progress->envs[i];
        left += (double)(e->left > 0 ? e->left : 0) *
                (e->measured > 0 ? e->seconds / (double)e->measured : e->guess_s);
    }
    double until = (double)(progress->deadline_ns - stamp_now().at_ns) / 1e9;
    return progress->deadline_ns && until > 0 && until < left ? until : left;
}

void progress_clear(struct progress *progress)
{
    if (progress->terminal && progress->shown)
        fputs("\r\033[K", stderr);
    progress->shown = 0;
}

void progress_show(struct progress *progress, const char *env, int64_t round, const char *test)
{
    int64_t now_ns = stamp_now().at_ns;
    if (now_ns - progress->last_ns < (progress->terminal ? 200000000 : 10000000000))
        return;
    progress->last_ns = now_ns;
    long left = (long)progress_left_s(progress);
    fprintf(stderr, "%s%lld of %lld jobs, %ld:%02ld left: %s round %lld %s%s",
            progress->terminal ? "\r\033[K" : "", (long long)(progress->done + progress->running),
            (long long)progress->total, left / 60, left % 60, env, (long long)round,
            test ? test : "", progress->terminal ? "" : "\n");
    fflush(stderr);
    progress->shown = 1;
}
