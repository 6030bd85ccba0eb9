// Classes of texts: command lines, and lines to the monitor of a machine with a VGA and drives.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/monitor/session.h"
#include "emu/options.h"
#include "emu/tests/bench_engine.h"
#include "emu/tests/mutation.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
enum { WORDS_MAX = 12, WORD_ROOM = 300 };

// Options with values that are right, from options.def, which has each option, and from what people
// write.
static const char *const options[] = {
#define FLAG(name, help)         "-" #name,
#define VALUE(name, value, help) "-" #name, value,
#define LATER(name, has_value)   "-" #name,
#include "emu/options.def"
#undef FLAG
#undef VALUE
#undef LATER
#define ALIAS(name, ours)                "-" name,
#define IDLE(name, has_value)            "-" #name,
#define ABSENT(name, has_value, instead) "-" #name,
#include "emu/foreign.def"
#undef ALIAS
#undef IDLE
#undef ABSENT
    "--stats=f", "--set=quantum=5",
    "-m",        "size=64M",
    "-cpu",      "pentium,+sse,-mmx",
    "-drive",    "file=image,if=ide,index=1,media=disk,format=raw,readonly=on",
    "-drive",    "file=a,,b,if=floppy,snapshot=on,cache=none",
    "-boot",     "order=dca,once=a,menu=off,splash-time=9",
    "-device",   "isa-debug-exit,iobase=0xf4,iosize=4",
    "-device",   "isa-debugcon,iobase=0x402,chardev=c",
    "-chardev",  "file,id=c,path=log",
    "-serial",   "file:log",
    "-dump",     "b",
    "-monitor",  "tcp::4444,server,nowait",
    "image",
};
static const char *const option_words[] = {
    "on",    "off",  "file=",      "if=",  "index=", "media=", "id=",     "path=", "none",
    "stdio", "null", "nbd:unix:s", "help", "max",    ",,",     "iobase=", "64",    "G"};

static void join(char *to, size_t room, int argc, char (*words)[WORD_ROOM])
{
    to[0] = 0;
    for (int i = 1; i < argc; i++)
        snprintf(to + strlen(to), room - strlen(to), "'%.120s' ", words[i]);
}

// What options_parse() opened: all above the standard three, but those that were there before.
static void close_above(int first)
{
    for (int fd = first; fd < first + 32; fd++)
        close(fd);
}

// Does the refusal have the beginning of a word that was given?
static bool names_word(const char *why, int argc, char (*words)[WORD_ROOM])
{
    for (int i = 1; i < argc; i++) {
        char start[8];
        snprintf(start, sizeof start, "%s", words[i] + strspn(words[i], "-"));
        start[strcspn(start, "=,:")] = 0;
        if (*start ? strstr(why, start) != NULL : strstr(why, "''") || strchr(why, '-'))
            return true;
    }
    return false;
}

bool mutate_options(struct mutation *u)
{
    static char given[WORDS_MAX][WORD_ROOM]; // options_parse() cuts its words up

    static char words[WORDS_MAX][WORD_ROOM];
    char *argv[WORDS_MAX + 1] = {words[0]};
    struct options o;
    int argc = 1 + (int)mutation_below(u, WORDS_MAX - 1);
    unsigned at = mutation_below(u, COUNT(options));
    for (int i = 1; i < argc; i++) {
        snprintf(words[i], WORD_ROOM, "%s", options[at]);
        at = mutation_chance(u, 2) ? (at + 1) % COUNT(options) : mutation_below(u, COUNT(options));
        if (mutation_chance(u, 3))
            mutation_text(u, words[i], WORD_ROOM, option_words, COUNT(option_words));
        for (char *c = words[i]; *c; c++) // no names outside of the folder
            *c = *c == '/' ? '|' : *c;
        argv[i] = words[i];
    }
    memcpy(given, words, sizeof given);
    join(u->input, sizeof u->input, argc, words);
    int mark = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    u->why[0] = 0;
    bool taken = options_parse(&o, argc, argv, u->why, sizeof u->why) == 0;
    streams_close(&o.streams);
    close_above(mark);
    if (!taken && !names_word(u->why, argc, given)) { // mutate.c looks for this mark
        memmove(u->why + 3, u->why, sizeof u->why - 4);
        memcpy(u->why, "?? ", 3);
        u->why[sizeof u->why - 1] = 0;
    }
    return taken;
}

// --- the monitor ---

static const char *const lines[] = {
#define WORD(name, handler, args, help) name " " args, name,
#include "emu/monitor/words.def"
#undef WORD
    "x/16xb 0x7c00",
    "xp/4i $eip-8",
    "x/65536c $esp+$cr3",
    "print $eax+1-0xffffffff",
    "info registers",
    "info mem",
    "info tlb",
    "info block",
    "sendkey ctrl-alt-delete",
    "sendkey 0x1c-a-b-c",
    "mouse_move 10 -10 1",
    "change ide1-cd0 image",
    "change floppy0 odd.fifo",
    "eject -f ide1-cd0",
    "screendump picture",
    "screendump odd.fifo",
    "screendump odd.folder",
    "screendump odd.empty",
};
static const char *const line_words[] = {
    "ide1-cd0", "floppy0", "floppy1", "ide0-hd0", "odd.fifo", "odd.folder", "$cs",
    "$eflags",  "-f",      "0xA0000", "65536",    "odd.loop", "odd.huge"};

static struct machine *with_monitor(struct mutation *u)
{
    struct machine_config config = {.ram_bytes = 2 << 20,
                                    .engine = &bench_engine,
                                    .icount = true,
                                    .vga = true,
                                    .serial_fd = -1,
                                    .debugcon_fd = -1,
                                    .drives[2] = {.kind = DRIVE_CD},
                                    .drives[MACHINE_FLOPPY] = {.kind = DRIVE_FLOPPY}};
    return machine_create(&config, u->why, sizeof u->why);
}

bool mutate_monitor(struct mutation *u)
{
    struct machine *m = with_monitor(u);
    char *answer = NULL;
    size_t n = 0;
    uint8_t buttons = 0;
    if (!m)
        return true; // and `why` is not about our input: the next check says so
    snprintf(u->input, sizeof u->input, "%s", lines[mutation_below(u, COUNT(lines))]);
    mutation_text(u, u->input, sizeof u->input, line_words, COUNT(line_words));
    if (strstr(u->input, "server") || strchr(u->input, '/') != strrchr(u->input, '/'))
        u->input[0] = 0; // no sockets, no paths
    char line[MUTATION_TEXT];
    memcpy(line, u->input, sizeof line);
    m->cpu->cr0 |= mutation_chance(u, 8) ? CR0_PE | CR0_PG : 0; // tables of zeros, or of code
    m->cpu->cr3 = mutation_chance(u, 2) ? 0 : mutation_number(u);
    struct session s = {.m = m, .cpu = m->cpu, .line = line, .buttons = &buttons};
    s.out = open_memstream(&answer, &n);
    if (s.out) {
        session_do(&s);
        fclose(s.out);
    }
    free(answer);
    machine_destroy(m);
    return true;
}
