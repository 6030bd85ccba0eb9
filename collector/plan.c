/* plan.c: a sweep's plan: which tests, in which environments, how many rounds, in which order.
 *
 * The order of processes: for each round, the environments that have that round, shuffled from the
 * seed.  The order of tests inside a process is the bench's own shuffle from the same seed. The
 * plan is text (JSON) in the store; a resume reads it back and refuses to go on with other
 * programs. */
#include "collector/child.h"
#include "collector/estimate.h"
#include "collector/stamp.h"
#include "collector/statistics.h"
#include "collector/sweep.h"
#include "collector/work.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define COLLECTOR_VERSION "tickmark 0.1"
#define ROUNDS_BOCHS_MAX  2

void plan_find_build_dir(const struct options *options, char *dir, size_t room)
{
    char self[PATH_MAX];
    if (options->build_dir) {
        if (!realpath(options->build_dir, self))
            snprintf(self, sizeof self, "%.4000s", options->build_dir);
        snprintf(dir, room, "%s", self);
        return;
    }
    ssize_t got = readlink("/proc/self/exe", self, sizeof self - 1);
    self[got > 0 ? got : 0] = 0;
    char *slash = strrchr(self, '/');
    if (slash)
        *slash = 0;
    snprintf(dir, room, "%s", *self ? self : ".");
}

/* Who this process is: a number that was given again to another process is not mistaken for it. */
static void describe_process(long pid, char *text, size_t room)
{
    char path[64], boot[64] = "", line[1024] = "";
    unsigned long long start = 0;
    FILE *in = fopen("/proc/sys/kernel/random/boot_id", "re");
    if (in) {
        if (!fgets(boot, sizeof boot, in))
            boot[0] = 0;
        fclose(in);
    }
    boot[strcspn(boot, "\n")] = 0;
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    in = fopen(path, "re");
    if (in) {
        if (!fgets(line, sizeof line, in))
            line[0] = 0;
        fclose(in);
    }
    char *at = strrchr(line, ')'); /* field 22 is the start time; the name may hold anything */
    if (at)
        sscanf(at + 1,
               " %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu",
               &start);
    snprintf(text, room, "%s %ld %llu", boot, pid, start);
}

static int runs_still(const char *runner)
{
    char now[160];
    long pid = 0;
    if (!runner || sscanf(runner, "%*s %ld", &pid) != 1)
        return 0;
    describe_process(pid, now, sizeof now);
    return !strcmp(now, runner);
}

/* The command line as a fact about the environment: without words, and with folders by their names,
 * so that it is the same text from run to run. */
static void describe_command(const struct env *row, const struct env_site *site, char *text,
                             size_t room)
{
    struct env_command *command = calloc(1, sizeof *command);
    char why[200];
    size_t used = 0;
    text[0] = 0;
    if (command && row->command(site, "WORDS", command, why, sizeof why) == 0) {
        for (size_t i = 0; i < command->argc; i++) {
            const char *argument = command->argv[i], *folder = "";
            if (!strncmp(argument, site->work_dir, strlen(site->work_dir))) {
                argument += strlen(site->work_dir);
                folder = "WORK";
            } else if (!strncmp(argument, site->build_dir, strlen(site->build_dir))) {
                argument += strlen(site->build_dir);
                folder = "BUILD";
            }
            int more =
                snprintf(text + used, room - used, "%s%s%s", used ? " " : "", folder, argument);
            if (more < 0 || (size_t)more >= room - used)
                break;
            used += (size_t)more;
        }
    }
    free(command);
}

static void join_words(const struct option_list *list, char *text, size_t room)
{
    size_t used = 0;
    text[0] = 0;
    for (size_t i = 0; i < list->count && used < room; i++)
        used += (size_t)snprintf(text + used, room - used, "%s%s", i ? " " : "", list->items[i]);
}

