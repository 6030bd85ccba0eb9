#include "emu/options.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "emu/board.h"
#include "emu/device/nic.h"
#include "emu/drives.h"
#include "emu/foreign.h"
#include "emu/gdb/gdb.h"
#include "emu/machine/linux.h"
#include "emu/nearest.h"
#include "emu/words.h"

enum option {
#define FLAG(name, help)         OPTION_##name,
#define VALUE(name, value, help) OPTION_##name,
#define LATER(name, has_value)   OPTION_##name,
#include "emu/options.def"
#undef FLAG
#undef VALUE
#undef LATER
    OPTION_COUNT
};

struct option_row {
    const char *name; // as in options.def, '_' for '-'
    bool has_value, later;
    const char *value, *help;
};

static const struct option_row rows[OPTION_COUNT] = {
#define FLAG(name, help)         {#name, false, false, "", help},
#define VALUE(name, value, help) {#name, true, false, value, help},
#define LATER(name, has_value)   {#name, has_value, true, "", ""},
#include "emu/options.def"
#undef FLAG
#undef VALUE
#undef LATER
};

enum { RAM_DEFAULT_MB = 64, WORD_MAX = 64 };

// Debian's seabios package
static const char default_bios[] = "/usr/share/seabios/bios-256k.bin";
static const char default_vga_rom[] = "/usr/share/seabios/vgabios-stdvga.bin";

struct parser {
    struct options *o;
    char *why;
    size_t whylen;
    struct board_words board;
    const char *vga; // as given
    bool full;       // -full-screen
    bool nographic;
    const char *mon; // -mon
    struct drives_named drives;
};

__attribute__((format(printf, 2, 3))) static int refuse(struct parser *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(p->why, p->whylen, format, args);
    va_end(args);
    return -1;
}

static char spelled(char c)
{
    return c == '_' ? '-' : c;
}

static int refuse_unknown(struct parser *p, const char *word)
{
    unsigned best = NEAREST_FAR + 1;
    char near[WORD_MAX] = "";
    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        unsigned d = nearest_distance(rows[i].name, word);
        if (rows[i].later || d >= best)
            continue;
        best = d;
        size_t n = 0;
        for (; rows[i].name[n] && n + 1 < sizeof near; n++)
            near[n] = spelled(rows[i].name[n]);
        near[n] = 0;
    }
    return refuse(p, "unknown option '-%s'; the nearest is '-%s' (see --help)", word, near);
}

// --- values ---

static int parse_number(struct parser *p, const char *what, const char *text, unsigned max,
                        uint16_t *to)
{
    char *end;
    errno = 0;
    unsigned long n = strtoul(text, &end, 0);
    if (!isdigit((unsigned char)*text) || errno || *end || n > max)
        return refuse(p, "%s: '%s' is not a number from 0 to %#x", what, text, max);
    *to = (uint16_t)n;
    return 0;
}

static int parse_cpu(struct parser *p, const char *text)
{
    char note[256];
    if (strcmp(text, "help") == 0) {
        p->o->cpu_help = true;
        return 0;
    }
    if (model_parse(text, &p->o->model, p->why, note,
                    p->whylen < sizeof note ? p->whylen : sizeof note) < 0)
        return -1;
    if (*note)
        fprintf(stderr,
                "tickmark-emu: -cpu %s: this host cannot execute, so the guest has not:%s\n", text,
                note);
    p->o->config.model = &p->o->model;
    return 0;
}

// A file that can be written at any place, as a WAV's header is in the end.
static int open_speaker(struct parser *p, const char *text)
{
    const char *path = strncmp(text, "wav:", 4) == 0 ? text + 4 : text;
    struct stat st;
    int fd = open(path, O_WRONLY | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0666);
    if (fd < 0)
        return refuse(p, "-speaker: %s: %s", path, strerror(errno));
    bool regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    if (!regular || ftruncate(fd, 0)) {
        close(fd);
        return refuse(p, "-speaker: %s: %s", path, regular ? strerror(errno) : "not a file");
    }
    if (p->o->config.speaker_fd > 0)
        close(p->o->config.speaker_fd);
    p->o->config.speaker_fd = fd;
    return 0;
}

