/* catalogue.c: see catalogue.h. */
#include "collector/catalogue.h"
#include "collector/child.h"
#include "collector/event.h"
#include "db/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIST_BYTES (4u << 20)

struct listing {
    struct catalogue *catalogue;
    int bye, is_work;
    char bad[160];
};

struct catalogue_test *catalogue_find(const struct catalogue *catalogue, const char *name)
{
    for (size_t i = 0; i < catalogue->count; i++)
        if (!strcmp(catalogue->tests[i].name, name))
            return &catalogue->tests[i];
    return NULL;
}

static void add_test(struct listing *list, const struct event *e)
{
    struct catalogue *c = list->catalogue;
    if (!e->test[0] || strlen(e->code) != DIGEST_HEX - 1 || !e->family[0] || e->ops == STORE_NONE ||
        e->ops < 1 || e->index == STORE_NONE || e->index < 0 || e->index > 100000 ||
        strpbrk(e->test, " *?~") || (strcmp(e->kind, "floor") && strcmp(e->kind, "spread"))) {
        snprintf(list->bad, sizeof list->bad, "its test '%s' is described badly", e->test);
        return;
    }
    if (catalogue_find(c, e->test)) {
        snprintf(list->bad, sizeof list->bad, "it lists '%s' twice", e->test);
        return;
    }
    struct catalogue_test *tests = realloc(c->tests, (c->count + 1) * sizeof *tests);
    if (!tests) {
        snprintf(list->bad, sizeof list->bad, "out of memory");
        return;
    }
    c->tests = tests;
    struct catalogue_test *t = &tests[c->count++];
    memset(t, 0, sizeof *t);
    memcpy(t->name, e->test, sizeof t->name);
    memcpy(t->code, e->code, sizeof t->code);
    memcpy(t->family, e->family, sizeof t->family);
    memcpy(t->alias, e->alias, sizeof t->alias);
    memcpy(t->title, e->title, sizeof t->title);
    memcpy(t->kind, e->kind, sizeof t->kind);
    memcpy(t->needs, e->needs, sizeof t->needs);
    t->ops = e->ops;
    t->index = e->index;
    t->marker = e->id == STORE_NONE ? 0 : e->id;
    t->is_work = list->is_work;
    memcpy(t->want, e->want, sizeof t->want - 1);
    if (t->index > c->last_index)
        c->last_index = t->index;
}

static void on_list_event(void *context, struct event *e)
{
    struct listing *list = context;
    if (e->type == EVENT_TEST)
        add_test(list, e);
    else if (e->type == EVENT_HELLO)
        snprintf(list->catalogue->sha, sizeof list->catalogue->sha, "%s", e->catalogue);
    else if (e->type == EVENT_BYE)
        list->bye = 1;
}

/* work.list beside the program; there may be none. */
static int read_work(const char *program, struct listing *list, struct event_reader *reader,
                     char *text, char *err, size_t errlen)
{
    char path[4200];
    const char *slash = strrchr(program, '/');
    int folder = slash ? (int)(slash - program) + 1 : 0;
    snprintf(path, sizeof path, "%.*swork.list", folder, program);
    FILE *in = fopen(path, "re");
    if (!in)
        return 0;
    size_t got = fread(text, 1, LIST_BYTES, in);
    fclose(in);
    list->bye = 0;
    list->is_work = 1;
    memset(reader, 0, sizeof *reader);
    reader->on_event = on_list_event;
    reader->context = list;
    event_feed(reader, text, got, stamp_now());
    if (list->bye && !list->bad[0])
        return 0;
    snprintf(err, errlen, "%s: %s", path, list->bad[0] ? list->bad : "ended early");
    return -1;
}

int catalogue_read(const char *program, struct catalogue *catalogue, char *err, size_t errlen)
{
    char name[4096], word[] = "--list", why[256];
    char *argv[] = {name, word, NULL};
    int code = 0;
    struct listing list = {.catalogue = catalogue};
    memset(catalogue, 0, sizeof *catalogue);
    snprintf(name, sizeof name, "%s", program);
    char *text = malloc(LIST_BYTES);
    struct event_reader *reader = calloc(1, sizeof *reader);
    int status = -1;
    if (!text || !reader)
        snprintf(err, errlen, "out of memory");
    else if (child_capture(argv, -1, 20, text, LIST_BYTES, &code, why, sizeof why) < 0)
        snprintf(err, errlen, "the bench cannot list its tests: %s", why);
    else {
        reader->on_event = on_list_event;
        reader->context = &list;
        event_feed(reader, text, strlen(text), stamp_now());
        if (list.bad[0])
            snprintf(err, errlen, "%s --list: %s", program, list.bad);
        else if (!list.bye || code)
            snprintf(err, errlen, "%s --list: ended early (exit status %d)", program, code);
        else if (!catalogue->count)
            snprintf(err, errlen, "%s --list: no tests", program);
        else
            status = read_work(program, &list, reader, text, err, errlen);
    }
    free(text);
    free(reader);
    if (status < 0)
        catalogue_free(catalogue);
    return status;
}

void catalogue_free(struct catalogue *catalogue)
{
    free(catalogue->tests);
    memset(catalogue, 0, sizeof *catalogue);
}