static void set_env(struct sweep *sweep, const struct env *row, const struct options *options)
{
    struct sweep_env *e = &sweep->envs[sweep->env_count++];
    char text[4 * PATH_MAX], argv[2 * PATH_MAX], image_sha[DIGEST_HEX] = "";
    memset(e, 0, sizeof *e);
    e->row = row;
    plan_find_build_dir(options, e->site.build_dir, sizeof e->site.build_dir);
    snprintf(e->site.work_dir, sizeof e->site.work_dir, "%s", sweep->work_dir);
    if (!strcmp(row->project, "tickmark-emu"))
        join_words(&options->emu_options, e->site.options, sizeof e->site.options);
    if (row->present(&e->site, e->missing, sizeof e->missing) < 0)
        return;
    if (digest_file(e->site.program, e->build_sha) < 0 ||
        (*e->site.image && digest_file(e->site.image, image_sha) < 0)) {
        snprintf(e->missing, sizeof e->missing, "its program or image cannot be read");
        return;
    }
    row->identify(&e->site, e->version, sizeof e->version, e->label, sizeof e->label);
    describe_command(row, &e->site, argv, sizeof argv);
    snprintf(text, sizeof text, "%s\n%s\n%s\n%s\n", row->kind, e->label, argv, image_sha);
    digest_text(text, e->env_sha);
    snprintf(e->guest_tsc, sizeof e->guest_tsc, "%s", row->guest ? "unknown" : "host");
    e->rounds = sweep->quick ? row->quick_rounds : row->rounds;
    if (sweep->precision > 0 && strcmp(row->kind, "bochs") != 0)
        e->rounds = PLAN_STOP_MOST;
    int64_t own = json_integer_value(json_object_get(options->env_rounds, row->kind));
    if (own > 0)
        e->rounds = own;
    if (options->rounds != STORE_NONE) {
        e->rounds = options->rounds;
        if (!strcmp(row->kind, "bochs") && e->rounds > ROUNDS_BOCHS_MAX)
            e->rounds =
                ROUNDS_BOCHS_MAX; /* slow: a round of it lasts as long as five of the others */
    }
    struct store_build build = {e->build_sha, row->project, e->version};
    struct store_env env = {e->env_sha, row->kind, e->label, argv, *image_sha ? image_sha : NULL};
    e->build_id = store_put_build(sweep->store, &build);
    e->env_id = store_put_env(sweep->store, &env);
    if (e->env_id >= 0 && !row->guest)
        store_set_env_clock(sweep->store, e->env_id, "host");
}

/* By a name or glob that is not a "not". */
static int is_asked_for(const struct options *options, const char *kind)
{
    for (size_t g = 0; g < options->envs.count; g++)
        if (options->envs.items[g][0] != '~' && option_glob_match(options->envs.items[g], kind))
            return 1;
    return 0;
}

static int choose_envs(struct sweep *sweep, const struct options *options, const char *default_env,
                       char *err, size_t errlen)
{
    for (size_t g = 0; g < options->envs.count; g++) {
        const char *glob = options->envs.items[g] + (*options->envs.items[g] == '~');
        const char *kinds[16];
        int known = 0;
        for (size_t i = 0; i < env_count; i++) {
            kinds[i] = env_table[i]->kind;
            known |= option_glob_match(glob, kinds[i]);
        }
        if (!known) {
            const char *near = option_nearest(glob, kinds, env_count);
            snprintf(err, errlen, "no environment '%s'%s%s%s", glob, near ? "; did you mean " : "",
                     near ? near : "", near ? "?" : "");
            return 1;
        }
    }
    size_t present = 0;
    for (size_t i = 0; i < env_count; i++) {
        if (options->envs.count ? !option_chooses(&options->envs, env_table[i]->kind)
                                : default_env && strcmp(env_table[i]->kind, default_env))
            continue;
        if (env_table[i]->on_request && !is_asked_for(options, env_table[i]->kind))
            continue;
        set_env(sweep, env_table[i], options);
        const struct sweep_env *e = &sweep->envs[sweep->env_count - 1];
        if (e->build_id < 0 || e->env_id < 0) {
            snprintf(err, errlen, "%s", store_error(sweep->store));
            return 1;
        }
        if (*e->missing)
            fprintf(stderr, "tickmark: %s is left out: %s\n", e->row->kind, e->missing);
        present += !*e->missing;
    }
    if (!present) {
        snprintf(err, errlen, "none of the chosen environments is there");
        return 4;
    }
    return 0;
}

