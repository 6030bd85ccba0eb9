/* profile_run.c: see profile_run.h.
 *
 * The emulator's file says what was executed, and not what for: the operations of the timed
 * intervals come from the bench's lines, and are added to the file. */
#include "collector/profile_run.h"
#include "collector/catalogue.h"
#include "collector/child.h"
#include "collector/env/env.h"
#include "collector/event.h"
#include "collector/sweep.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OUTPUT_MAX = 8 << 20, RUN_TIMEOUT_S = 300 };

struct listener {
    const struct catalogue *catalogue;
    double ops;
    int64_t ends, samples, wrong;
    char skip[256];
};

static void on_event(void *context, struct event *e)
{
    struct listener *l = context;
    const struct catalogue_test *test = catalogue_find(l->catalogue, e->test);
    if (e->type == EVENT_END && test && e->n > 0) {
        l->ops += (double)e->n * (double)test->ops;
        l->ends++;
    } else if (e->type == EVENT_SAMPLE) {
        l->samples++;
        l->wrong += e->check_ok == 0;
    } else if (e->type == EVENT_SKIP && !*l->skip) {
        snprintf(l->skip, sizeof l->skip, "%.90s: %.150s", e->test, e->why);
    }
}

/* The file with what else is known.  How it was is kept: beside it, then in its place. */
static int complete_file(const char *path, const struct listener *l, const char *test,
                         const char *version, const char *env, const char *program)
{
    char sha[DIGEST_HEX];
    json_t *root = json_load_file(path, 0, NULL);
    char name[PATH_MAX + 8];
    if (!json_is_object(root))
        return -1;
    if (*test) {
        json_object_set_new(root, "test", json_string(test));
        json_object_set_new(root, "ops", json_real(l->ops));
    }
    json_object_set_new(root, "version", json_string(version));
    json_object_set_new(root, "env", json_string(env));
    if (digest_file(program, sha) == 0)
        json_object_set_new(root, "build", json_string(sha));
    snprintf(name, sizeof name, "%s.new", path);
    int status = json_dump_file(root, name, JSON_INDENT(1));
    json_decref(root);
    if (!status)
        status = rename(name, path);
    if (status)
        unlink(name);
    return status;
}

/* One environment, of ours. */
static const struct env *choose_env(const struct options *options)
{
    const struct env *chosen = NULL;
    for (size_t i = 0; i < env_count; i++)
        if (!strcmp(env_table[i]->project, "tickmark-emu") &&
            (options->envs.count ? option_chooses(&options->envs, env_table[i]->kind)
                                 : !strcmp(env_table[i]->kind, "emu-jit"))) {
            if (chosen)
                return NULL;
            chosen = env_table[i];
        }
    return chosen;
}

/* The words for the bench, and the one test's name if there is one. */
static int choose_tests(const struct options *options, const struct catalogue *catalogue,
                        char *words, size_t room, char *name, size_t name_room)
{
    size_t used = (size_t)snprintf(words, room, "--rounds 2 --min-us 100000"), chosen = 0;
    name[0] = 0;
    for (size_t i = 0; i < catalogue->count; i++) {
        if (!option_chooses(&options->tests, catalogue->tests[i].name))
            continue;
        snprintf(name, name_room, "%s", chosen++ ? "" : catalogue->tests[i].name);
    }
    for (size_t i = 0; i < options->tests.count && used < room; i++)
        used += (size_t)snprintf(words + used, room - used, " -t %s", options->tests.items[i]);
    return !chosen ? -1 : used < room ? 0 : -2;
}

