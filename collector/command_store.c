/* command_store.c: export, import, check, prune: one store, and many into one. */
#include "collector/command.h"
#include "collector/side.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Sweeps by words, hosts and age as a JSON array: the words name sweeps, builds or hosts; none
 * means all.  NULL with the reason told. */
static char *list_sweeps(struct store *store, const struct options *options)
{
    char err[600] = "no memory", *hosts = NULL, *text = NULL;
    struct store_table rows;
    json_t *list = json_array();
    if (options->hosts.count && !(hosts = side_list_hosts(store, options, err, sizeof err))) {
        json_decref(list);
        command_fail(err);
        return NULL;
    }
    struct store_param params[] = {{":hosts", hosts, STORE_NONE}, {":days", NULL, options->days}};
    int status = store_query(store, "sweeps_shown", params, 2, &rows);
    if (status < 0)
        snprintf(err, sizeof err, "%s", store_error(store));
    for (size_t i = 0; !status && i < rows.rows; i++) {
        int is_named = options->words.count == 0;
        json_array_append_new(
            list, is_named ? json_integer((json_int_t)store_cell(&rows, i, 0)->real) : json_null());
    }
    for (size_t w = 0; !status && w < options->words.count; w++) {
        struct side side;
        status = side_find(store, options->words.items[w], &side, err, sizeof err);
        if (!status && strcmp(side.kind, "sweep") != 0) {
            snprintf(err, sizeof err, "%.100s is a %s, not a sweep", options->words.items[w],
                     side.kind);
            status = -1;
        }
        for (size_t i = 0; !status && i < rows.rows; i++)
            if (!strcmp(store_cell(&rows, i, 0)->text, side.key))
                json_array_set_new(list, i, json_integer(atoll(side.key)));
    }
    for (size_t i = json_array_size(list); i-- > 0;)
        if (json_is_null(json_array_get(list, i)))
            json_array_remove(list, i);
    if (!status) {
        text = json_dumps(list, JSON_COMPACT);
        store_free_table(&rows);
    }
    if (!text)
        command_fail(err);
    json_decref(list);
    free(hosts);
    return text;
}

static int write_bytes(void *context, const char *bytes, size_t count)
{
    return fwrite(bytes, 1, count, context) == count ? 0 : -1;
}

/* Under another name until it is whole, so that nobody finds half an export. */
static int export_file(struct store *store, const char *sweeps, const struct options *options,
                       const char *path)
{
    char part[4200], err[5000];
    snprintf(part, sizeof part, "%.4000s.part", path);
    FILE *out = fopen(part, "we");
    if (!out) {
        snprintf(err, sizeof err, "%s: %s", part, strerror(errno));
        return command_fail(err);
    }
    int status = store_export(store, sweeps, options->canonical, write_bytes, out);
    if (!status && (fflush(out) || fsync(fileno(out)) < 0))
        status = -1;
    int number = errno;
    if (fclose(out) != 0)
        status = -1;
    if (!status && rename(part, path) == 0)
        return 0;
    snprintf(err, sizeof err, "%s: %s (%s)", path, store_error(store), strerror(number));
    unlink(part);
    return command_fail(err);
}

int command_export(const struct options *options)
{
    char err[4200];
    struct store *store = store_open(options->db, STORE_READ, err, sizeof err);
    if (!store)
        return command_fail(err);
    char *sweeps = list_sweeps(store, options);
    int code = !sweeps;
    if (sweeps && options->file)
        code = export_file(store, sweeps, options, options->file);
    else if (sweeps && (store_export(store, sweeps, options->canonical, write_bytes, stdout) < 0 ||
                        fflush(stdout)))
        code = command_fail(store_error(store));
    free(sweeps);
    store_close(store);
    return code;
}

static char *read_file(const char *path, size_t *bytes, char *err, size_t errlen)
{
    struct stat st;
    char *text = NULL;
    size_t used = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        text = malloc((size_t)st.st_size + 1);
    while (text && used < (size_t)st.st_size) {
        ssize_t got = read(fd, text + used, (size_t)st.st_size - used);
        if (got <= 0)
            break;
        used += (size_t)got;
    }
    if (!text)
        snprintf(err, errlen, "%.3000s: %s", path, errno ? strerror(errno) : "not a file");
    if (fd >= 0)
        close(fd);
    *bytes = used;
    return text;
}

int command_import(const struct options *options)
{
    char err[4200];
    struct table table;
    static const char *const heads[] = {"file", "new", "replaced", "known", "left out"};
    if (!options->words.count)
        return command_fail("import wants the names of exports");
    struct store *store = store_open(options->db, STORE_WRITE, err, sizeof err);
    if (!store)
        return command_fail(err);
    int code = 0;
    table_begin(&table);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        table_head(&table, heads[i]);
    for (size_t i = 0; i < options->words.count; i++) {
        struct store_imported counts;
        size_t bytes;
        errno = 0;
        char *text = read_file(options->words.items[i], &bytes, err, sizeof err);
        int status = text ? store_import(store, text, bytes, &counts) : -1;
        if (text && status < 0)
            snprintf(err, sizeof err, "%.3000s: %.500s", options->words.items[i],
                     store_error(store));
        free(text);
        if (status < 0) {
            code = command_fail(err);
            continue;
        }
        table_text(&table, options->words.items[i]);
        table_integer(&table, counts.added);
        table_integer(&table, counts.replaced);
        table_integer(&table, counts.known);
        table_integer(&table, counts.unknown);
    }
    store_close(store);
    int printed = command_print(&table, options);
    return code ? code : printed;
}

int command_check(const struct options *options)
{
    char err[4200];
    struct store_table findings;
    struct table table;
    struct store *store = store_open(options->db, STORE_READ, err, sizeof err);
    if (!store)
        return command_fail(err);
    if (store_check(store, &findings) < 0) {
        command_fail(store_error(store));
        store_close(store);
        return 1;
    }
    store_close(store);
    int is_clean = !findings.rows;
    table_from_store(&table, &findings);
    store_free_table(&findings);
    int code = command_print(&table, options);
    if (!code && is_clean && !options->json && !options->tsv)
        printf("\nclean\n");
    return code ? code : !is_clean;
}

int command_prune(const struct options *options)
{
    char err[4200];
    if (!options->words.count && options->days == STORE_NONE)
        return command_fail("prune wants sweeps, or --days N for those that are older");
    struct store *store = store_open(options->db, STORE_WRITE, err, sizeof err);
    if (!store)
        return command_fail(err);
    char *sweeps = list_sweeps(store, options);
    int code = !sweeps;
    const char *what = options->all ? "sweeps" : "the samples of sweeps";
    if (sweeps && options->dry_run) {
        printf("would drop %s %s\n", what, sweeps);
    } else if (sweeps) {
        int64_t count = store_prune(store, sweeps, options->all);
        if (count < 0 || store_shrink(store) < 0)
            code = command_fail(store_error(store));
        else
            printf("dropped %s: %lld\n", what, (long long)count);
    }
    free(sweeps);
    store_close(store);
    return code;
}