static int choose_tests(struct sweep *sweep, char *err, size_t errlen)
{
    size_t chosen = 0, left_out = 0;
    char why[200] = "";
    for (size_t i = 0; i < sweep->globs.count; i++) {
        const char *glob = sweep->globs.items[i] + (*sweep->globs.items[i] == '~');
        int matches = 0;
        if (strchr(glob, ' ')) {
            snprintf(err, errlen, "'%s': no test has a blank in its name", glob);
            return 1;
        }
        for (size_t k = 0; k < sweep->catalogue.count; k++)
            matches |= option_glob_match(glob, sweep->catalogue.tests[k].name);
        if (!matches) {
            const char *names[1024], *near;
            size_t count = 0;
            for (; count < sweep->catalogue.count && count < 1024; count++)
                names[count] = sweep->catalogue.tests[count].name;
            near = option_nearest(glob, names, count);
            snprintf(err, errlen, "no test matches '%s'%s%s%s", glob, near ? "; did you mean " : "",
                     near ? near : "", near ? "?" : "");
            return 1;
        }
    }
    for (size_t i = 0; i < sweep->catalogue.count; i++) {
        struct catalogue_test *t = &sweep->catalogue.tests[i];
        if (!option_chooses(&sweep->globs, t->name))
            continue;
        if (!work_may_run(sweep, t, why, sizeof why)) {
            left_out++;
            continue;
        }
        struct store_test row = {
            t->name, t->code,  t->family, t->title, *t->alias ? t->alias : NULL,
            t->kind, t->needs, t->ops,    t->marker};
        t->id = store_put_test(sweep->store, &row);
        if (t->id < 0) {
            snprintf(err, errlen, "%s", store_error(sweep->store));
            return 1;
        }
        chosen++;
    }
    if (left_out)
        fprintf(stderr, "tickmark: work.* is left out: %s\n", why);
    if (!chosen) {
        snprintf(err, errlen, "no test is left of the chosen ones");
        return left_out ? 4 : 1;
    }
    return 0;
}

static int read_catalogue(struct sweep *sweep, const struct options *options, char *err,
                          size_t errlen)
{
    char dir[PATH_MAX - 64];
    plan_find_build_dir(options, dir, sizeof dir);
    snprintf(sweep->bench, sizeof sweep->bench, "%s/tickbench", dir);
    if (access(sweep->bench, X_OK) < 0) {
        snprintf(err, errlen, "%.3000s is not built (make all)", sweep->bench);
        return 4;
    }
    return catalogue_read(sweep->bench, &sweep->catalogue, err, errlen) < 0 ? 1 : 0;
}

static json_t *texts_of(const struct option_list *list)
{
    json_t *texts = json_array();
    for (size_t i = 0; i < list->count; i++)
        json_array_append_new(texts, json_string(list->items[i]));
    return texts;
}