static int parse_debug_exit(struct parser *p)
{
    struct machine_config *c = &p->o->config;
    c->debug_exit = true;
    c->debug_exit_port = 0x501; // QEMU's defaults
    c->debug_exit_size = 2;
    for (const char *part; (part = strtok(NULL, ","));) {
        int bad;
        if (strncmp(part, "iobase=", 7) == 0)
            bad = parse_number(p, "-device isa-debug-exit,iobase", part + 7, 0xffff,
                               &c->debug_exit_port);
        else if (strncmp(part, "iosize=", 7) == 0)
            bad =
                parse_number(p, "-device isa-debug-exit,iosize", part + 7, 4, &c->debug_exit_size);
        else
            bad = refuse(p, "-device isa-debug-exit: no property '%s'; there are iobase and iosize",
                         part);
        if (bad)
            return -1;
    }
    if (c->debug_exit_size == 0 || c->debug_exit_size == 3)
        return refuse(p, "-device isa-debug-exit: iosize is 1, 2 or 4");
    return 0;
}

static int parse_debugcon(struct parser *p)
{
    struct machine_config *c = &p->o->config;
    const char *id = NULL;
    uint16_t port = 0xE9;
    for (char *part; (part = strtok(NULL, ","));) {
        if (strncmp(part, "iobase=", 7) == 0) {
            if (parse_number(p, "-device isa-debugcon,iobase", part + 7, 0xffff, &port))
                return -1;
        } else if (strncmp(part, "chardev=", 8) == 0) {
            part[7] = ':'; // chardev:ID
            id = part;
        } else {
            return refuse(p, "-device isa-debugcon: no property '%s'; there are iobase and chardev",
                          part);
        }
    }
    if (!id)
        return refuse(p, "-device isa-debugcon: wants chardev=ID");
    if (port == 0xE9) // the one that is always there
        return streams_add(&p->o->streams, "device isa-debugcon", id, &c->debugcon, p->why,
                           p->whylen);
    if (c->debugcon2_port)
        return refuse(p, "-device isa-debugcon: there can be one besides E9h");
    c->debugcon2_port = port;
    return streams_add(&p->o->streams, "device isa-debugcon", id, &c->debugcon2, p->why, p->whylen);
}

// -device isa-serial,chardev=ID[,index=N]: as -serial chardev:ID. Base and line are those of its
// number.
static int parse_isa_serial(struct parser *p)
{
    struct streams *s = &p->o->streams;
    char *id = NULL;
    uint16_t index = (uint16_t)s->nserials;
    for (char *part; (part = strtok(NULL, ","));) {
        if (strncmp(part, "chardev=", 8) == 0) {
            part[7] = ':'; // chardev:ID
            id = part;
        } else if (strncmp(part, "index=", 6) == 0) {
            if (parse_number(p, "-device isa-serial,index", part + 6, MACHINE_SERIALS - 1, &index))
                return -1;
        } else if (strncmp(part, "id=", 3) != 0) {
            return refuse(p, "-device isa-serial: no property '%s'; there are chardev and index",
                          part);
        }
    }
    if (!id)
        return refuse(p, "-device isa-serial: wants chardev=ID");
    if (index != s->nserials)
        return refuse(p, "-device isa-serial: index=%u: the next one is %u", index, s->nserials);
    return streams_add_serial(s, &p->o->config, id, p->why, p->whylen);
}

static int parse_device(struct parser *p, char *text)
{
    int rc = drives_parse_device(&p->drives, text, p->why, p->whylen);
    if (rc <= 0)
        return rc;
    char model[WORD_MAX];
    snprintf(model, sizeof model, "%.*s", (int)strcspn(text, ","), text);
    if (network_is_card(model)) {
        const char *name = words_next(&text);
        return network_add_card(&p->o->network, &p->o->config, name, text, p->why, p->whylen);
    }
    const char *part = strtok(text, ",");
    if (part && strcmp(part, "isa-debug-exit") == 0)
        return parse_debug_exit(p);
    if (part && strcmp(part, "isa-debugcon") == 0)
        return parse_debugcon(p);
    if (part && strcmp(part, "isa-serial") == 0)
        return parse_isa_serial(p);
    if (part && strcmp(part, "VGA") == 0 && !strtok(NULL, ",")) {
        p->vga = "std";
        return 0;
    }
    if (part && strcmp(part, "pc-testdev") == 0 && !strtok(NULL, ",")) {
        p->o->config.pc_testdev = true;
        return 0;
    }
    if (part && strcmp(part, "pci-testdev") == 0 && !strtok(NULL, ",")) {
        p->o->config.pci_testdev = true;
        return 0;
    }
    return refuse(p,
                  "-device: '%s' is not supported yet; there are isa-debug-exit, isa-debugcon, "
                  "isa-serial, pc-testdev, pci-testdev, VGA, virtio-blk-pci, ide-hd, ide-cd, %s",
                  part ? part : "", nic_models());
}

