/* planfile.c: see planfile.h.
 * The library that reads JSON forgets where a value was: find_line() walks the text again. */
#include "collector/planfile.h"
#include "collector/env/env.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define PLANFILE_BYTES (1 << 20)

static const char *const keys[] = {
    "label", "tests",   "environments", "rounds",           "quick",     "minutes",
    "seed",  "timeout", "versions",     "emulator_options", "precision", "aa"};
static const char *const version_keys[] = {"name", "build", "emulator_options"};

struct reader {
    const char *path;
    char *text;
    const struct options *given;
    struct planfile *plan;
    char *err;
    size_t errlen;
};

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

static const char *skip_text(const char *at)
{
    for (at++; *at && *at != '"'; at++)
        at += *at == '\\' && at[1];
    return at + (*at == '"');
}

/* Behind a value; the text is known to be JSON. */
static const char *skip_value(const char *at)
{
    int depth = 0;
    at = skip_blanks(at);
    do {
        if (*at == '"')
            at = skip_text(at);
        else if (strchr("{[", *at) && *at)
            depth++, at++;
        else if (strchr("}]", *at) && *at)
            depth--, at++;
        else if (depth)
            at++;
        else
            at += strcspn(at, ",]} \t\r\n");
    } while (*at && depth > 0);
    return at;
}

/* The value, or its key, at a path such as versions[1].build. */
static const char *find_place(const char *at, const char *path)
{
    at = skip_blanks(at);
    while (*path) {
        size_t bytes = strcspn(path, ".[");
        const char *key = at;
        if (*path == '[') {
            long index = strtol(path + 1, (char **)(uintptr_t)&path, 10);
            path++; /* ] */
            for (at = skip_blanks(at + 1); index-- > 0; at = skip_blanks(at + (*at == ',')))
                at = skip_blanks(skip_value(at));
        } else {
            for (at = skip_blanks(at + 1); *at == '"'; at = skip_blanks(at + (*at == ','))) {
                const char *end = skip_text(at);
                key = at;
                at = skip_blanks(skip_blanks(end) + 1);
                if ((size_t)(end - key) == bytes + 2 && !strncmp(key + 1, path, bytes))
                    break;
                at = skip_blanks(skip_value(at));
            }
            path += bytes;
            if (!*path)
                return key;
        }
        path += *path == '.';
    }
    return at;
}

static int find_line(const char *text, const char *path)
{
    int line = 1;
    for (const char *end = find_place(text, path); text < end; text++)
        line += *text == '\n';
    return line;
}

static int refuse(const struct reader *r, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static int refuse(const struct reader *r, const char *key, const char *format, ...)
{
    char why[400];
    va_list ap;
    va_start(ap, format);
    vsnprintf(why, sizeof why, format, ap);
    va_end(ap);
    snprintf(r->err, r->errlen, "%.1000s:%d: %.200s%s%s", r->path, find_line(r->text, key), key,
             *key ? ": " : "", why);
    return -1;
}

static const char *type_word(const json_t *value)
{
    static const char *const words[] = {"an object", "a list", "text",  "a whole number",
                                        "a number",  "true",   "false", "null"};
    return words[json_typeof(value)];
}

static const char *nearest_note(const char *word, const char *const *words, size_t count,
                                char *note, size_t room)
{
    const char *near = option_nearest(word, words, count);
    snprintf(note, room, "%s%s%s", near ? "; did you mean " : "", near ? near : "",
             near ? "?" : "");
    return note;
}

static int refuse_strangers(const struct reader *r, const json_t *object, const char *prefix,
                            const char *const *known, size_t count)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        char path[200], note[120];
        int found = 0;
        for (size_t i = 0; i < count; i++)
            found |= !strcmp(key, known[i]);
        snprintf(path, sizeof path, "%s%.100s", prefix, key);
        if (!found)
            return refuse(r, path, "no such key%s",
                          nearest_note(key, known, count, note, sizeof note));
    }
    return 0;
}

static int take_texts(const struct reader *r, const json_t *list, const char *key,
                      struct option_list *to)
{
    size_t i;
    json_t *value;
    if (!list)
        return 0;
    if (!json_is_array(list))
        return refuse(r, key, "must be a list of texts, is %s", type_word(list));
    json_array_foreach((json_t *)(uintptr_t)list, i, value)
    {
        char path[240];
        snprintf(path, sizeof path, "%.200s[%zu]", key, i);
        if (!json_is_string(value))
            return refuse(r, path, "must be text, is %s", type_word(value));
        if (!*json_string_value(value) || strpbrk(json_string_value(value), " \t\n"))
            return refuse(r, path, "must be one word, is '%.60s'", json_string_value(value));
        if (to->count == OPTION_LIST)
            return refuse(r, path, "more than %d of them", OPTION_LIST);
        to->items[to->count++] = json_string_value(value);
    }
    return 0;
}

