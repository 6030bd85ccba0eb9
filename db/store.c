/* store.c: opening a store: the checks on the file, the schema steps, transactions.
 *
 * A file is ours when its application_id says so, or when it is empty.  The schema step is
 * user_version; each step runs in one transaction together with its number, so that a kill between
 * two steps leaves a file that the next open finishes.  A file whose write permission was taken
 * away is refused for writing even where root could write it.
 *
 * What is opened for reading only is never written, whatever its schema: of an older one a copy is
 * made in a temporary database of SQLite's (in memory, and beyond that in a file without a name
 * that goes with the connection), and the steps run there. */
#include "db/embedded.h"
#include "db/sql.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define APPLICATION_ID 0x54434b4d /* "TCKM" */

const char *store_error(const struct store *store)
{
    return store->error;
}

int store_begin(struct store *store)
{
    return sql_exec(store, "BEGIN IMMEDIATE");
}

int store_commit(struct store *store)
{
    if (sql_exec(store, "COMMIT") < 0) {
        store_rollback(store);
        return -1;
    }
    return 0;
}

void store_rollback(struct store *store)
{
    if (!sqlite3_get_autocommit(store->db))
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
}

static int migration_number(const struct embedded_file *file)
{
    int number = 0;
    return sscanf(file->name, "migrations/%4d_", &number) == 1 ? number : 0;
}

int store_schema_version(void)
{
    int newest = 0;
    for (size_t i = 0; i < embedded_count; i++)
        if (migration_number(&embedded_files[i]) > newest)
            newest = migration_number(&embedded_files[i]);
    return newest;
}

static int make_uuid(char uuid[37])
{
    unsigned char r[16];
    if (getrandom(r, sizeof r, 0) != (ssize_t)sizeof r)
        return -1;
    r[6] = (unsigned char)((r[6] & 15) | 0x40); /* RFC 4122, version 4 */
    r[8] = (unsigned char)((r[8] & 63) | 0x80);
    snprintf(uuid, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", r[0],
             r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11], r[12], r[13],
             r[14], r[15]);
    return 0;
}

/* PRAGMA takes no bound values: the only number printed into SQL here is an int of our own. */
static int set_pragma(struct store *store, const char *name, int value)
{
    char sql[80];
    snprintf(sql, sizeof sql, "PRAGMA %s = %d", name, value);
    return sql_exec(store, sql);
}

static int migrate(struct store *store, int version)
{
    for (int step = version + 1; step <= store_schema_version(); step++) {
        const struct embedded_file *file = NULL;
        for (size_t i = 0; i < embedded_count; i++)
            if (migration_number(&embedded_files[i]) == step)
                file = &embedded_files[i];
        if (!file) {
            snprintf(store->error, sizeof store->error, "schema step %d is not in this program",
                     step);
            return -1;
        }
        int64_t now;
        if (store_begin(store) < 0)
            return -1;
        /* another process may have been here first */
        if (sql_get(store, &now, "PRAGMA user_version", "") == 1 && now >= step) {
            store_rollback(store);
            continue;
        }
        char uuid[37] = "";
        if (sql_exec(store, file->text) < 0 || set_pragma(store, "user_version", step) < 0 ||
            set_pragma(store, "application_id", APPLICATION_ID) < 0 ||
            (step == 1 &&
             (make_uuid(uuid) < 0 ||
              sql_run(store, "INSERT INTO store(id,uuid,created) VALUES (1,?,datetime('now'))", "s",
                      uuid) < 0 ||
              reference_load(store) < 0)) ||
            store_commit(store) < 0) {
            store_rollback(store);
            return -1;
        }
    }
    return 0;
}

