/* bochs.c: Bochs, an interpreter, booting a private copy of the floppy image.
 *
 * The bench's words go into sectors 1 to 4 of the copy (NUL-terminated).  COM1 is a FIFO that
 * the collector reads as it grows (Bochs flushes each byte of a serial port in file mode). Debian's
 * Bochs is a debugger build: it stops at a prompt, so it gets an -rc file that says `continue`; the
 * terminal display needs a pty.  At the end the guest halts and Bochs runs on: the collector ends
 * it once `bye` was read. */
#include "collector/child.h"
#include "collector/env/env.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BOCHS_SECTOR   512
#define BOCHS_CYLINDER (16 * 63 * BOCHS_SECTOR) /* of its disks: they have whole ones */
#define BOCHS_LINE     2048 /* bytes of the floppy for the command line, from sector 1 on */

/* Displays are plug-ins in Debian; where there is no folder of them, they are built in. */
static int has_terminal_display(void)
{
    glob_t folder, plugin;
    int plugins = glob("/usr/lib/*/bochs/plugins", 0, NULL, &folder) == 0;
    int display = glob("/usr/lib/*/bochs/plugins/libbx_term_gui.so", 0, NULL, &plugin) == 0;
    globfree(&folder);
    globfree(&plugin);
    return !plugins || display;
}

static int bochs_present(struct env_site *site, char *why, size_t room)
{
    static const char *const files[] = {"/usr/share/bochs/BIOS-bochs-latest",
                                        "/usr/share/vgabios/vgabios.bin"};
    static const char *const packages[] = {"bochsbios", "vgabios"};
    if (env_find_on_path(site, "bochs") < 0) {
        snprintf(why, room,
                 "bochs is not installed (apt-get install bochs bochs-term bochsbios vgabios)");
        return -1;
    }
    char binary[PATH_MAX + 8];
    snprintf(binary, sizeof binary, "%s-bin", site->program);
    env_skip_wrapper(site, binary);
    for (size_t i = 0; i < 2; i++)
        if (access(files[i], R_OK) < 0) {
            snprintf(why, room, "%s is missing (apt-get install %s)", files[i], packages[i]);
            return -1;
        }
    if (!has_terminal_display()) {
        snprintf(why, room, "bochs has no terminal display (apt-get install bochs-term)");
        return -1;
    }
    return env_find_image(site, "tickbench.img", why, room);
}

/* The help of a debugger build lists the option -rc. */
static int is_debugger_build(const struct env_site *site)
{
    char program[PATH_MAX], text[16384], err[256];
    int code;
    snprintf(program, sizeof program, "%s", site->program);
    char *argv[] = {program, "--help", NULL};
    return child_capture(argv, -1, 10, text, sizeof text, &code, err, sizeof err) == 0 &&
           strstr(text, "-rc filename");
}

static void bochs_identify(const struct env_site *site, char *version, size_t version_room,
                           char *label, size_t label_room)
{
    char program[PATH_MAX], text[16384], err[256], number[16] = "";
    int code;
    snprintf(program, sizeof program, "%s", site->program);
    char *argv[] = {program, "--help", NULL};
    const char *at = NULL;
    if (child_capture(argv, -1, 10, text, sizeof text, &code, err, sizeof err) == 0)
        at = strstr(text, "Bochs x86 Emulator ");
    if (!at || sscanf(at, "Bochs x86 Emulator %15s", number) != 1)
        snprintf(number, sizeof number, "unknown");
    snprintf(version, version_room, "Bochs %s", number);
    snprintf(label, label_room, "Bochs %s%s", number,
             is_debugger_build(site) ? " (debugger build)" : "");
}

static int copy_image(const char *from, const char *to, const char *words)
{
    char bytes[65536], line[BOCHS_LINE] = "";
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ssize_t got = -1;
    while (in >= 0 && out >= 0 && (got = read(in, bytes, sizeof bytes)) > 0)
        if (write(out, bytes, (size_t)got) != got) {
            got = -1;
            break;
        }
    snprintf(line, sizeof line, "%s", words);
    int bad = got != 0 || pwrite(out, line, sizeof line, BOCHS_SECTOR) != BOCHS_LINE;
    if (in >= 0)
        close(in);
    if (out >= 0)
        bad |= close(out) < 0;
    return bad ? -1 : 0;
}

struct bochs_files {
    char config[PATH_MAX], script[PATH_MAX], log[PATH_MAX];
};

/* What both ways to boot share; `drives` are lines of the configuration. A second of the guest is
 * so many million instructions: Linux, which has 250 ticks in one, wants what Bochs really does. */
static int write_config(const struct bochs_files *files, int megs, int mips, const char *drives,
                        const char *fifo)
{
    FILE *out = fopen(files->config, "we");
    if (!out)
        return -1;
    fprintf(out,
            "display_library: term\n"
            "romimage: file=/usr/share/bochs/BIOS-bochs-latest\n"
            "vgaromimage: file=/usr/share/vgabios/vgabios.bin\n"
            "megs: %d\n"
            "cpu: model=corei7_haswell_4770, count=1, ips=%d000000, reset_on_triple_fault=0\n"
            "clock: sync=none, time0=local\n"
            "%s"
            "com1: enabled=1, mode=file, dev=%s\n"
            "log: %s\n"
            "panic: action=fatal\nerror: action=report\ninfo: action=ignore\ndebug: action=ignore\n"
            "mouse: enabled=0\nspeaker: enabled=0\n",
            megs, mips, drives, fifo, files->log);
    return fclose(out);
}