static int run(const struct env *env, struct env_site *site, const char *words, const char *path,
               struct listener *listener, char *err, size_t errlen)
{
    struct env_command *command = calloc(1, sizeof *command);
    struct event_reader *reader = calloc(1, sizeof *reader);
    char *text = malloc(OUTPUT_MAX);
    int code = 0, status = -1;
    if (!command || !reader || !text)
        snprintf(err, errlen, "no memory");
    else if (env->command(site, words, command, err, errlen) == 0) {
        env_add(command, "--hot");
        env_add(command, path);
        if (!env_is_complete(command))
            snprintf(err, errlen, "command line too long");
        else
            status = child_capture(command->argv, -1, RUN_TIMEOUT_S, text, OUTPUT_MAX, &code, err,
                                   errlen);
        if (command->stats[0])
            unlink(command->stats);
    }
    if (status == 0) {
        reader->on_event = on_event;
        reader->context = listener;
        event_feed(reader, text, strlen(text), stamp_now());
        if (access(path, R_OK) != 0) {
            snprintf(err, errlen, "tickmark-emu wrote no profile (exit status %d): %.300s", code,
                     text);
            status = -1;
        } else if (!listener->ends) {
            snprintf(err, errlen, "nothing was measured: %.250s",
                     *listener->skip ? listener->skip : text);
            status = -1;
        }
    }
    free(command);
    free(reader);
    free(text);
    return status;
}

/* A folder for this run's files. */
static int make_work_dir(struct env_site *site)
{
    const char *dir = getenv("TMPDIR");
    snprintf(site->work_dir, sizeof site->work_dir, "%s/tickmark-hot-XXXXXX",
             dir && strlen(dir) < 200 ? dir : "/tmp");
    return mkdtemp(site->work_dir) ? 0 : -1;
}

static int run_chosen(const struct options *options, const struct env *env, struct env_site *site,
                      const struct catalogue *catalogue, const char *path, char *err, size_t errlen)
{
    char words[ENV_WORDS], name[96], version[64], label[128];
    struct listener listener = {.catalogue = catalogue};
    int chosen = choose_tests(options, catalogue, words, sizeof words, name, sizeof name);
    if (chosen < 0) {
        snprintf(err, errlen, "%s", chosen == -1 ? "no test matches" : "too many patterns");
        return -1;
    }
    env->identify(site, version, sizeof version, label, sizeof label);
    if (run(env, site, words, path, &listener, err, errlen) < 0)
        return -1;
    if (complete_file(path, &listener, name, version, env->kind, site->program) < 0) {
        snprintf(err, errlen, "%.500s: cannot be completed", path);
        return -1;
    }
    if (listener.wrong)
        fprintf(stderr, "tickmark: %lld of %lld answers were wrong\n", (long long)listener.wrong,
                (long long)listener.samples);
    return 0;
}

int profile_run(const struct options *options, char path[PATH_MAX], char symbols[PATH_MAX],
                int *temporary, char *err, size_t errlen)
{
    char program[PATH_MAX];
    struct catalogue catalogue;
    struct env_site site;
    memset(&site, 0, sizeof site);
    const struct env *env = choose_env(options);
    if (!env) {
        snprintf(err, errlen, "hot looks into one of our own engines: -e emu-jit or -e emu-interp");
        return -1;
    }
    plan_find_build_dir(options, site.build_dir, sizeof site.build_dir);
    snprintf(program, sizeof program, "%s/tickbench", site.build_dir);
    if (env->present(&site, err, errlen) < 0 ||
        catalogue_read(program, &catalogue, err, errlen) < 0)
        return -1;
    int status = make_work_dir(&site);
    if (status < 0) {
        snprintf(err, errlen, "cannot make a folder for temporary files");
    } else {
        *temporary = options->file == NULL;
        if (options->file)
            snprintf(path, PATH_MAX, "%s", options->file);
        else
            snprintf(path, PATH_MAX, "%.200s.json", site.work_dir);
        status = run_chosen(options, env, &site, &catalogue, path, err, errlen);
        rmdir(site.work_dir);
        if (status < 0 && *temporary)
            unlink(path);
    }
    snprintf(symbols, PATH_MAX, "%s", site.image);
    catalogue_free(&catalogue);
    return status;
}
