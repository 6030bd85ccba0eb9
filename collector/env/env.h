/* env.h: an environment: how a bench program is started somewhere and where its lines come out.
 * One row of function pointers per environment, one file each; env.def lists them.  A row knows
 * nothing of sweeps, databases or time. */
#ifndef COLLECTOR_ENV_ENV_H
#define COLLECTOR_ENV_ENV_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#define ENV_ARGS  1024
#define ENV_WORDS 4096 /* longest text of words for the bench, any environment */

struct env_site {
    char build_dir[PATH_MAX - 64]; /* tickbench, tickbench.elf, tickbench.img, tickmark-emu */
    char work_dir[PATH_MAX - 64];  /* a private folder for this run's files */
    char program[PATH_MAX];        /* what is executed */
    char image[PATH_MAX];          /* what it boots; "" natively */
    char options[512];             /* for our emulator, blanks between */
};

struct env_command {
    char *argv[ENV_ARGS];
    size_t argc;
    char text[8 * PATH_MAX]; /* what argv points into */
    size_t used;
    int pty;              /* wants a terminal; its lines come from `fifo` */
    char fifo[PATH_MAX];  /* "": lines are read from standard output */
    char stats[PATH_MAX]; /* "": writes no statistics file */
};

/* One workload: a whole program in a guest image, see guest-images/workloads/. */
struct env_work {
    const char *test, *code, *want;
    int64_t round;
};

struct env {
    const char *kind;    /* as the store and -e name it */
    const char *project; /* native | tickmark-emu | qemu | bochs | wine */
    const char
        *package;   /* the Debian package that brings a missing peer; NULL: made by this project */
    int guest;      /* the bare port runs in it: begin/end stamps, calibration around the run */
    int on_request; /* not in a sweep of all: only where a -e matches it */
    int rounds, quick_rounds, timeout_s;
    int min_us, quick_min_us; /* least duration of a timed interval by the guest's clock; 0: the
                                 bench's own */
    size_t words_max;         /* longest command line of the bench */
    const char *disk;         /* what the bench calls the scratch disk; "": its path; NULL: none */
    const char *guest_tsc_hint; /* what a clock that is not the host's must be: "insn" or NULL */
    /* Finds program and image: 0, or -1 with what is missing. */
    int (*present)(struct env_site *site, char *why, size_t room);
    /* Version and label of the program; never fails ("unknown"). */
    void (*identify)(const struct env_site *site, char *version, size_t version_room, char *label,
                     size_t label_room);
    /* Fills the command for these words: 0, or -1 with the reason. */
    int (*command)(const struct env_site *site, const char *words, struct env_command *command,
                   char *why, size_t room);
    /* Workloads: rounds; with --quick (0: they are left out, a run takes minutes); the longest run;
     * whether they can be run: 0, or -1 with the reason; and the command for one. */
    int work_rounds, quick_work_rounds, work_timeout_s;
    int (*work_present)(const struct env_site *site, char *why, size_t room);
    int (*work_command)(const struct env_site *site, const struct env_work *work,
                        struct env_command *command, char *why, size_t room);
};

extern const struct env *const env_table[];
extern const size_t env_count;
const struct env *env_find(const char *kind);

/* For the rows: append an argument, or a text split at blanks; sticky (argc becomes ENV_ARGS when
 * full). */
void env_add(struct env_command *command, const char *argument);
void env_add_words(struct env_command *command, const char *words);
int env_is_complete(const struct env_command *command);
/* site->program = the file in the build folder, or on PATH: 0, or -1. */
int env_find_built(struct env_site *site, const char *name, char *why, size_t room);
int env_find_on_path(struct env_site *site, const char *name);
int env_find_image(struct env_site *site, const char *name, char *why, size_t room);
/* path = the scratch disk of this run, in its folder. With words that ask for it,
 * env_make_scratch() makes it if it is not there: 0, or -1 with the reason. */
void env_scratch_path(const struct env_site *site, char path[PATH_MAX]);
int env_wants_scratch(const char *words);
int env_make_scratch(const struct env_site *site, char *why, size_t room);
/* For guests with QEMU's options: the same as the first IDE drive, if the words ask for it. */
int env_add_scratch(struct env_command *command, const struct env_site *site, const char *words,
                    char *why, size_t room);
/* A file of the workloads' image: path = its place, whether it is there or not. */
void env_work_file(const struct env_site *site, const char *name, char path[PATH_MAX]);
/* Whether the image is built: 0, or -1 with the way to it. */
int env_find_work(const struct env_site *site, char *why, size_t room);
/* For guests that boot a kernel by themselves, with QEMU's options: kernel, archive, disk, and the
 * workload as words of the kernel's command line. */
void env_add_work(struct env_command *command, const struct env_site *site,
                  const struct env_work *work);
/* Debian starts some programs through a shell script, whose SHA-256 would say nothing about the
 * build: when the program is a script and `binary` can be executed, that is taken instead. */
void env_skip_wrapper(struct env_site *site, const char *binary);
/* First line of the program's output with this argument. */
void env_first_line(const struct env_site *site, const char *argument, char *line, size_t room);

#endif