// A character's number, as QEMU has it.
static int parse_echr(struct parser *p, const char *text)
{
    uint16_t c;
    if (parse_number(p, "-echr", text, 127, &c))
        return -1;
    if (c == 0)
        return refuse(p, "-echr: '%s' is not a character from 1 to 127", text);
    p->o->streams.escape = (char)c;
    return 0;
}

static int parse_icount(struct parser *p, const char *value)
{
    if (value && strcmp(value, "shift=0") != 0 && strcmp(value, "0") != 0)
        return refuse(p, "-icount %s: an instruction is 1 ns, which is shift=0", value);
    p->o->config.icount = true;
    return 0;
}

static int apply(struct parser *p, enum option option, char *value)
{
    struct options *o = p->o;
    struct machine_config *c = &o->config;
    switch (option) {
    case OPTION_m: return board_parse_memory(&p->board, value, p->why, p->whylen);
    case OPTION_cpu: return parse_cpu(p, value);
    case OPTION_accel: return board_parse_accel(&p->board, value, p->why, p->whylen);
    case OPTION_machine: return board_parse_machine(&p->board, value, p->why, p->whylen);
    case OPTION_kernel: c->kernel = value; break;
    case OPTION_bios: c->bios = value; break;
    case OPTION_chardev: return streams_add_chardev(&o->streams, value, p->why, p->whylen);
    case OPTION_append: c->append = value; break;
    case OPTION_initrd: c->initrd = value; break;
    case OPTION_serial: return streams_add_serial(&o->streams, c, value, p->why, p->whylen);
    case OPTION_parallel:
        c->parallel_there = strcmp(value, "none") != 0;
        return streams_add(&o->streams, "parallel", value, &c->parallel, p->why, p->whylen);
    case OPTION_speaker: return open_speaker(p, value);
    case OPTION_debugcon:
        return streams_add(&o->streams, "debugcon", value, &c->debugcon, p->why, p->whylen);
    case OPTION_display:
        o->shown = strcmp(value, "none") != 0;
        if (display_parse(value, &o->display, p->why, p->whylen))
            return -1;
        break;
    case OPTION_vga:
        if (strcmp(value, "std") != 0 && strcmp(value, "none") != 0)
            return refuse(p, "-vga: '%s' is not supported; there are std and none", value);
        p->vga = value;
        break;
    case OPTION_monitor: o->streams.monitor = value; break;
    case OPTION_mon: p->mon = value; break;
    case OPTION_echr: return parse_echr(p, value);
    case OPTION_s: o->gdb = GDB_DEFAULT; break;
    case OPTION_S: o->stopped = true; break;
    case OPTION_gdb: o->gdb = strcmp(value, "none") == 0 ? NULL : value; break;
    case OPTION_nographic: p->nographic = c->serial_console = true; break;
    case OPTION_full_screen: p->full = true; break;
    case OPTION_nodefaults: o->no_defaults = true; break;
    case OPTION_rtc: return board_parse_rtc(&p->board, value, p->why, p->whylen);
    case OPTION_no_hpet: c->no_hpet = true; break;
    case OPTION_no_reboot: c->no_reboot = true; break;
    case OPTION_no_shutdown: c->no_shutdown = true; break;
    case OPTION_device: return parse_device(p, value);
    case OPTION_smp: return board_parse_smp(value, p->why, p->whylen);
    case OPTION_stats:
        o->stats_path = value;
        c->stats = true;
        break;
    case OPTION_hot:
        o->hot_path = value;
        c->hot = true;
        break;
    case OPTION_icount: return parse_icount(p, value);
    case OPTION_lockstep: o->lockstep = true; break;
    case OPTION_dump: return settings_parse_dump(value, &c->dump, p->why, p->whylen);
    case OPTION_set: return settings_apply(&o->settings, value, p->why, p->whylen);
    case OPTION_hda:
    case OPTION_hdb:
    case OPTION_hdc:
    case OPTION_hdd:
        return drives_add(c, (unsigned)(option - OPTION_hda), DRIVE_DISK, value, p->why, p->whylen);
    case OPTION_fda:
    case OPTION_fdb:
        return drives_add(c, MACHINE_FLOPPY + (unsigned)(option - OPTION_fda), DRIVE_FLOPPY, value,
                          p->why, p->whylen);
    case OPTION_cdrom: return drives_add(c, 2, DRIVE_CD, value, p->why, p->whylen);
    case OPTION_drive: return drives_parse(c, &p->drives, value, p->why, p->whylen);
    case OPTION_boot: return drives_parse_boot(c, value, p->why, p->whylen);
    case OPTION_netdev: return network_add_netdev(&o->network, c, value, p->why, p->whylen);
    case OPTION_nic: return network_add_nic(&o->network, c, value, p->why, p->whylen);
    case OPTION_net: return network_add_net(&o->network, c, value, p->why, p->whylen);
    case OPTION_object: return network_add_object(&o->network, value, p->why, p->whylen);
    case OPTION_snapshot: o->snapshot = true; break;
    case OPTION_daemonize: o->daemonize = true; break;
    case OPTION_pidfile: o->pid_path = value; break;
    case OPTION_help: o->help = true; break;
    case OPTION_version: o->version = true; break;
    default: return refuse(p, "-%s: not supported yet", rows[option].name);
    }
    return 0;
}

