/* case.c: see case.h. */
#include "collector/tests/case.h"

#include <fcntl.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int case_failures;

void case_report(const char *name, int good, const char *format, ...)
{
    if (good) {
        printf("ok %s\n", name);
    } else {
        va_list ap;
        printf("FAIL %s: ", name);
        va_start(ap, format);
        vprintf(format, ap);
        va_end(ap);
        putchar('\n');
        case_failures++;
    }
    fflush(stdout);
}

static int link_fake(const struct case_place *place, const char *fake, const char *name)
{
    char path[800];
    snprintf(path, sizeof path, "%s/%s", place->build, name);
    return symlink(fake, path);
}

int case_open_place(struct case_place *place, const char *argv0)
{
    char self[4096], fake[500], image[800];
    memset(place, 0, sizeof *place);
    if (!realpath(argv0, self))
        return -1;
    char *slash = strrchr(self, '/');
    *slash = 0;
    snprintf(fake, sizeof fake, "%.400s/fake_bench", self);
    snprintf(place->tickmark, sizeof place->tickmark, "%.400s/../../tickmark", self);
    const char *in_memory = getenv("CASE_IN_MEMORY");
    snprintf(place->dir, sizeof place->dir, "%s/tickmark-test.XXXXXX",
             in_memory && access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(place->dir))
        return -1;
    snprintf(place->build, sizeof place->build, "%.400s/build", place->dir);
    snprintf(place->db, sizeof place->db, "%s/t.db", place->dir);
    snprintf(place->log, sizeof place->log, "%s/log", place->dir);
    snprintf(image, sizeof image, "%s/tickbench.elf", place->build);
    if (mkdir(place->build, 0700) < 0 || link_fake(place, fake, "tickbench") < 0 ||
        link_fake(place, fake, "tickmark-emu") < 0)
        return -1;
    int fd = open(image, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    return fd < 0 || write(fd, "fake", 4) != 4 || close(fd) < 0 ? -1 : 0;
}

void case_close_place(struct case_place *place)
{
    pid_t pid = fork();
    if (!pid) {
        execlp("rm", "rm", "-rf", place->dir, (char *)NULL);
        _exit(127);
    }
    case_wait(pid);
}

pid_t case_start(const struct case_place *place, const char *words)
{
    char text[2000], *argv[64];
    int argc = 0;
    snprintf(text, sizeof text, "%s", words);
    pid_t pid = fork();
    if (pid)
        return pid;
    argv[argc++] = (char *)(uintptr_t)place->tickmark;
    for (char *word = strtok(text, " "); word && argc < 63; word = strtok(NULL, " "))
        argv[argc++] = !strcmp(word, "{db}")      ? (char *)(uintptr_t)place->db
                       : !strcmp(word, "{build}") ? (char *)(uintptr_t)place->build
                                                  : word;
    argv[argc] = NULL;
    int fd = open(place->log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(fd, 1);
    dup2(fd, 2);
    execv(place->tickmark, argv);
    _exit(127);
}

int case_wait(pid_t pid)
{
    int status = 0;
    if (waitpid(pid, &status, 0) != pid)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int case_run(const struct case_place *place, const char *words)
{
    return case_wait(case_start(place, words));
}

static int ask(const struct case_place *place, const char *sql, struct store_table *table)
{
    char err[700];
    struct store *store = store_open(place->db, STORE_READ, err, sizeof err);
    if (!store || store_query(store, sql, NULL, 0, table) < 0) {
        printf("note: %s\n", store ? store_error(store) : err);
        store_close(store);
        return -1;
    }
    store_close(store);
    if (table->rows)
        return 0;
    store_free_table(table);
    return -1;
}

double case_ask(const struct case_place *place, const char *sql)
{
    struct store_table table;
    if (ask(place, sql, &table) < 0)
        return NAN;
    double real = store_cell(&table, 0, 0)->text ? store_cell(&table, 0, 0)->real : NAN;
    store_free_table(&table);
    return real;
}

int case_await(const struct case_place *place, const char *sql, double least)
{
    for (int tries = 0; tries < 6000; tries++) {
        if (case_ask(place, sql) > least)
            return 1;
        usleep(5000);
    }
    return 0;
}

const char *case_ask_text(const struct case_place *place, const char *sql)
{
    static char text[4096];
    struct store_table table;
    text[0] = 0;
    if (ask(place, sql, &table) < 0)
        return text;
    if (store_cell(&table, 0, 0)->text)
        snprintf(text, sizeof text, "%s", store_cell(&table, 0, 0)->text);
    store_free_table(&table);
    return text;
}

int case_log_holds(const struct case_place *place, const char *text)
{
    static char log[65536];
    FILE *in = fopen(place->log, "r");
    if (!in)
        return 0;
    log[fread(log, 1, sizeof log - 1, in)] = 0;
    fclose(in);
    return strstr(log, text) != NULL;
}

int case_change(const struct case_place *place, const char *sql, char *err, size_t errlen)
{
    sqlite3 *db = NULL;
    int status = sqlite3_open_v2(place->db, &db, SQLITE_OPEN_READWRITE, NULL);
    if (status == SQLITE_OK)
        status = sqlite3_exec(db, sql, NULL, NULL, NULL);
    if (status != SQLITE_OK)
        snprintf(err, errlen, "%s", db ? sqlite3_errmsg(db) : "no memory");
    sqlite3_close(db);
    return status == SQLITE_OK ? 0 : -1;
}
