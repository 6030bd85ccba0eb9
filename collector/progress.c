/* progress.c: see progress.h. */
#include "collector/progress.h"
#include "collector/stamp.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
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

static const struct progress *first_of(const struct progress *progress)
{
    return progress->first ? progress->first : progress;
}

static double env_left_s(const struct progress_env *e)
{
    return (double)(e->left > 0 ? e->left : 0) *
           (e->measured > 0 ? e->seconds / (double)e->measured : e->guess_s);
}

double progress_left_s(const struct progress *progress)
{
    double left = 0;
    for (const struct progress *p = first_of(progress); p; p = p->next)
        for (size_t i = 0; i < p->env_count; i++)
            left += env_left_s(&p->envs[i]);
    double until = (double)(progress->deadline_ns - stamp_now().at_ns) / 1e9;
    return progress->deadline_ns && until > 0 && until < left ? until : left;
}

/* The lines that are there belong to the first of the list. */
static void wipe(struct progress *top)
{
    if (top->terminal && top->shown > 1)
        fprintf(stderr, "\r\033[%dA\033[J", top->shown - 1);
    else if (top->terminal && top->shown)
        fputs("\r\033[K", stderr);
    top->shown = 0;
}

void progress_clear(struct progress *progress)
{
    wipe(progress->first ? progress->first : progress);
}

static void draw_line(struct progress *top, int columns, const char *text)
{
    fprintf(stderr, "%.*s\n", columns > 1 ? columns - 1 : 79, text);
    top->shown++;
}

static void time_text(double seconds, char text[24])
{
    long whole = (long)(seconds + 0.5);
    snprintf(text, 24, "%ld:%02ld", whole / 60, whole % 60);
}

/* All sweeps and their environments, and the newest samples of this one. */
static void draw_table(const struct progress *progress, struct progress *top, const char *env,
                       int64_t round, const char *test)
{
    struct winsize size = {0};
    char line[400], left[24];
    int columns = ioctl(2, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
    int rows = size.ws_row ? size.ws_row : 24;
    wipe(top);
    top->shown = 1; /* the line that the cursor is on */
    snprintf(line, sizeof line, "%-12s %-12s %9s %9s %8s  now", "sweep", "environment", "done",
             "of", "left");
    draw_line(top, columns, line);
    for (const struct progress *p = top; p; p = p->next)
        for (size_t i = 0; i < p->env_count && top->shown + 2 < rows; i++) {
            const struct progress_env *e = &p->envs[i];
            int is_now = p == progress && !strcmp(e->name, env);
            int64_t left_jobs = e->left - (is_now ? p->running : 0);
            time_text(env_left_s(e), left);
            snprintf(line, sizeof line, "%-12.12s %-12s %9lld %9lld %8s  ",
                     p->label ? p->label : "", e->name, (long long)(e->total - left_jobs),
                     (long long)e->total, e->total ? left : "");
            size_t used = strlen(line);
            if (is_now)
                snprintf(line + used, sizeof line - used, "round %lld %s", (long long)round,
                         test ? test : "");
            draw_line(top, columns, line);
        }
    int64_t count = progress->recent_count;
    for (int64_t i = count > PROGRESS_RECENT ? count - PROGRESS_RECENT : 0;
         i < count && top->shown + 2 < rows; i++)
        draw_line(top, columns, progress->recent[i % PROGRESS_RECENT]);
    time_text(progress_left_s(progress), left);
    fprintf(stderr, "%s left", left);
    fflush(stderr);
}

void progress_sample(struct progress *progress, const char *env, int64_t round, const char *test,
                     double clk)
{
    if (!progress->watch)
        return;
    snprintf(progress->recent[progress->recent_count++ % PROGRESS_RECENT],
             sizeof progress->recent[0], "  %-12s round %-3lld %-32.60s %10.3f", env,
             (long long)round, test, clk);
}

void progress_process(struct progress *progress, size_t env, int64_t round, int64_t jobs,
                      double seconds)
{
    char left[24];
    if (!progress->watch || progress->terminal)
        return;
    time_text(progress_left_s(progress), left);
    fprintf(stderr, "%s%s%s round %lld: %lld jobs in %.1f s; %lld of %lld, %s left\n",
            progress->label ? progress->label : "", progress->label ? " " : "",
            progress->envs[env].name, (long long)round, (long long)jobs, seconds,
            (long long)progress->done, (long long)progress->total, left);
}

void progress_show(struct progress *progress, const char *env, int64_t round, const char *test)
{
    int64_t now_ns = stamp_now().at_ns;
    struct progress *top = progress->first ? progress->first : progress;
    int table = progress->watch && progress->terminal;
    /* who watches sees the table at once, and of a sweep of a tenth of a second, too */
    if (now_ns - top->last_ns < (progress->terminal ? 200000000 : 10000000000) &&
        (!table || top->drawn))
        return;
    top->last_ns = now_ns;
    top->drawn = table;
    if (table)
        draw_table(progress, top, env, round, test);
    if (progress->watch)
        return;
    int64_t done = 0, total = 0;
    char left[24];
    for (const struct progress *p = top; p; p = p->next) {
        done += p->done + p->running;
        total += p->total;
    }
    time_text(progress_left_s(progress), left);
    fprintf(stderr, "%s%lld of %lld jobs, %s left: %s round %lld %s%s",
            progress->terminal ? "\r\033[K" : "", (long long)done, (long long)total, left, env,
            (long long)round, test ? test : "", progress->terminal ? "" : "\n");
    fflush(stderr);
    top->shown = 1;
}
