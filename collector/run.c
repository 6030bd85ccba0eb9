/* run.c: see run.h. */
#include "collector/run.h"
#include "collector/calibrate.h"
#include "collector/child.h"
#include "collector/event.h"
#include "collector/interference.h"
#include "collector/stagefile.h"
#include "collector/statistics.h"
#include "collector/verdict.h"
#include "collector/work.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TAIL_BYTES 600
/* What a guest may say of its samples: gaps, not linear, negative.  Its own clock proves nothing
 * about the host's: the calibrations around the run do that. */
#define GUEST_FLAGS (1 | 4 | 8)

struct interval {
    int64_t n, host_tsc, host_ns;
};
#define NOTES      256
#define NOTE_BYTES 320
struct note {
    char text[NOTE_BYTES], test[96];
    int64_t count;
};
struct run {
    struct sweep *sweep;
    struct sweep_env *env;
    const struct store_group *group;
    struct run_outcome *outcome;
    struct store_run row;
    struct event_reader reader;
    struct stagefile_count
        *counts;                 /* per test of the catalogue: intervals and iterations announced */
    struct catalogue_test *work; /* the workload that this is, or NULL */
    struct catalogue_test *current; /* begun and not finished */
    struct event begin;             /* the last begin line */
    struct interval last, before;   /* the last two intervals that ended */
    pid_t pid;                      /* of the process, for what others take from it */
    struct catalogue_test *waiting; /* its first begin line was at `waits` (guests) */
    struct interference_waits waits;
    struct calibration calibration;
    struct stamp progress;
    struct verdict_clocks clocks;
    int64_t tsc_khz;
    size_t silent_bytes, marks;
    int silent_lines;
    int bye, store_failed;
    struct note notes[NOTES];
    char note[4000], tail[TAIL_BYTES + 1], ending[400];
};

/* Something odd.  The same text about several tests is kept once, with the first test and a count.
 */
static void note_about(struct run *run, const char *test, const char *text)
{
    struct note *n = run->notes;
    size_t i = 0;
    while (i < NOTES && n[i].count && strcmp(n[i].text, text))
        i++;
    if (i == NOTES)
        return;
    if (!n[i].count++) {
        snprintf(n[i].text, sizeof n[i].text, "%s", text);
        snprintf(n[i].test, sizeof n[i].test, "%s", test ? test : "");
    }
}

/* The first note about the test in this run, or NULL. */
static const char *find_note(const struct run *run, const char *test)
{
    for (size_t i = 0; i < NOTES && run->notes[i].count; i++)
        if (!strcmp(run->notes[i].test, test))
            return run->notes[i].text;
    return NULL;
}

