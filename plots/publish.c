/* Working directory and renames; contracts in publish.h. */
#include "plots/publish.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PUBLISH_WORK_NAME ".report-"

/* A report takes seconds, and a few minutes when gnuplot hangs over every chart. */
enum { PUBLISH_PATH_SIZE = 4352, PUBLISH_MODE = 0777, PUBLISH_STALE_S = 1800 };

static int publish_failed(struct plots_publisher *publisher, const char *what, const char *name)
{
    if (!publisher->err[0])
        snprintf(publisher->err, sizeof publisher->err, "%s/%s: %s: %m", publisher->out_dir, name,
                 what);
    return -1;
}

static void work_path(const struct plots_publisher *publisher, const char *name,
                      char path[PUBLISH_PATH_SIZE])
{
    snprintf(path, PUBLISH_PATH_SIZE, "%s/%s", publisher->work_dir, name);
}

static void remove_work_dir(const char *path)
{
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir)
        closedir(dir);
    rmdir(path);
}

/* What a killed report left behind; younger directories may belong to a report that is being made.
 */
static void remove_stale_work_dirs(const char *out_dir)
{
    char path[PUBLISH_PATH_SIZE];
    struct stat st;
    time_t now = time(NULL);
    DIR *dir = opendir(out_dir);
    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
        if (strncmp(entry->d_name, PUBLISH_WORK_NAME, strlen(PUBLISH_WORK_NAME)) != 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", out_dir, entry->d_name);
        if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && now - st.st_mtime > PUBLISH_STALE_S)
            remove_work_dir(path);
    }
    if (dir)
        closedir(dir);
}

int plots_publisher_open(struct plots_publisher *publisher, const char *out_dir)
{
    struct stat st;
    *publisher = (struct plots_publisher){.out_dir = out_dir};
    if (mkdir(out_dir, PUBLISH_MODE) != 0 && errno != EEXIST) {
        snprintf(publisher->err, sizeof publisher->err,
                 "%s: cannot make the report's directory: %m", out_dir);
        return -1;
    }
    if (stat(out_dir, &st) != 0 || !S_ISDIR(st.st_mode)) {
        snprintf(publisher->err, sizeof publisher->err,
                 "%s: not a directory, so no place for a report", out_dir);
        return -1;
    }
    remove_stale_work_dirs(out_dir);
    int len = snprintf(publisher->work_dir, sizeof publisher->work_dir,
                       "%s/" PUBLISH_WORK_NAME "XXXXXX", out_dir);
    if (len < 0 || (size_t)len >= sizeof publisher->work_dir) {
        snprintf(publisher->err, sizeof publisher->err,
                 "%.200s...: the directory's name is too long", out_dir);
        publisher->work_dir[0] = '\0';
        return -1;
    }
    if (!mkdtemp(publisher->work_dir)) {
        snprintf(publisher->err, sizeof publisher->err,
                 "%s: cannot write to the report's directory: %m", out_dir);
        publisher->work_dir[0] = '\0';
        return -1;
    }
    return 0;
}

FILE *plots_publisher_create(struct plots_publisher *publisher, const char *name)
{
    char path[PUBLISH_PATH_SIZE];
    work_path(publisher, name, path);
    FILE *file = fopen(path, "w");
    if (!file)
        publish_failed(publisher, "cannot create", name);
    return file;
}

int plots_publisher_close_file(struct plots_publisher *publisher, FILE *file, const char *name)
{
    int bad = ferror(file);
    if (fclose(file) != 0 || bad)
        return publish_failed(publisher, "cannot write", name);
    return 0;
}

char *plots_publisher_read(struct plots_publisher *publisher, const char *name)
{
    char path[PUBLISH_PATH_SIZE];
    struct stat st;
    char *text = NULL;
    work_path(publisher, name, path);
    FILE *file = fopen(path, "r");
    if (file && fstat(fileno(file), &st) == 0 && (text = malloc((size_t)st.st_size + 1)) != NULL)
        text[fread(text, 1, (size_t)st.st_size, file)] = '\0';
    if (file)
        fclose(file);
    if (!text)
        publish_failed(publisher, "cannot read back", name);
    return text;
}

int plots_publisher_publish(struct plots_publisher *publisher, const char *name)
{
    char from[PUBLISH_PATH_SIZE], to[PUBLISH_PATH_SIZE];
    work_path(publisher, name, from);
    snprintf(to, sizeof to, "%s/%s", publisher->out_dir, name);
    if (rename(from, to) != 0)
        return publish_failed(publisher, "cannot put in place", name);
    return 0;
}

int plots_publisher_publish_as(struct plots_publisher *publisher, const char *name,
                               const char *path)
{
    char from[PUBLISH_PATH_SIZE];
    work_path(publisher, name, from);
    if (rename(from, path) == 0)
        return 0;
    snprintf(publisher->err, sizeof publisher->err, "%.300s: cannot be written: %m", path);
    return -1;
}

void plots_publisher_drop(struct plots_publisher *publisher, const char *name)
{
    char path[PUBLISH_PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", publisher->out_dir, name);
    unlink(path);
}

void plots_publisher_close(struct plots_publisher *publisher)
{
    if (publisher->work_dir[0])
        remove_work_dir(publisher->work_dir);
    publisher->work_dir[0] = '\0';
}