static char *plan_text(const struct sweep *sweep, const struct options *options)
{
    json_t *plan =
        json_pack("{s:b,s:I,s:I,s:I,s:I,s:o,s:o}", "quick", sweep->quick, "rounds",
                  (json_int_t)(options->rounds == STORE_NONE ? 0 : options->rounds), "seed",
                  (json_int_t)sweep->seed, "minutes",
                  (json_int_t)(sweep->minutes == STORE_NONE ? 0 : sweep->minutes), "timeout_s",
                  (json_int_t)(sweep->timeout_s == STORE_NONE ? 0 : sweep->timeout_s), "tests",
                  texts_of(&options->tests), "envs", texts_of(&options->envs));
    if (plan && options->emu_options.count) /* absent otherwise: plans keep their sums */
        json_object_set_new(plan, "emulator_options", texts_of(&options->emu_options));
    if (plan && sweep->precision > 0)
        json_object_set_new(plan, "precision", json_real(100 * sweep->precision));
    if (plan && options->env_rounds)
        json_object_set_new(plan, "env_rounds", json_deep_copy(options->env_rounds));
    char *text = plan ? json_dumps(plan, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(plan);
    return text;
}

static int add_jobs(struct sweep *sweep, const struct options *options)
{
    int64_t rounds = 0, pos = 0;
    for (size_t i = 0; i < sweep->env_count; i++)
        if (!*sweep->envs[i].missing && sweep->envs[i].rounds > rounds)
            rounds = sweep->envs[i].rounds;
    for (int64_t round = 0; round < rounds; round++) {
        size_t order[8];
        statistics_shuffle(order, sweep->env_count,
                           (uint64_t)sweep->seed * 1000003u + (uint64_t)round);
        for (size_t k = 0; k < sweep->env_count; k++) {
            const struct sweep_env *e = &sweep->envs[order[k]];
            if (*e->missing || round >= e->rounds)
                continue;
            for (size_t t = 0; t < sweep->catalogue.count; t++)
                if (sweep->catalogue.tests[t].id && !sweep->catalogue.tests[t].is_work &&
                    store_add_job(sweep->store, sweep->id, pos, e->env_id, e->build_id,
                                  sweep->catalogue.tests[t].id, round) < 0)
                    return -1;
            pos++;
        }
    }
    return work_add_jobs(sweep, options, pos);
}

static int store_plan(struct sweep *sweep, const struct options *options)
{
    char sha[DIGEST_HEX];
    int64_t host_id, state_id;
    char *text = plan_text(sweep, options);
    if (!text || host_put(&sweep->host, sweep->store, &host_id, &state_id) < 0) {
        free(text);
        return -1;
    }
    digest_text(text, sha);
    sweep->id = store_new_sweep(sweep->store, host_id, state_id, text, sha, sweep->seed,
                                options->label, COLLECTOR_VERSION);
    free(text);
    if (sweep->id < 0)
        return -1;
    for (size_t i = 0; i < sweep->env_count; i++) {
        const struct sweep_env *e = &sweep->envs[i];
        int missing = *e->missing != 0;
        if (store_put_sweep_env(sweep->store, sweep->id, e->row->kind,
                                missing ? STORE_NONE : e->env_id,
                                missing ? STORE_NONE : e->build_id, missing ? 0 : e->rounds,
                                missing ? e->missing : NULL) < 0)
            return -1;
    }
    for (size_t i = 0; i < sweep->catalogue.count; i++)
        if (sweep->catalogue.tests[i].id &&
            store_put_sweep_test(sweep->store, sweep->id, sweep->catalogue.tests[i].id,
                                 sweep->catalogue.tests[i].index) < 0)
            return -1;
    return add_jobs(sweep, options);
}

/* Counts for the progress line. */
static int begin_progress(struct sweep *sweep)
{
    struct store_table table;
    struct store_param param = {":sweep", NULL, sweep->id};
    struct estimate estimate;
    progress_begin(&sweep->progress);
    if (estimate_read(sweep, sweep->store, &estimate) < 0 ||
        store_query(sweep->store, "queue_env", &param, 1, &table) < 0)
        return -1;
    sweep->progress.env_count = sweep->env_count;
    for (size_t i = 0; i < sweep->env_count; i++) {
        struct progress_env *p = &sweep->progress.envs[i];
        p->name = sweep->envs[i].row->kind;
        p->left = estimate.env[i].jobs + estimate.env[i].works;
        /* until a first process of it was timed */
        p->guess_s = p->left > 0 ? estimate.env[i].seconds / (double)p->left : 0;
        p->total = p->left;
        for (size_t r = 0; r < table.rows; r++)
            if (!strcmp(store_cell(&table, r, 0)->text, p->name))
                for (size_t c = 3; c < 6; c++) {
                    int64_t done = (int64_t)store_cell(&table, r, c)->real;
                    p->total += done;
                    sweep->progress.done += done;
                }
        sweep->progress.total += p->total;
    }
    store_free_table(&table);
    return 0;
}

static int start_work(struct sweep *sweep, char *err, size_t errlen)
{
    char runner[160];
    sweep->started_ns = stamp_now().at_ns; /* a resume has its minutes anew */
    /* stamps are only as good as this process is prompt; without the right to it, it goes on as it
     * is */
    setpriority(PRIO_PROCESS, 0, COLLECTOR_NICE);
    describe_process((long)getpid(), runner, sizeof runner);
    if (store_set_sweep(sweep->store, sweep->id, "running", runner) < 0 ||
        begin_progress(sweep) < 0) {
        snprintf(err, errlen, "%s", store_error(sweep->store));
        return 1;
    }
    if (sweep->minutes != STORE_NONE)
        sweep->progress.deadline_ns = sweep->started_ns + sweep->minutes * 60 * 1000000000;
    return 0;
}

static void remove_work_dir(const char *dir)
{
    static const char *const files[] = {
        "stats.json", "words.img", "words.img.lock", "floppy.img", "floppy.img.lock",
        "bochsrc",    "continue",  "bochs.log",      "com1",       "scratch"};
    char path[400];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%.300s/%s", dir, files[i]);
        unlink(path);
    }
    rmdir(dir);
}