/* The connection becomes one to a copy of what it was one to, brought up to today's schema. */
static int read_copy(struct store *store, int version)
{
    sqlite3 *file = store->db, *copy = NULL;
    char why[300] = "";
    int status = sqlite3_open_v2("", &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    sqlite3_backup *backup =
        status == SQLITE_OK ? sqlite3_backup_init(copy, "main", file, "main") : NULL;
    if (backup) {
        status = sqlite3_backup_step(backup, -1); /* as long as the busy timeout of the file */
        int end = sqlite3_backup_finish(backup);
        status = status == SQLITE_DONE ? end : status;
    }
    if (!backup || status != SQLITE_OK)
        snprintf(why, sizeof why, "%s", sqlite3_errstr(backup ? status : sqlite3_errcode(copy)));
    for (size_t i = 0; i < STORE_CACHE; i++) { /* statements of the file */
        sqlite3_finalize(store->cache[i].statement);
        store->cache[i].sql = NULL;
        store->cache[i].statement = NULL;
    }
    store->db = copy;
    if (!*why && (sql_exec(store, "PRAGMA foreign_keys = ON") < 0 || migrate(store, version) < 0))
        snprintf(why, sizeof why, "%.290s", store->error);
    sqlite3_close(file);
    if (!*why)
        return 0;
    snprintf(store->error, sizeof store->error,
             "schema %d is older than this program's %d, and no copy of it can be brought up: "
             "%.200s; `tickmark sweep` brings up the file itself, where it can be written",
             version, store_schema_version(), why);
    return -1;
}

/* Whether the file may be used at all, before SQLite sees it. */
static int check_file(const char *path, enum store_mode mode, char *err, size_t errlen)
{
    struct stat st;
    if (stat(path, &st) < 0) {
        if (errno == ENOENT && mode == STORE_WRITE)
            return 0;
        snprintf(err, errlen,
                 errno == ENOENT ? "%s: no such database; `tickmark sweep` makes one"
                                 : "%s: cannot be opened",
                 path);
        return -1;
    }
    if (!S_ISREG(st.st_mode)) {
        snprintf(err, errlen, "%s: not a file that could be a database", path);
        return -1;
    }
    if (mode == STORE_WRITE && !(st.st_mode & 0222)) {
        snprintf(err, errlen, "%s: the file is read-only", path);
        return -1;
    }
    if (mode == STORE_READ && !st.st_size) {
        snprintf(err, errlen, "%s: empty file; no sweep has been stored in it", path);
        return -1;
    }
    return 0;
}

/* What kind of file it is, then the connection's settings and the schema. */
static int prepare(struct store *store, enum store_mode mode)
{
    int64_t application = 0, version = 0, tables = 0, read_only = 0;
    if (sql_get(store, &tables, "SELECT count(*) FROM sqlite_schema", "") < 0)
        return -1;
    if (sql_get(store, &application, "PRAGMA application_id", "") < 0 ||
        sql_get(store, &version, "PRAGMA user_version", "") < 0)
        return -1;
    if (tables && application != APPLICATION_ID) {
        snprintf(store->error, sizeof store->error,
                 "an SQLite database, but not one of Tickmark's");
        return -1;
    }
    if (version > store_schema_version()) {
        snprintf(
            store->error, sizeof store->error,
            "written by a newer Tickmark (schema %lld, this one knows %d); nothing was changed",
            (long long)version, store_schema_version());
        return -1;
    }
    if (mode == STORE_READ) {
        if (!version) {
            snprintf(store->error, sizeof store->error,
                     "no sweep has been stored in it; `tickmark sweep` does");
            return -1;
        }
        if (version < store_schema_version() && read_copy(store, (int)version) < 0)
            return -1;
        return sql_exec(store, "PRAGMA query_only = 1");
    }
    if (sqlite3_db_readonly(store->db, "main") == 1)
        read_only = 1;
    if (read_only) {
        snprintf(store->error, sizeof store->error, "the file is read-only");
        return -1;
    }
    /* NORMAL: a commit survives the death of every process; a power cut may cost the last ones */
    if (sql_exec(store, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                        "PRAGMA foreign_keys = ON;") < 0)
        return -1;
    return migrate(store, (int)version);
}

/* The log and its index are files beside the database.  access() also tells a file system that is
 * mounted read-only, to root as well. */
static int folder_is_writable(const char *path)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    if (!slash || (size_t)(slash - path) >= sizeof folder)
        return access(".", W_OK) == 0 || (errno != EROFS && errno != EACCES);
    snprintf(folder, sizeof folder, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    return access(folder, W_OK) == 0 || (errno != EROFS && errno != EACCES);
}

/* In a folder where no log can be, and none is, nobody writes: the file is read as it is. */
static int open_unchanging(const char *path, sqlite3 **db)
{
    char uri[3 * 4096 + 40], log[4096 + 8];
    struct stat st;
    size_t used = (size_t)snprintf(uri, sizeof uri, "file:");
    snprintf(log, sizeof log, "%.4090s-wal", path);
    if (stat(log, &st) == 0 && st.st_size > 0)
        return SQLITE_CANTOPEN;
    for (const char *c = path; *c && used + 32 < sizeof uri; c++)
        used += (size_t)snprintf(uri + used, sizeof uri - used, strchr("%?#", *c) ? "%%%02X" : "%c",
                                 (unsigned char)*c);
    snprintf(uri + used, sizeof uri - used, "?immutable=1");
    return sqlite3_open_v2(uri, db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
}

struct store *store_open(const char *path, enum store_mode mode, char *err, size_t errlen)
{
    if (check_file(path, mode, err, errlen) < 0)
        return NULL;
    struct store *store = calloc(1, sizeof *store);
    if (!store) {
        snprintf(err, errlen, "out of memory");
        return NULL;
    }
    int writable = folder_is_writable(path);
    if (mode == STORE_WRITE && !writable) {
        snprintf(err, errlen, "%s: its folder cannot be written: %s", path, strerror(errno));
        free(store);
        return NULL;
    }
    /* Reading opens for writing too where that is allowed: a write-ahead log needs its index file.
     */
    int status = sqlite3_open_v2(path, &store->db,
                                 mode == STORE_WRITE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                                     : SQLITE_OPEN_READWRITE,
                                 NULL);
    if (mode == STORE_READ && !writable) {
        sqlite3 *unchanging = NULL;
        if (open_unchanging(path, &unchanging) == SQLITE_OK) {
            sqlite3_close(store->db);
            store->db = unchanging;
            status = SQLITE_OK;
        } else {
            sqlite3_close(unchanging);
        }
    }
    if (status == SQLITE_CANTOPEN && mode == STORE_READ) {
        sqlite3_close(store->db);
        status = sqlite3_open_v2(path, &store->db, SQLITE_OPEN_READONLY, NULL);
    }
    if (status == SQLITE_OK) {
        sqlite3_busy_timeout(store->db, 20000);
        status = prepare(store, mode) < 0 ? SQLITE_ERROR : SQLITE_OK;
        if (status != SQLITE_OK && sqlite3_errcode(store->db) == SQLITE_NOTADB)
            snprintf(store->error, sizeof store->error, "not a database");
    } else {
        snprintf(store->error, sizeof store->error, "cannot be opened: %s",
                 store->db ? sqlite3_errmsg(store->db) : "out of memory");
    }
    if (status != SQLITE_OK) {
        snprintf(err, errlen, "%s: %s", path, store->error);
        store_close(store);
        return NULL;
    }
    return store;
}

struct sqlite3 *store_connection(struct store *store)
{
    return store->db;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    for (size_t i = 0; i < STORE_CACHE; i++)
        sqlite3_finalize(store->cache[i].statement);
    sqlite3_close(store->db);
    free(store);
}