/* The files of a run, and the command that reads them: 0, or -1 with errno. */
static int begin_command(const struct env_site *site, struct env_command *command,
                         struct bochs_files *files)
{
    memset(command, 0, sizeof *command);
    snprintf(files->config, sizeof files->config, "%s/bochsrc", site->work_dir);
    snprintf(files->script, sizeof files->script, "%s/continue", site->work_dir);
    snprintf(files->log, sizeof files->log, "%s/bochs.log", site->work_dir);
    snprintf(command->fifo, sizeof command->fifo, "%s/com1", site->work_dir);
    command->pty = 1;
    remove(command->fifo);
    FILE *rc = fopen(files->script, "we");
    return !rc || fputs("continue\n", rc) < 0 || fclose(rc) || mkfifo(command->fifo, 0600) < 0 ? -1
                                                                                               : 0;
}

static int end_command(const struct env_site *site, const struct bochs_files *files,
                       struct env_command *command, char *why, size_t room)
{
    env_add(command, site->program);
    env_add_words(command, "-q -f");
    env_add(command, files->config);
    if (is_debugger_build(site)) {
        env_add(command, "-rc");
        env_add(command, files->script);
    }
    if (env_is_complete(command))
        return 0;
    snprintf(why, room, "command line too long");
    return -1;
}

static int bochs_command(const struct env_site *site, const char *words,
                         struct env_command *command, char *why, size_t room)
{
    char image[PATH_MAX], drives[2 * PATH_MAX];
    struct bochs_files files;
    snprintf(image, sizeof image, "%s/floppy.img", site->work_dir);
    snprintf(drives, sizeof drives, "floppya: 1_44=%s, status=inserted\nboot: floppy\n", image);
    if (begin_command(site, command, &files) < 0 || copy_image(site->image, image, words) < 0 ||
        write_config(&files, 64, 10, drives, command->fifo) < 0) {
        snprintf(why, room, "cannot set up %s: %s", site->work_dir, strerror(errno));
        return -1;
    }
    return end_command(site, &files, command, why, room);
}

/* It boots no kernel by itself: the disk's GRUB does, and the workload's words are the first line
 * of a second disk. What is written to the first is forgotten (volatile). */
static int bochs_work_command(const struct env_site *site, const struct env_work *work,
                              struct env_command *command, char *why, size_t room)
{
    char disk[PATH_MAX], words[PATH_MAX], drives[4 * PATH_MAX];
    struct bochs_files files;
    if (!strcmp(work->test, "work.boot")) {
        snprintf(why, room, "it boots by the BIOS and GRUB, the others the kernel itself");
        return -1;
    }
    env_work_file(site, "workloads.img", disk);
    snprintf(words, sizeof words, "%s/words.img", site->work_dir);
    snprintf(drives, sizeof drives,
             "ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14\n"
             "ata0-master: type=disk, path=%s, mode=volatile, journal=%s/journal\n"
             "ata0-slave: type=disk, path=%s, mode=flat\n"
             "boot: disk\n",
             disk, site->work_dir, words);
    char lock[PATH_MAX + 8];
    snprintf(lock, sizeof lock, "%s.lock", words);
    remove(lock); /* of one that was killed: it would be a panic */
    FILE *out = NULL;
    if (begin_command(site, command, &files) < 0 || !(out = fopen(words, "we")) ||
        fprintf(out, "%s,%s,%lld,%s\n", work->test, work->code, (long long)work->round,
                work->want) < 0 ||
        fclose(out) || truncate(words, BOCHS_CYLINDER) < 0 ||
        write_config(&files, 512, 50, drives, command->fifo) < 0) {
        snprintf(why, room, "cannot set up %s: %s", site->work_dir, strerror(errno));
        return -1;
    }
    return end_command(site, &files, command, why, room);
}

const struct env env_bochs = {.kind = "bochs",
                              .project = "bochs",
                              .package = "bochs bochs-term bochsbios vgabios",
                              .guest = 1,
                              .rounds = 2,
                              .quick_rounds = 1,
                              .timeout_s = 240,
                              /* of a clock that counts instructions, 10 million a second: 200 ms
                                 take about 120 ms of the host */
                              .min_us = 200000,
                              .quick_min_us = 20000,
                              .words_max = BOCHS_LINE - 1,
                              .guest_tsc_hint = "insn",
                              .present = bochs_present,
                              .identify = bochs_identify,
                              .command = bochs_command,
                              .work_rounds = 1,
                              .quick_work_rounds = 0,
                              .work_timeout_s = 1200,
                              .work_present = env_find_work,
                              .work_command = bochs_work_command};