// --- the whole line ---

static int choose_engine(struct parser *p)
{
    struct machine_config *c = &p->o->config;
    if (board_finish_accel(&p->board, p->why, p->whylen))
        return -1;
    if (p->board.interp) {
        c->engine = &engine_interp;
        return 0;
    }
#ifdef NO_JIT
    return refuse(p, "-accel jit is not part of this build; use -accel interp");
#else
    c->engine = &engine_jit;
    return 0;
#endif
}

// -nographic: what is not said to be elsewhere shares the terminal.
static int add_terminal(struct parser *p)
{
    struct streams *s = &p->o->streams;
    bool monitor = s->monitor || p->mon, nothing = p->o->no_defaults;
    if (!s->nserials && !nothing)
        return streams_add_serial(s, &p->o->config, monitor ? "stdio" : "mon:stdio", p->why,
                                  p->whylen);
    if (!monitor && !nothing && !p->o->lockstep && !streams_want_stdio(s))
        s->monitor = "stdio";
    return 0;
}

static int check_whole(struct parser *p)
{
    struct machine_config *c = &p->o->config;
    if (p->o->help || p->o->help_option || p->o->version || p->o->cpu_help) {
        p->o->daemonize = false;
        return 0;
    }
    if (!c->kernel && c->append)
        return refuse(p, "-append needs -kernel");
    if (drives_connect(c, &p->drives, p->why, p->whylen))
        return -1;
    for (unsigned n = 0; n < MACHINE_DRIVES; n++) // lockstep: each of the two machines has its own
        c->drives[n].snapshot |= p->o->snapshot || p->o->lockstep;
    if (!c->kernel && c->initrd)
        return refuse(p, "-initrd needs -kernel");
    bool is_linux = c->kernel && linux_is_kernel(c->kernel);
    if (c->kernel && c->bios && !is_linux)
        return refuse(p, "-bios: a multiboot kernel is entered directly, without a BIOS");
    if ((!c->kernel || is_linux) && !c->bios)
        c->bios = default_bios;
    if (c->bios && !p->o->no_defaults)
        drives_add_defaults(c);
    c->vga = p->vga ? strcmp(p->vga, "std") == 0 : c->bios || p->o->shown;
    if (c->vga && c->bios && access(default_vga_rom, R_OK) == 0) // else the BIOS does without
        c->vga_rom = default_vga_rom;
    struct streams *streams = &p->o->streams;
    streams->plain = p->o->lockstep;
    if ((p->nographic && add_terminal(p)) ||
        (p->mon && streams_add_mon(streams, p->mon, p->why, p->whylen)) ||
        streams_connect(streams, p->why, p->whylen))
        return -1;
    if (streams->place && strcmp(streams->place, "stdio") == 0 && streams->takes_stdin)
        return refuse(p, "-monitor stdio: COM1 is on stdio already; -serial mon:stdio has both");
    if (p->o->daemonize &&
        (streams->takes_stdin || (streams->place && strcmp(streams->place, "stdio") == 0)))
        return refuse(p, "-daemonize: there is no terminal then, for -nographic or stdio");
    if (p->o->daemonize && p->o->lockstep)
        return refuse(p, "-daemonize does not go with --lockstep");
    if ((streams->place || streams->nmonitors || p->o->shown || p->o->gdb || p->o->stopped) &&
        p->o->lockstep)
        return refuse(p, "-monitor, -display, -gdb and -S do not go with --lockstep");
    p->o->display.full |= p->full;
    if (network_finish(&p->o->network, c, p->why, p->whylen))
        return -1;
    if (p->o->lockstep && c->netdevs[0].user)
        return refuse(p, "a network does not go with --lockstep: its frames come when they do");
    return choose_engine(p);
}