static int take_number(const struct reader *r, const json_t *object, const char *key, int least,
                       int64_t *to)
{
    const json_t *value = json_object_get(object, key);
    if (!value)
        return 0;
    if (!json_is_integer(value))
        return refuse(r, key, "must be a whole number, is %s", type_word(value));
    if (json_integer_value(value) < least || json_integer_value(value) > INT32_MAX)
        return refuse(r, key, "must be at least %d, is %lld", least,
                      (long long)json_integer_value(value));
    if (*to == STORE_NONE)
        *to = json_integer_value(value);
    return 0;
}

static int check_env(const struct reader *r, const char *path, const char *glob)
{
    const char *kinds[16];
    char note[120];
    int known = 0;
    glob += *glob == '~';
    for (size_t i = 0; i < env_count && i < 16; i++) {
        kinds[i] = env_table[i]->kind;
        known |= option_glob_match(glob, kinds[i]);
    }
    return known ? 0
                 : refuse(r, path, "no environment '%.60s'%s", glob,
                          nearest_note(glob, kinds, env_count, note, sizeof note));
}

/* One number, or one for each of some environments. */
static int take_rounds(const struct reader *r, const json_t *root, struct options *options)
{
    json_t *rounds = json_object_get(root, "rounds"), *value;
    const char *env;
    if (!json_is_object(rounds))
        return take_number(r, root, "rounds", 1, &options->rounds);
    json_object_foreach(rounds, env, value)
    {
        char path[120];
        snprintf(path, sizeof path, "rounds.%.80s", env);
        if (check_env(r, path, env) < 0)
            return -1;
        if (!json_is_integer(value) || json_integer_value(value) < 1 ||
            json_integer_value(value) > INT32_MAX)
            return refuse(r, path, "must be a whole number of at least 1, is %s",
                          json_is_integer(value) ? "less" : type_word(value));
    }
    if (options->rounds == STORE_NONE) /* --rounds is for all */
        options->env_rounds = rounds;
    return 0;
}

static int take_version(const struct reader *r, const json_t *version, size_t index,
                        const struct options *base)
{
    struct planfile *plan = r->plan;
    struct options *options = &plan->versions[plan->count];
    char prefix[40], path[80];
    *options = *base;
    snprintf(prefix, sizeof prefix, "versions[%zu]", index);
    if (!json_is_object(version))
        return refuse(r, prefix, "must be an object, is %s", type_word(version));
    snprintf(prefix, sizeof prefix, "versions[%zu].", index);
    if (refuse_strangers(r, version, prefix, version_keys,
                         sizeof version_keys / sizeof *version_keys) < 0)
        return -1;
    const json_t *name = json_object_get(version, "name"),
                 *build = json_object_get(version, "build");
    snprintf(path, sizeof path, "versions[%zu]", index);
    if (!name)
        return refuse(r, path, "has no name");
    snprintf(path, sizeof path, "%sname", prefix);
    if (!json_is_string(name) || !*json_string_value(name))
        return refuse(r, path, "must be text, is %s",
                      json_is_string(name) ? "empty" : type_word(name));
    snprintf(plan->labels[plan->count], sizeof plan->labels[0], "%s%s%.90s",
             base->label ? base->label : "", base->label ? " " : "", json_string_value(name));
    for (size_t i = 0; i < plan->count; i++)
        if (!strcmp(plan->labels[i], plan->labels[plan->count]))
            return refuse(r, path, "'%.60s' is there already", json_string_value(name));
    options->label = plan->labels[plan->count];
    snprintf(path, sizeof path, "%sbuild", prefix);
    if (build && !json_is_string(build))
        return refuse(r, path, "must be text, is %s", type_word(build));
    if (build) {
        const char *slash = strrchr(r->path, '/'), *folder = json_string_value(build);
        snprintf(plan->folders[plan->count], sizeof plan->folders[0], "%.*s%.2000s",
                 slash && *folder != '/' ? (int)(slash + 1 - r->path) : 0, r->path, folder);
        options->build_dir = plan->folders[plan->count];
    }
    snprintf(path, sizeof path, "%semulator_options", prefix);
    plan->count++;
    return take_texts(r, json_object_get(version, "emulator_options"), path, &options->emu_options);
}