/* What collectors left that were killed: their folders carry their process number. */
static void remove_stale_dirs(const char *tmp)
{
    DIR *folder = opendir(tmp);
    struct dirent *entry;
    while (folder && (entry = readdir(folder))) {
        int pid = 0, end = 0;
        char path[400];
        struct stat st;
        if (sscanf(entry->d_name, "tickmark-%d-%n", &pid, &end) != 1 || !end || pid <= 0 ||
            kill(pid, 0) == 0 || errno != ESRCH)
            continue;
        snprintf(path, sizeof path, "%.100s/%.250s", tmp, entry->d_name);
        if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == getuid())
            remove_work_dir(path);
    }
    if (folder)
        closedir(folder);
}

static int open_work_dir(struct sweep *sweep, char *err, size_t errlen)
{
    const char *tmp = getenv("TMPDIR");
    tmp = tmp && strlen(tmp) < 90 ? tmp : "/tmp";
    remove_stale_dirs(tmp);
    snprintf(sweep->work_dir, sizeof sweep->work_dir, "%s/tickmark-%ld-XXXXXX", tmp,
             (long)getpid());
    if (mkdtemp(sweep->work_dir))
        return 0;
    snprintf(err, errlen, "cannot make the folder %s", sweep->work_dir);
    sweep->work_dir[0] = 0;
    return -1;
}

static int open_sweep(struct sweep *sweep, const struct options *options, char *err, size_t errlen)
{
    memset(sweep, 0, sizeof *sweep);
    sweep->store = store_open(options->db, STORE_WRITE, err, errlen);
    if (!sweep->store || open_work_dir(sweep, err, errlen) < 0)
        return 1;
    host_read(&sweep->host);
    return 0;
}

int plan_new(struct sweep *sweep, const struct options *options, const char *default_env, char *err,
             size_t errlen)
{
    char *end = NULL;
    double percent = options->precision ? strtod(options->precision, &end) : 0;
    int code = open_sweep(sweep, options, err, errlen);
    if (!code && end && (!*options->precision || *end || !(percent > 0) || percent > 100)) {
        snprintf(err, errlen, "--precision wants percent, not '%.40s'", options->precision);
        code = 1;
    }
    sweep->precision = percent / 100;
    sweep->quick = options->quick;
    sweep->timeout_s = options->timeout_s;
    sweep->minutes =
        options->minutes != STORE_NONE || !options->quick ? options->minutes : PLAN_QUICK_MINUTES;
    sweep->globs = options->tests;
    sweep->seed =
        options->seed != STORE_NONE ? options->seed : (int64_t)(stamp_now().at_tsc & 0x7FFFFFFF);
    if (!code)
        code = read_catalogue(sweep, options, err, errlen);
    if (!code)
        code = choose_envs(sweep, options, default_env, err, errlen);
    if (!code)
        code = choose_tests(sweep, err, errlen);
    if (code)
        return code;
    if (store_begin(sweep->store) < 0 || store_plan(sweep, options) < 0 ||
        store_commit(sweep->store) < 0) {
        snprintf(err, errlen, "%s", store_error(sweep->store));
        store_rollback(sweep->store);
        return 1;
    }
    sweep->cpu = child_choose_cpu();
    return start_work(sweep, err, errlen);
}

static void read_list(const json_t *texts, struct option_list *list)
{
    size_t i;
    json_t *text;
    json_array_foreach(texts, i, text)
    {
        if (list->count < OPTION_LIST && json_is_string(text))
            list->items[list->count++] = json_string_value(text);
    }
}

/* The tests and environments of the plan must be those of today's programs. */
static int match_plan(struct sweep *sweep, char *err, size_t errlen)
{
    struct store_table table;
    struct store_param param = {":sweep", NULL, sweep->id};
    if (store_query(
            sweep->store,
            "SELECT t.name, t.code_sha, t.id FROM sweep_test s JOIN test t ON t.id = s.test_id "
            "WHERE s.sweep_id = :sweep",
            &param, 1, &table) < 0) {
        snprintf(err, errlen, "%s", store_error(sweep->store));
        return 1;
    }
    for (size_t i = 0; i < table.rows; i++) {
        struct catalogue_test *t =
            catalogue_find(&sweep->catalogue, store_cell(&table, i, 0)->text);
        if (!t || strcmp(t->code, store_cell(&table, i, 1)->text)) {
            snprintf(err, errlen, "%s is not what it was when the sweep began; start a new sweep",
                     store_cell(&table, i, 0)->text);
            store_free_table(&table);
            return 1;
        }
        t->id = (int64_t)store_cell(&table, i, 2)->real;
    }
    store_free_table(&table);
    if (store_query(sweep->store, "queue_env", &param, 1, &table) < 0) {
        snprintf(err, errlen, "%s", store_error(sweep->store));
        return 1;
    }
    for (size_t i = 0; i < table.rows; i++) {
        const struct sweep_env *same = NULL;
        const char *kind = store_cell(&table, i, 0)->text;
        for (size_t k = 0; k < sweep->env_count; k++)
            if (!*sweep->envs[k].missing && !strcmp(sweep->envs[k].row->kind, kind) &&
                sweep->envs[k].env_id == (int64_t)store_cell(&table, i, 6)->real &&
                sweep->envs[k].build_id == (int64_t)store_cell(&table, i, 7)->real)
                same = &sweep->envs[k];
        if (!same && store_cell(&table, i, 2)->real > 0) {
            snprintf(err, errlen,
                     "%s is not the program it was when the sweep began; start a new sweep", kind);
            store_free_table(&table);
            return 1;
        }
    }
    store_free_table(&table);
    return 0;
}