// One of QEMU's that is none of ours.
static int take_foreign(struct parser *p, const struct foreign *foreign, const char *name,
                        bool joined, int argc, int *at)
{
    if (foreign->absent)
        return refuse(p, "-%s: not supported: %s", name, foreign->absent);
    if (!foreign->has_value)
        return joined ? refuse(p, "-%s takes no value", name) : 0;
    if (!joined && ++*at >= argc)
        return refuse(p, "-%s wants a value", name);
    return 0;
}

// "-device help" and the like, as QEMU has it. What takes the name of a file or a text has none.
static bool asks_for_help(enum option option, const char *value)
{
    switch (option) {
    case OPTION_accel:
    case OPTION_machine:
    case OPTION_display:
    case OPTION_vga:
    case OPTION_device:
    case OPTION_drive:
    case OPTION_netdev:
    case OPTION_nic:
    case OPTION_net:
    case OPTION_object:
    case OPTION_chardev: return strcmp(value, "help") == 0 || strcmp(value, "?") == 0;
    default: return false;
    }
}

// QEMU's -icount has a value; ours has one time only.
static bool is_icount_value(const char *word)
{
    return strncmp(word, "shift=", 6) == 0 || strcmp(word, "auto") == 0 ||
           isdigit((unsigned char)*word);
}

static int parse_word(struct parser *p, int argc, char **argv, int *at)
{
    char *word = argv[*at];
    if (word[0] != '-') // an image by name alone is the first disk
        return drives_add(&p->o->config, 0, DRIVE_DISK, word, p->why, p->whylen);
    if (word[1] == 0)
        return refuse(p, "'%s' is not an option", word);
    const char *name = word + 1 + (word[1] == '-');
    char key[WORD_MAX];
    size_t length = strcspn(name, "=");
    bool joined = word[1] == '-' && name[length] == '='; // --stats=F
    if (length >= sizeof key)
        return refuse(p, "unknown option '%s'", word);
    memcpy(key, name, length);
    key[length] = 0;
    const struct foreign *foreign = foreign_find(joined ? key : name);
    if (foreign && !foreign->ours)
        return take_foreign(p, foreign, joined ? key : name, joined, argc, at);
    const char *typed = joined ? key : name;
    if (foreign)
        name = foreign->ours;
    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        const struct option_row *row = &rows[i];
        if (!words_are_same(row->name, foreign ? name : typed))
            continue;
        if (row->later)
            return refuse(p, "-%s: not supported yet", typed);
        if (joined && !row->has_value)
            return refuse(p, "-%s takes no value", typed);
        char *value = joined ? strchr(word, '=') + 1 : NULL;
        if (row->has_value && !value && *at + 1 >= argc)
            return refuse(p, "-%s wants a value: %s", typed, row->value);
        if (row->has_value && !value)
            value = argv[++*at];
        if (value && asks_for_help((enum option)i, value)) {
            p->o->help_option = (int)i + 1;
            return 0;
        }
        if (i == OPTION_icount && *at + 1 < argc && is_icount_value(argv[*at + 1]))
            value = argv[++*at];
        return apply(p, (enum option)i, value);
    }
    return refuse_unknown(p, typed);
}

int options_parse(struct options *o, int argc, char **argv, char *why, size_t whylen)
{
    *o = (struct options){.settings = settings_default};
    o->config = (struct machine_config){.ram_bytes = (uint64_t)RAM_DEFAULT_MB << 20,
                                        .serial_fd = -1,
                                        .debugcon_fd = -1,
                                        .settings = &o->settings};
    network_init(&o->network);
    struct parser p = {.o = o, .why = why, .whylen = whylen, .board.config = &o->config};
    for (int i = 1; i < argc; i++)
        if (parse_word(&p, argc, argv, &i))
            return -1;
    return check_whole(&p);
}

static void print_row(FILE *to, const struct option_row *row)
{
    char left[80];
    int n = snprintf(left, sizeof left, "-%s %s", row->name, row->value);
    for (char *c = left; *c && *c != ' '; c++)
        *c = spelled(*c);
    if ((size_t)n < sizeof left)
        fprintf(to, n > 30 ? "  %s\n  %-30s %s\n" : "  %-30s%.0s %s\n", left, "", row->help);
    else // a value that is longer than the line
        fprintf(to, "  %.*s %s\n  %-30s %s\n", (int)strcspn(left, " "), left, row->value, "",
                row->help);
}

void options_print_help(FILE *to, int option)
{
    if (option) {
        print_row(to, &rows[option - 1]);
        return;
    }
    fprintf(to, "tickmark-emu: an x86 PC that counts where its own clocks go\n\n");
    for (unsigned i = 0; i < OPTION_COUNT; i++)
        if (!rows[i].later)
            print_row(to, &rows[i]);
    settings_print(to);
}