static int take_plan(const struct reader *r, const json_t *root)
{
    struct options base = *r->given;
    if (!json_is_object(root))
        return refuse(r, "", "a plan is an object, this is %s", type_word(root));
    if (refuse_strangers(r, root, "", keys, sizeof keys / sizeof *keys) < 0)
        return -1;
    struct option_list tests = {.count = 0}, envs = {.count = 0};
    const json_t *label = json_object_get(root, "label"), *quick = json_object_get(root, "quick");
    const json_t *versions = json_object_get(root, "versions"),
                 *precision = json_object_get(root, "precision"), *aa = json_object_get(root, "aa");
    if (label && !json_is_string(label))
        return refuse(r, "label", "must be text, is %s", type_word(label));
    if (quick && !json_is_boolean(quick))
        return refuse(r, "quick", "must be true or false, is %s", type_word(quick));
    if (aa && !json_is_boolean(aa))
        return refuse(r, "aa", "must be true or false, is %s", type_word(aa));
    if (precision && !(json_number_value(precision) > 0 && json_number_value(precision) <= 100))
        return refuse(r, "precision", "must be percent, above 0");
    if (precision && !base.precision) {
        snprintf(r->plan->precision, sizeof r->plan->precision, "%.15g",
                 json_number_value(precision));
        base.precision = r->plan->precision;
    }
    if (take_texts(r, json_object_get(root, "tests"), "tests", &tests) < 0 ||
        take_texts(r, json_object_get(root, "environments"), "environments", &envs) < 0 ||
        take_texts(r, json_object_get(root, "emulator_options"), "emulator_options",
                   &base.emu_options) < 0 ||
        take_number(r, root, "minutes", 1, &base.minutes) < 0 ||
        take_number(r, root, "seed", 0, &base.seed) < 0 ||
        take_number(r, root, "timeout", 1, &base.timeout_s) < 0 || take_rounds(r, root, &base) < 0)
        return -1;
    for (size_t i = 0; i < envs.count; i++) {
        char path[40];
        snprintf(path, sizeof path, "environments[%zu]", i);
        if (check_env(r, path, envs.items[i]) < 0)
            return -1;
    }
    if (!base.tests.count)
        base.tests = tests;
    if (!base.envs.count)
        base.envs = envs;
    if (!base.label && label)
        base.label = json_string_value(label);
    base.quick |= json_is_true(quick);
    base.twin |= json_is_true(aa);
    if (!versions) {
        r->plan->versions[r->plan->count++] = base;
        return 0;
    }
    if (!json_is_array(versions) || !json_array_size(versions))
        return refuse(r, "versions", "must be a list of versions, is %s",
                      json_is_array(versions) ? "empty" : type_word(versions));
    for (size_t i = 0; i < json_array_size(versions); i++) {
        if (i == PLANFILE_VERSIONS)
            return refuse(r, "versions[8]", "more than %d of them", PLANFILE_VERSIONS);
        if (take_version(r, json_array_get(versions, i), i, &base) < 0)
            return -1;
    }
    return 0;
}

static char *read_text(const char *path, char *err, size_t errlen)
{
    char *text = calloc(1, PLANFILE_BYTES + 1);
    FILE *in = fopen(path, "re");
    size_t bytes = in && text ? fread(text, 1, PLANFILE_BYTES + 1, in) : 0;
    int failed = !in || !text || ferror(in) || bytes > PLANFILE_BYTES;
    if (failed)
        snprintf(err, errlen, "%.1000s: %s", path,
                 bytes > PLANFILE_BYTES ? "too long for a plan" : strerror(errno));
    if (in)
        fclose(in);
    if (!failed)
        return text;
    free(text);
    return NULL;
}

int planfile_read(const struct options *options, struct planfile *plan, char *err, size_t errlen)
{
    json_error_t error;
    memset(plan, 0, sizeof *plan);
    if (!options->plan) {
        plan->versions[plan->count++] = *options;
        return 0;
    }
    struct reader r = {options->plan, NULL, options, plan, err, errlen};
    r.text = read_text(options->plan, err, errlen);
    if (!r.text)
        return -1;
    plan->json = json_loads(r.text, JSON_REJECT_DUPLICATES, &error);
    int status = -1;
    if (plan->json)
        status = take_plan(&r, plan->json);
    else
        snprintf(err, errlen, "%.1000s:%d: %.300s", options->plan, error.line, error.text);
    free(r.text);
    return status;
}

int planfile_twin(struct planfile *plan, char *err, size_t errlen)
{
    size_t count = plan->count;
    if (2 * count > PLANFILE_VERSIONS) {
        snprintf(err, errlen, "--aa enters each version twice: %zu are too many", count);
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        struct options *again = &plan->versions[plan->count];
        char *label = plan->labels[plan->count++];
        *again = plan->versions[i];
        snprintf(label, sizeof plan->labels[0], "%.180s%sagain", again->label ? again->label : "",
                 again->label ? " " : "");
        again->label = label;
    }
    return 0;
}

void planfile_free(struct planfile *plan)
{
    json_decref(plan->json);
    plan->json = NULL;
}
