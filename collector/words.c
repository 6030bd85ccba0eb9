/* words.c: see words.h.
 * Tests are named the short way: the user's globs and a ~NAME for each test that is done or guilty;
 * or one -t NAME per test where that is shorter or the first does not fit. */
#include "collector/words.h"

#include <stdarg.h>
#include <string.h>

#define WORDS_GLOBS 60 /* the bench takes 64 */

struct text {
    char *bytes;
    size_t used, room;
    int full;
};

static void add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct text *text, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int more = vsnprintf(text->bytes + text->used, text->room - text->used, format, ap);
    va_end(ap);
    if (more < 0 || (size_t)more >= text->room - text->used) {
        text->bytes[text->used] = 0;
        text->full = 1;
    } else {
        text->used += (size_t)more;
    }
}

static const struct catalogue_test *test_of(const struct sweep *sweep, int64_t id)
{
    for (size_t i = 0; i < sweep->catalogue.count; i++)
        if (sweep->catalogue.tests[i].id == id)
            return &sweep->catalogue.tests[i];
    return NULL;
}

static int is_in_group(const struct store_group *group, int64_t id)
{
    for (size_t i = 0; i < group->count; i++)
        if (group->jobs[i].test_id == id)
            return 1;
    return 0;
}

/* The user's globs without what the group does not hold. */
static void name_by_globs(const struct sweep *sweep, const struct store_group *group,
                          struct text *text)
{
    size_t count = 0;
    for (size_t i = 0; i < sweep->globs.count; i++, count++)
        add(text, " -t %s", sweep->globs.items[i]);
    for (size_t i = 0; i < sweep->catalogue.count; i++) {
        const struct catalogue_test *test = &sweep->catalogue.tests[i];
        if (!test->is_work && option_chooses(&sweep->globs, test->name) &&
            !is_in_group(group, test->id)) {
            add(text, " -t ~%s", test->name);
            count++;
        }
    }
    text->full |= count > WORDS_GLOBS;
}

/* Each test by its name; returns how many fit. */
static size_t name_each(const struct sweep *sweep, const struct store_group *group,
                        struct text *text)
{
    size_t fitted = 0;
    while (fitted < group->count && fitted < WORDS_GLOBS && !text->full) {
        const struct catalogue_test *test = test_of(sweep, group->jobs[fitted].test_id);
        if (test)
            add(text, " -t %s", test->name);
        fitted += !text->full;
    }
    return fitted;
}

static int wants_disk(const struct sweep *sweep, const struct store_group *group)
{
    for (size_t i = 0; i < group->count; i++) {
        const struct catalogue_test *test = test_of(sweep, group->jobs[i].test_id);
        if (test && strstr(test->needs, "disk"))
            return 1;
    }
    return 0;
}

int words_write(const struct sweep *sweep, const struct sweep_env *env, struct store_group *group,
                const char *frozen_n, char words[ENV_WORDS], char *err, size_t errlen)
{
    size_t room = env->row->words_max + 1 < ENV_WORDS ? env->row->words_max + 1 : ENV_WORDS;
    char by_globs[ENV_WORDS], by_names[ENV_WORDS];
    struct text head = {words, 0, room, 0};
    add(&head, "%s--rounds 1 --round %lld --seed %lld", sweep->quick ? "--quick " : "",
        (long long)group->round, (long long)sweep->seed);
    if (env->row->min_us)
        add(&head, " --min-us %d", sweep->quick ? env->row->quick_min_us : env->row->min_us);
    if (env->row->disk && wants_disk(sweep, group)) {
        char path[PATH_MAX];
        env_scratch_path(&env->site, path);
        add(&head, " --disk %s", *env->row->disk ? env->row->disk : path);
    }
    /* a string that would leave too little room for names is left out: N is then chosen anew */
    if (*frozen_n && head.used + strlen(frozen_n) + 160 < room)
        add(&head, " --n %s", frozen_n);
    struct text globs = {by_globs, 0, room - head.used, 0},
                names = {by_names, 0, room - head.used, 0};
    by_globs[0] = by_names[0] = 0;
    name_by_globs(sweep, group, &globs);
    size_t fitted = name_each(sweep, group, &names);
    if (!globs.full && (fitted < group->count || globs.used < names.used)) {
        add(&head, "%s", by_globs);
    } else {
        add(&head, "%s", by_names);
        group->count = fitted;
    }
    if (head.full || !group->count) {
        snprintf(err, errlen, "the command line of %zu bytes is too short for one test", room - 1);
        return -1;
    }
    return 0;
}

void words_freeze(const struct store_table *rows, char *frozen_n, size_t room)
{
    size_t length = 0;
    for (size_t r = 0; r < rows->rows; r++) {
        int64_t index = (int64_t)store_cell(rows, r, 0)->real;
        int64_t n = (int64_t)store_cell(rows, r, 1)->real;
        int power = n > 0 && !(n & (n - 1)) ? __builtin_ctzll((unsigned long long)n) : -1;
        if (power < 0 || power > 25 || index < 0 || (size_t)index + 2 > room)
            continue;
        while (length <= (size_t)index)
            frozen_n[length++] = '.';
        frozen_n[index] = (char)('a' + power);
    }
    frozen_n[length] = 0;
}
