/* env.c: the table of environments, and what its rows share. */
#include "collector/env/env.h"
#include "collector/child.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENV(name) extern const struct env env_##name;
#include "collector/env/env.def"
#undef ENV

const struct env *const env_table[] = {
#define ENV(name) &env_##name,
#include "collector/env/env.def"
#undef ENV
};
const size_t env_count = sizeof env_table / sizeof *env_table;

const struct env *env_find(const char *kind)
{
    for (size_t i = 0; i < env_count; i++)
        if (!strcmp(env_table[i]->kind, kind))
            return env_table[i];
    return NULL;
}

static void add_bytes(struct env_command *command, const char *text, size_t bytes)
{
    if (command->argc + 1 >= ENV_ARGS || command->used + bytes + 1 > sizeof command->text) {
        command->argc = ENV_ARGS;
        return;
    }
    char *to = command->text + command->used;
    memcpy(to, text, bytes);
    to[bytes] = 0;
    command->used += bytes + 1;
    command->argv[command->argc++] = to;
    command->argv[command->argc] = NULL;
}

void env_add(struct env_command *command, const char *argument)
{
    add_bytes(command, argument, strlen(argument));
}

void env_add_words(struct env_command *command, const char *words)
{
    while (*(words += strspn(words, " "))) {
        size_t bytes = strcspn(words, " ");
        add_bytes(command, words, bytes);
        words += bytes;
    }
}

int env_is_complete(const struct env_command *command)
{
    return command->argc < ENV_ARGS;
}

int env_find_built(struct env_site *site, const char *name, char *why, size_t room)
{
    snprintf(site->program, sizeof site->program, "%s/%s", site->build_dir, name);
    if (access(site->program, X_OK) == 0)
        return 0;
    snprintf(why, room, "%s is not built (make all)", site->program);
    return -1;
}

int env_find_image(struct env_site *site, const char *name, char *why, size_t room)
{
    snprintf(site->image, sizeof site->image, "%s/%s", site->build_dir, name);
    if (access(site->image, R_OK) == 0)
        return 0;
    snprintf(why, room, "%s is not built (make all)", site->image);
    return -1;
}

void env_scratch_path(const struct env_site *site, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%s/scratch", site->work_dir);
}

int env_wants_scratch(const char *words)
{
    return strstr(words, "--disk ") != NULL;
}

/* By the bench, which writes to nothing that it has not made itself. */
int env_make_scratch(const struct env_site *site, char *why, size_t room)
{
    char program[PATH_MAX], path[PATH_MAX], text[400] = "", err[200] = "";
    int code = 0;
    env_scratch_path(site, path);
    if (access(path, W_OK) == 0)
        return 0;
    snprintf(program, sizeof program, "%s/tickbench", site->build_dir);
    char *argv[] = {program, "--make-disk", path, NULL};
    if (child_capture(argv, -1, 60, text, sizeof text, &code, err, sizeof err) == 0 && code == 0)
        return 0;
    snprintf(why, room, "%.300s", *err ? err : *text ? text : "no scratch disk could be made");
    return -1;
}

int env_add_scratch(struct env_command *command, const struct env_site *site, const char *words,
                    char *why, size_t room)
{
    char path[PATH_MAX], drive[PATH_MAX + 64];
    if (!env_wants_scratch(words))
        return 0;
    if (env_make_scratch(site, why, room) < 0)
        return -1;
    env_scratch_path(site, path);
    snprintf(drive, sizeof drive, "file=%s,format=raw,if=ide", path);
    env_add(command, "-drive");
    env_add(command, drive);
    return 0;
}

void env_work_file(const struct env_site *site, const char *name, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%s/guest-images/workloads/%s", site->build_dir, name);
}

int env_find_work(const struct env_site *site, char *why, size_t room)
{
    char path[PATH_MAX];
    env_work_file(site, "workloads.img", path);
    if (access(path, R_OK) == 0)
        return 0;
    snprintf(why, room, "the image of the workloads is not built (make guest-images)");
    return -1;
}

void env_add_work(struct env_command *command, const struct env_site *site,
                  const struct env_work *work)
{
    char path[PATH_MAX], words[1024];
    snprintf(
        words, sizeof words,
        "root=LABEL=workloads console=ttyS0 quiet no_timer_check norandmaps tickmark=workloads/run "
        "work=%s,%s,%lld,%s",
        work->test, work->code, (long long)work->round, work->want);
    env_add_words(command, "-m 512 -kernel");
    env_work_file(site, "vmlinuz-686", path);
    env_add(command, path);
    env_add(command, "-initrd");
    env_work_file(site, "initrd-686.gz", path);
    env_add(command, path);
    env_add(command, "-append");
    env_add(command, words);
    env_add(command, "-hda");
    env_work_file(site, "workloads.img", path);
    env_add(command, path);
    env_add_words(command, "-snapshot -serial stdio -display none -no-reboot");
}

int env_find_on_path(struct env_site *site, const char *name)
{
    const char *path = getenv("PATH");
    for (path = path ? path : "/usr/bin:/bin"; *path;) {
        size_t bytes = strcspn(path, ":");
        snprintf(site->program, sizeof site->program, "%.*s/%s", (int)bytes, path, name);
        if (access(site->program, X_OK) == 0)
            return 0;
        path += bytes + (path[bytes] == ':');
    }
    return -1;
}

void env_skip_wrapper(struct env_site *site, const char *binary)
{
    char start[2] = "";
    FILE *in = fopen(site->program, "re");
    if (!in)
        return;
    if (fread(start, 1, 2, in) == 2 && start[0] == '#' && start[1] == '!' &&
        access(binary, X_OK) == 0)
        snprintf(site->program, sizeof site->program, "%s", binary);
    fclose(in);
}

void env_first_line(const struct env_site *site, const char *argument, char *line, size_t room)
{
    char program[PATH_MAX], word[64], text[4096], err[256];
    int code;
    snprintf(program, sizeof program, "%s", site->program);
    snprintf(word, sizeof word, "%s", argument);
    char *argv[] = {program, word, NULL};
    if (child_capture(argv, -1, 10, text, sizeof text, &code, err, sizeof err) < 0 || code ||
        !*text)
        snprintf(text, sizeof text, "unknown");
    text[strcspn(text, "\r\n")] = 0;
    snprintf(line, room, "%s", text);
}