static void note(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void note(struct run *run, const char *format, ...)
{
    char text[NOTE_BYTES];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    note_about(run, NULL, text);
}

static void write_notes(const struct run *run, char *text, size_t room)
{
    size_t used = 0;
    text[0] = 0;
    for (size_t i = 0; i < NOTES && run->notes[i].count; i++) {
        const struct note *n = &run->notes[i];
        char times[40] = "";
        if (n->count > 1)
            snprintf(times, sizeof times, " (%lld times)", (long long)n->count);
        int more = snprintf(text + used, room - used, "%s%s%s%s%s", used ? "; " : "", n->test,
                            *n->test ? ": " : "", n->text, times);
        if (more < 0 || (size_t)more >= room - used)
            break;
        used += (size_t)more;
    }
}

/* Bounded, or a guest that begins two tests in turn for ever would never be late. */
static void progress_made(struct run *run, struct stamp stamp)
{
    if (run->marks++ > 8 * (run->group->count + 4))
        return;
    run->progress = stamp;
    run->silent_bytes = 0;
    run->silent_lines = 0;
}

static int is_wanted(const struct run *run, const struct catalogue_test *test)
{
    for (size_t i = 0; test && i < run->group->count; i++)
        if (run->group->jobs[i].test_id == test->id)
            return 1;
    return 0;
}

static struct store_verdict verdict_of(const struct run *run, const struct catalogue_test *test,
                                       int64_t round, const char *job_state, const char *status,
                                       const char *reason)
{
    return (struct store_verdict){
        run->sweep->id, run->env->env_id, run->env->build_id, test->id, round, job_state, status,
        reason};
}

static void refuse_sample(struct run *run, const struct catalogue_test *test, const char *why)
{
    struct store_verdict v = verdict_of(run, test, run->group->round, "failed", "wrong", why);
    note_about(run, test->name, why);
    if (store_fail_job(run->sweep->store, &v) < 0)
        run->store_failed = 1;
    run->outcome->finished++;
}

static const char *sample_fault(const struct run *run, const struct catalogue_test *test,
                                const struct event *e)
{
    if (strcmp(e->code, test->code))
        return "the measured code differs from the catalogue's";
    if (e->round != run->group->round)
        return "sample of another round";
    if (e->n < 1 || e->n > (int64_t)1 << 40)
        return "sample with an impossible number of iterations";
    if (e->t1 < 0 || e->t2 < 0) /* also when absent */
        return "sample without its two times";
    if (e->check_ok < 0)
        return "sample without a check";
    if ((e->asked == STORE_NONE) != (e->correct == STORE_NONE) ||
        (e->asked != STORE_NONE && (e->correct < 0 || e->correct > e->asked)))
        return "sample with more right answers than questions";
    return NULL;
}

/* A figure of the line that cannot be below 0. */
static int64_t figure(int64_t value)
{
    return value < 0 ? STORE_NONE : value;
}

/* Of a guest only what its emulator waited for, read where no stamp can be late for it: behind the
 * first begin line and at the sample. */
static void take_interference(const struct run *run, const struct catalogue_test *test,
                              const struct event *e, struct store_sample *s)
{
    s->wait_ns = s->away_ns = s->preempted = s->faults = STORE_NONE;
    if (!run->env->row->guest && !run->work) {
        s->wait_ns = figure(e->wait_ns);
        s->away_ns = figure(e->away_ns);
        s->preempted = figure(e->preempted);
        s->faults = figure(e->faults);
    } else if (run->waiting == test) {
        struct interference_waits now;
        interference_read_waits(run->pid, &now);
        s->wait_ns = interference_waited(&run->waits, &now);
    }
}

static void take_sample(struct run *run, const struct event *e)
{
    struct catalogue_test *test = catalogue_find(&run->sweep->catalogue, e->test);
    if (!is_wanted(run, test)) {
        note(run, "sample of a test that was not asked for: %.60s", e->test);
        return;
    }
    if (run->current == test)
        run->current = NULL;
    progress_made(run, e->stamp);
    const char *fault = sample_fault(run, test, e);
    if (fault) {
        refuse_sample(run, test, fault);
        return;
    }
    struct store_sample s = {.sweep_id = run->sweep->id,
                             .env_id = run->env->env_id,
                             .build_id = run->env->build_id,
                             .test_id = test->id,
                             .round = e->round,
                             .run_id = run->row.id,
                             .at_ns = e->stamp.at_ns,
                             .iters = e->n,
                             .tsc1 = e->t1,
                             .tsc2 = e->t2,
                             .ns1 = STORE_NONE,
                             .ns2 = STORE_NONE,
                             .guest1 = STORE_NONE,
                             .guest2 = STORE_NONE,
                             .cal_before = e->cal_before > 0 ? e->cal_before : STORE_NONE,
                             .cal_after = e->cal_after > 0 ? e->cal_after : STORE_NONE,
                             .tsc_khz = run->tsc_khz,
                             .flags = e->flags == STORE_NONE ? 0 : e->flags,
                             .check_ok = e->check_ok,
                             .asked = e->asked,
                             .correct = e->correct,
                             .answer = e->answer[0]       ? e->answer
                                       : e->check_ok == 0 ? find_note(run, test->name)
                                                          : NULL,
                             .want = e->want[0] ? e->want : NULL};
    if (run->work) {
        /* one run, nothing to take from it: 0 operations took no time */
        int stamped = run->last.n == 1 && run->last.host_tsc > 0;
        s.tsc1 = stamped ? 0 : STORE_NONE;
        s.tsc2 = stamped ? run->last.host_tsc : STORE_NONE;
        s.ns1 = s.tsc1;
        s.ns2 = stamped ? run->last.host_ns : STORE_NONE;
        s.cal_before = run->calibration.core_khz;
        if (!stamped)
            note_about(run, test->name, "sample without its begin and end lines");
    } else if (run->env->row->guest) {
        int stamped = run->before.n == e->n && run->last.n == 2 * e->n;
        s.guest1 = e->t1;
        s.guest2 = e->t2;
        s.tsc1 = stamped ? run->before.host_tsc : STORE_NONE;
        s.tsc2 = stamped ? run->last.host_tsc : STORE_NONE;
        s.ns1 = stamped ? run->before.host_ns : STORE_NONE;
        s.ns2 = stamped ? run->last.host_ns : STORE_NONE;
        s.cal_before = run->calibration.core_khz;
        s.cal_after = STORE_NONE;
        s.flags &= GUEST_FLAGS;
        if (!stamped)
            note_about(run, test->name, "sample without its begin and end lines");
    }
    take_interference(run, test, e, &s);
    int stored = store_put_sample(run->sweep->store, &s);
    if (stored < 0)
        run->store_failed = 1;
    else if (!stored)
        note_about(run, test->name, "a second sample of the round was left out");
    if (stored > 0 && e->n > 0)
        progress_sample(&run->sweep->progress, run->env->row->kind, e->round, test->name,
                        (double)(e->t2 - e->t1) / (double)e->n / (double)test->ops);
    run->row.samples += stored > 0;
    run->outcome->finished += stored > 0;
    run->last.n = run->before.n = 0;
    run->waiting = NULL;
}

/* The environment's clock is stored with the first process that proves it, not at that one's end:
 * a collector that is killed between keeps its samples, and they are judged by it. */
static void take_clock(struct run *run, const struct event *e)
{
    run->clocks.guest_tsc = e->tsc;
    run->clocks.pit_ms = e->pit_ms;
    run->clocks.host_khz = run->tsc_khz;
    if (!run->env->row->guest || run->clocks.guest_tsc <= 0)
        return;
    run->row.guest_tsc = verdict_judge(&run->clocks, run->env->row->guest_tsc_hint);
    if (!strcmp(run->row.guest_tsc, "unknown"))
        return; /* what is known stays */
    snprintf(run->env->guest_tsc, sizeof run->env->guest_tsc, "%s", run->row.guest_tsc);
    if (store_set_env_clock(run->sweep->store, run->env->env_id, run->row.guest_tsc) < 0)
        run->store_failed = 1;
}

static void take_begin(struct run *run, const struct event *e)
{
    struct catalogue_test *test = catalogue_find(&run->sweep->catalogue, e->test);
    run->begin = *e;
    if (!strcmp(e->test, "@clock") || test == run->current)
        return;
    if (!is_wanted(run, test)) {
        note(run, "begin of a test that was not asked for: %.60s", e->test);
        return;
    }
    run->current = test;
    run->last.n = run->before.n = 0;
    if (run->env->row->guest) {
        run->waiting = test;
        interference_read_waits(run->pid, &run->waits);
    }
    progress_made(run, e->stamp);
}

static void take_end(struct run *run, const struct event *e)
{
    if (strcmp(e->test, run->begin.test)) {
        note(run, "end without its begin: %.60s", e->test);
        return;
    }
    int64_t host_tsc = e->stamp.at_tsc - run->begin.stamp.at_tsc;
    int64_t host_ns = e->stamp.at_ns - run->begin.stamp.at_ns;
    if (!strcmp(e->test, "@clock")) {
        run->clocks.host_tsc = host_tsc;
        run->clocks.host_ns = host_ns;
        return;
    }
    if (run->current && e->n > 0) {
        size_t index = (size_t)(run->current - run->sweep->catalogue.tests);
        run->counts[index].intervals++;
        run->counts[index].iterations += (double)e->n;
    }
    run->before = run->last;
    run->last = (struct interval){e->n, host_tsc, host_ns};
    run->begin.test[0] = 0;
}

static void take_skip(struct run *run, const struct event *e)
{
    struct catalogue_test *test = catalogue_find(&run->sweep->catalogue, e->test);
    if (!is_wanted(run, test))
        return;
    struct store_verdict v = verdict_of(run, test, STORE_NONE, "skip", "unsupported",
                                        e->why[0] ? e->why : "skipped by the bench");
    progress_made(run, e->stamp);
    if (run->current == test)
        run->current = NULL;
    if (store_fail_job(run->sweep->store, &v) < 0)
        run->store_failed = 1;
    run->outcome->finished++;
}

static void take_bye(struct run *run, const struct event *e)
{
    run->bye = 1;
    run->row.bye_ok = e->sum == (int64_t)run->reader.crc;
    if (!run->row.bye_ok)
        note(run, "the sum of its lines is wrong: some were lost or changed on the way");
    if (e->samples != STORE_NONE && e->samples != run->row.samples)
        note(run, "it counted %lld samples, %lld arrived", (long long)e->samples,
             (long long)run->row.samples);
    progress_made(run, e->stamp);
}

static void on_event(void *context, struct event *e)
{
    struct run *run = context;
    run->silent_lines++;
    if (run->bye && e->type != EVENT_GARBAGE) {
        note(run, "lines after its bye");
        return;
    }
    if (e->unknown[0])
        note(run, "unknown field '%s' in '%s'", e->unknown, e->ev);
    switch (e->type) {
    case EVENT_HELLO:
        if (e->v != 1 && e->v != STORE_NONE)
            note(run, "it speaks version %lld of the protocol", (long long)e->v);
        if (!run->env->row->guest && e->tsc_khz > 0)
            run->tsc_khz = e->tsc_khz;
        if (!run->outcome->said_hello)
            progress_made(run, e->stamp);
        else
            note(run, "it started again (a second hello)");
        run->outcome->said_hello = 1;
        break;
    case EVENT_BEGIN: take_begin(run, e); break;
    case EVENT_END: take_end(run, e); break;
    case EVENT_SAMPLE: take_sample(run, e); break;
    case EVENT_SKIP: take_skip(run, e); break;
    case EVENT_CLOCK:
        take_clock(run, e);
        progress_made(run, e->stamp);
        break;
    case EVENT_NOTE: note_about(run, e->test, e->why); break;
    case EVENT_BYE: take_bye(run, e); break;
    case EVENT_UNKNOWN: note(run, "unknown word '%s'", e->ev); break;
    case EVENT_GARBAGE: note(run, "a damaged line"); break;
    case EVENT_TEST:
    case EVENT_CAL: break;
    }
}

/* Keeps the end of what the process says beside its lines: the best reason there is when it dies.
 */
static void keep_tail(struct run *run, const char *bytes, size_t count)
{
    size_t used = strlen(run->tail);
    if (count > TAIL_BYTES) {
        bytes += count - TAIL_BYTES;
        count = TAIL_BYTES;
    }
    if (used + count > TAIL_BYTES) {
        size_t drop = used + count - TAIL_BYTES;
        memmove(run->tail, run->tail + drop, used - drop);
        used -= drop;
    }
    for (size_t i = 0; i < count; i++)
        run->tail[used++] = bytes[i] >= ' ' && bytes[i] < 127 ? bytes[i]
                            : bytes[i] == '\n'                ? '\n'
                                                              : '.';
    run->tail[used] = 0;
}

static const char *last_words(struct run *run)
{
    size_t used = strlen(run->tail);
    while (used && strchr("\n .", run->tail[used - 1]))
        run->tail[--used] = 0;
    char *line = strrchr(run->tail, '\n');
    return line ? line + 1 : run->tail;
}

/* Reads what is there: 1 something, 0 nothing now, -1 the end. */
static int drain(struct run *run, int fd, int is_lines)
{
    char bytes[16384];
    ssize_t got = read(fd, bytes, sizeof bytes);
    struct stamp stamp = stamp_now();
    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1; /* a pty gives EIO at its end */
    if (got == 0)
        return -1;
    run->silent_bytes += (size_t)got;
    if (is_lines)
        event_feed(&run->reader, bytes, (size_t)got, stamp);
    else
        keep_tail(run, bytes, (size_t)got);
    return 1;
}

static enum run_ending describe_exit(struct run *run, int status)
{
    const char *words = last_words(run);
    if (WIFSIGNALED(status)) {
        snprintf(run->ending, sizeof run->ending, "signal %d%s%.250s", WTERMSIG(status),
                 *words ? ": " : "", words);
        return RUN_SIGNAL;
    }
    snprintf(run->ending, sizeof run->ending, "exit %d%s%.250s", WEXITSTATUS(status),
             *words ? ": " : "", words);
    return RUN_EXIT;
}

/* The process after its bye: natively and in our emulator it leaves by itself (and writes its
 * statistics); Bochs halts for ever. */
static enum run_ending follow(struct run *run, struct child *child, int fifo_fd, int64_t timeout_s)
{
    int streams[3] = {fifo_fd, child->out_fd, child->err_fd}, ended = 0, status = 0;
    int64_t grace_ns = fifo_fd >= 0 ? 0 : 10000000000;
    for (;;) {
        struct pollfd fds[3];
        int any = 0;
        for (int i = 0; i < 3; i++)
            fds[i] = (struct pollfd){streams[i], POLLIN, 0};
        poll(fds, 3, ended ? 0 : 100);
        for (int i = 0; i < 3; i++) {
            int is_lines = fifo_fd >= 0 ? i == 0 : i == 1;
            int got = streams[i] < 0 ? 0 : drain(run, streams[i], is_lines);
            if (got < 0)
                streams[i] = -1;
            any |= got > 0;
        }
        int64_t quiet_ns = stamp_now().at_ns - run->progress.at_ns;
        run->sweep->progress.running = run->outcome->finished;
        progress_show(&run->sweep->progress, run->env->row->kind, run->group->round,
                      run->current ? run->current->name : NULL);
        if (run->store_failed)
            return RUN_STORE_FAILED;
        if (sweep_interrupted)
            return RUN_INTERRUPTED;
        if (ended && !any)
            return run->bye ? RUN_BYE : describe_exit(run, status);
        if (run->bye && quiet_ns > grace_ns)
            return RUN_BYE;
        if (run->silent_bytes > RUN_SILENT_BYTES || run->silent_lines > RUN_SILENT_LINES)
            return RUN_FLOOD;
        if (!run->bye && quiet_ns > timeout_s * 1000000000)
            return RUN_TIMEOUT;
        if (!ended)
            ended = child_poll(child, &status);
    }
}

static int64_t environment_padding(const struct run *run)
{
    uint64_t random =
        (uint64_t)run->sweep->seed * 0x9E3779B97F4A7C15u + (uint64_t)run->group->round;
    return run->env->row->guest ? 0 : (int64_t)statistics_random_below(&random, 4096);
}

/* Starts the command and stays with it to its end. */
static enum run_ending execute(struct run *run, struct env_command *command)
{
    struct child_spec spec = {.argv = command->argv,
                              .pty = command->pty,
                              .cpu = run->sweep->cpu,
                              .pad_bytes = (size_t)run->row.padding};
    struct child child;
    int fifo_fd = -1;
    int64_t timeout_s =
        run->sweep->timeout_s == STORE_NONE ? run->env->row->timeout_s : run->sweep->timeout_s;
    if (run->work)
        timeout_s = work_timeout_s(run->sweep, run->env);
    /* open for both directions: never an end of file, whoever comes and goes at the other end */
    if (command->fifo[0] && (fifo_fd = open(command->fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC)) < 0) {
        snprintf(run->ending, sizeof run->ending, "cannot open %.200s", command->fifo);
        return RUN_NOT_STARTED;
    }
    enum run_ending ending = RUN_NOT_STARTED;
    run->progress = stamp_now();
    if (run->work) { /* work.boot begins here; the others say when */
        snprintf(run->begin.test, sizeof run->begin.test, "%s", run->work->name);
        run->begin.stamp = run->progress;
    }
    struct interference before;
    interference_begin(&before, spec.cpu);
    if (child_start(&spec, &child, run->ending, sizeof run->ending) == 0) {
        run->pid = child.pid;
        run->sweep->aslr_refused |= child.aslr_refused;
        run->sweep->pin_refused |= child.pin_refused;
        if (child.aslr_refused && !run->env->row->guest)
            note(run, "address randomisation could not be turned off");
        if (child.pin_refused)
            note(run, "it could not be pinned to a processor");
        /* natively the bench reads the clocks itself */
        if (run->sweep->unlocked && run->env->row->guest)
            note(run, "the memory of the program that stamps the lines is not locked: %s",
                 run->sweep->unlocked);
        ending = follow(run, &child, fifo_fd, timeout_s);
        child_end(&child);
        interference_end(&before, child.pin_refused ? -1 : spec.cpu, &child, &run->row);
    }
    if (fifo_fd >= 0)
        close(fifo_fd);
    if (ending == RUN_TIMEOUT)
        snprintf(run->ending, sizeof run->ending, "no progress for %lld s", (long long)timeout_s);
    else if (ending == RUN_FLOOD)
        snprintf(run->ending, sizeof run->ending,
                 "endless output: %zu KiB, %d lines without progress", run->silent_bytes >> 10,
                 run->silent_lines);
    else if (ending == RUN_BYE || ending == RUN_INTERRUPTED || ending == RUN_STORE_FAILED)
        snprintf(run->ending, sizeof run->ending, "%s", ending == RUN_BYE ? "bye" : "interrupted");
    return ending;
}

/* After the process: the clock's verdict, the calibration's second half, the stage counters. */
static int finish(struct run *run, const struct env_command *command, double core_per_tsc)
{
    struct store *store = run->sweep->store;
    if (run->env->row->guest || run->work) {
        struct calibration after = calibrate(run->sweep->bench, run->sweep->cpu);
        int64_t before_khz = run->calibration.core_khz;
        int64_t drift = 0;
        run->row.cal_after = after.core_khz;
        if (before_khz > 0 && after.core_khz > 0) {
            double change = (double)after.core_khz / (double)before_khz;
            drift = change > 1.01 || change < 1 / 1.01 ? 32 : 0;
        }
        if (store_calibrate_run(store, run->row.id, after.core_khz, drift) < 0)
            return -1;
        run->row.clock_tsc = run->clocks.guest_tsc;
        run->row.clock_pit_ms = run->clocks.pit_ms;
        run->row.clock_host_tsc = run->clocks.host_tsc;
        run->row.clock_host_ns = run->clocks.host_ns;
    }
    if (command->stats[0]) {
        struct stagefile_target target = {
            store,          &run->sweep->catalogue, run->counts,
            run->sweep->id, run->env->env_id,       run->env->build_id,
            core_per_tsc};
        char why[256];
        int status = stagefile_store(command->stats, &target, why, sizeof why);
        if (status > 0)
            note(run, "%s", why);
        if (status < 0)
            return -1;
    }
    run->row.lines = run->reader.lines;
    run->row.garbage = run->reader.garbage;
    run->row.ending = run->ending;
    write_notes(run, run->note, sizeof run->note);
    run->row.note = run->note[0] ? run->note : NULL;
    return store_end_run(store, &run->row);
}

int run_execute(struct sweep *sweep, struct sweep_env *env, const struct store_group *group,
                const char *words, struct run_outcome *outcome)
{
    memset(outcome, 0, sizeof *outcome);
    struct run *run = calloc(1, sizeof *run);
    struct env_command *command = calloc(1, sizeof *command);
    if (run)
        run->counts = calloc(sweep->catalogue.count, sizeof *run->counts);
    int status = -1;
    if (run && command && run->counts) {
        run->sweep = sweep;
        run->env = env;
        run->group = group;
        run->outcome = outcome;
        run->reader.on_event = on_event;
        run->reader.context = run;
        run->tsc_khz = sweep->host.tsc_khz;
        run->calibration = (struct calibration){STORE_NONE, STORE_NONE};
        run->work = work_of_group(sweep, group);
        double core_per_tsc = NAN;
        if (env->row->guest || run->work) {
            run->calibration = calibrate(sweep->bench, sweep->cpu);
            if (run->calibration.tsc_khz > 0) {
                run->tsc_khz = run->calibration.tsc_khz;
                core_per_tsc = (double)run->calibration.core_khz / (double)run->calibration.tsc_khz;
            } else {
                note(run, "the core clock could not be proven");
            }
        }
        run->row = (struct store_run){.sweep_id = sweep->id,
                                      .env_id = env->env_id,
                                      .round = group->round,
                                      .words = words,
                                      .bye_ok = STORE_NONE,
                                      .clock_tsc = STORE_NONE,
                                      .clock_host_tsc = STORE_NONE,
                                      .clock_host_ns = STORE_NONE,
                                      .clock_pit_ms = NAN,
                                      .cal_before = run->calibration.core_khz,
                                      .cal_after = STORE_NONE,
                                      .cpu_ns = STORE_NONE,
                                      .wait_ns = STORE_NONE,
                                      .preempted = STORE_NONE,
                                      .steal_ms = STORE_NONE,
                                      .pressure_us = STORE_NONE,
                                      .padding = environment_padding(run)};
        struct stamp start = stamp_now();
        run->row.id = store_begin_run(sweep->store, &run->row);
        if (run->row.id >= 0) {
            outcome->ending = RUN_NOT_STARTED;
            int ready = run->work ? work_command(env, run->work, group->round, command, run->ending,
                                                 sizeof run->ending)
                                  : env->row->command(&env->site, words, command, run->ending,
                                                      sizeof run->ending);
            if (ready == 0)
                outcome->ending = execute(run, command);
            run->row.wall_ms = (stamp_now().at_ns - start.at_ns) / 1000000;
            outcome->culprit = run->current ? run->current->id : 0;
            snprintf(outcome->reason, sizeof outcome->reason, "%s", run->ending);
            status = run->store_failed ? -1 : finish(run, command, core_per_tsc);
        }
    }
    if (run)
        free(run->counts);
    free(run);
    free(command);
    return status;
}