int plan_resume(struct sweep *sweep, const struct options *options, int64_t id, char *err,
                size_t errlen)
{
    struct store_sweep row;
    int code = open_sweep(sweep, options, err, errlen);
    if (code)
        return code;
    int found = store_find_sweep(sweep->store, 1, id, &row);
    if (found <= 0) {
        snprintf(err, errlen, "%s",
                 found ? store_error(sweep->store) : "nothing to resume: no sweep is unfinished");
        return 1;
    }
    if (store_find_twin(sweep->store, row.id, &sweep->twin_id) < 0) {
        snprintf(err, errlen, "%s", store_error(sweep->store));
        store_free_sweep(&row);
        return 1;
    }
    struct options planned = *options;
    json_t *plan = json_loads(row.plan, 0, NULL);
    sweep->plan_json = plan; /* the globs point into it */
    sweep->id = row.id;
    sweep->seed = row.seed;
    sweep->quick = json_is_true(json_object_get(plan, "quick"));
    sweep->precision = json_number_value(json_object_get(plan, "precision")) / 100;
    int64_t timeout_s = json_integer_value(json_object_get(plan, "timeout_s"));
    int64_t rounds = json_integer_value(json_object_get(plan, "rounds"));
    int64_t minutes = json_integer_value(json_object_get(plan, "minutes"));
    sweep->timeout_s = timeout_s ? timeout_s : STORE_NONE;
    sweep->minutes = options->minutes != STORE_NONE ? options->minutes
                     : minutes                      ? minutes
                                                    : STORE_NONE;
    planned.rounds = rounds ? rounds : STORE_NONE;
    read_list(json_object_get(plan, "tests"), &sweep->globs);
    read_list(json_object_get(plan, "emulator_options"), &planned.emu_options);
    planned.env_rounds = json_object_get(plan, "env_rounds");
    if (runs_still(row.runner)) {
        snprintf(err, errlen, "sweep %lld is being worked on by another tickmark",
                 (long long)row.id);
        store_free_sweep(&row);
        return 1;
    }
    store_free_sweep(&row);
    /* every environment that has jobs, present or not: match_plan() tells what is missing */
    struct store_table table;
    struct store_param param = {":sweep", NULL, sweep->id};
    if (store_query(sweep->store, "queue_env", &param, 1, &table) < 0) {
        snprintf(err, errlen, "%s", store_error(sweep->store));
        return 1;
    }
    for (size_t i = 0; i < table.rows && sweep->env_count < 8; i++) {
        const struct env *known = env_find(store_cell(&table, i, 0)->text);
        if (known)
            set_env(sweep, known, &planned);
    }
    store_free_table(&table);
    code = read_catalogue(sweep, options, err, errlen);
    if (!code)
        code = match_plan(sweep, err, errlen);
    if (!code && store_requeue_jobs(sweep->store, sweep->id) < 0) {
        snprintf(err, errlen, "%s", store_error(sweep->store));
        code = 1;
    }
    if (!code) {
        sweep->cpu = child_choose_cpu();
        code = start_work(sweep, err, errlen);
    }
    return code;
}

void plan_close(struct sweep *sweep)
{
    if (*sweep->work_dir)
        remove_work_dir(sweep->work_dir);
    catalogue_free(&sweep->catalogue);
    json_decref(sweep->plan_json);
    store_close(sweep->store);
    memset(sweep, 0, sizeof *sweep);
}
