// The words of words.def.
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "emu/device/device.h"
#include "emu/device/vga_render.h"
#include "emu/display/png.h"
#include "emu/gdb/gdb.h"
#include "emu/machine/machine_state.h"
#include "emu/monitor/session.h"

// The next word of *text, or NULL; *text moves behind it.
static char *next_word(char **text)
{
    char *word = *text + strspn(*text, " \t\r");
    size_t n = strcspn(word, " \t\r");
    if (n == 0)
        return NULL;
    *text = word + n;
    if (**text)
        *(*text)++ = 0;
    return word;
}

static void word_help(struct session *s, char *args);

static void word_info(struct session *s, char *args)
{
    const char *what = next_word(&args);
    if (!what)
        fprintf(s->out, "info registers, mem, tlb, block, version or status\n");
    else if (strcmp(what, "registers") == 0)
        inspect_registers(s);
    else if (strcmp(what, "mem") == 0)
        inspect_mem(s);
    else if (strcmp(what, "tlb") == 0)
        inspect_tlb(s);
    else if (strcmp(what, "block") == 0)
        machine_print_drives(s->m, s->out);
    else if (strcmp(what, "version") == 0)
        fprintf(s->out, "tickmark-emu 0.1\n");
    else if (strcmp(what, "status") == 0)
        fprintf(s->out, "VM status: %s\n", machine_is_paused(s->m) ? "paused" : "running");
    else
        fprintf(s->out, "no 'info %.32s'; there are registers, mem, tlb, block, version, status\n",
                what);
}

static void word_x(struct session *s, char *args)
{
    inspect_memory(s, args, false);
}

static void word_xp(struct session *s, char *args)
{
    inspect_memory(s, args, true);
}

static void word_print(struct session *s, char *args)
{
    uint32_t value;
    if (expression_read(s, args, &value))
        fprintf(s->out, "0x%x\n", value);
}

static void word_stop(struct session *s, char *args)
{
    (void)args;
    machine_pause(s->m);
}

static void word_cont(struct session *s, char *args)
{
    (void)args;
    machine_continue(s->m);
}

static void word_system_reset(struct session *s, char *args)
{
    (void)args;
    machine_ask_reset(s->m);
}

static void word_quit(struct session *s, char *args)
{
    (void)args;
    machine_quit(s->m, 0);
}

static void word_gdbserver(struct session *s, char *args)
{
    char why[512];
    const char *where = next_word(&args);
    where = where ? where : GDB_DEFAULT;
    if (!s->m->gdb)
        fprintf(s->out, "gdbserver: there is no gdb stub\n");
    else if (gdb_listen(s->m->gdb, where, why, sizeof why))
        fprintf(s->out, "gdbserver: %s\n", why);
    else if (strcmp(where, "none") == 0)
        fprintf(s->out, "Disabled gdbserver\n");
    else
        fprintf(s->out, "Waiting for gdb connection on device '%s'\n", where);
}

static void word_system_powerdown(struct session *s, char *args)
{
    (void)args;
    machine_power_button(s->m);
}

static void word_change(struct session *s, char *args)
{
    char why[512];
    const char *drive = next_word(&args), *image = next_word(&args);
    if (!drive || !image)
        fprintf(s->out, "change wants a drive and an image\n");
    else if (machine_change_drive(s->m, drive, image, false, why, sizeof why))
        fprintf(s->out, "change: %s\n", why);
}

static void word_eject(struct session *s, char *args)
{
    char why[512];
    const char *drive = next_word(&args);
    bool force = drive && strcmp(drive, "-f") == 0;
    if (force)
        drive = next_word(&args);
    if (!drive)
        fprintf(s->out, "eject wants a drive\n");
    else if (machine_change_drive(s->m, drive, NULL, force, why, sizeof why))
        fprintf(s->out, "eject: %s\n", why);
}

// FILE [-f png|ppm], the -f before or behind it. Without it the file's name decides.
static const char *read_screendump(struct session *s, char *args, bool *ppm)
{
    const char *path = NULL, *format = NULL, *word;
    while ((word = next_word(&args))) {
        if (strcmp(word, "-f") != 0)
            path = word;
        else if (!(format = next_word(&args)))
            format = "";
    }
    size_t n = path ? strlen(path) : 0;
    if (!path)
        fprintf(s->out, "screendump wants a file\n");
    *ppm = format ? strcmp(format, "ppm") == 0 : n > 4 && strcmp(path + n - 4, ".ppm") == 0;
    if (format && !*ppm && strcmp(format, "png") != 0) {
        fprintf(s->out, "screendump: no format '%.32s'; there are png and ppm\n", format);
        return NULL;
    }
    return path;
}

static void word_screendump(struct session *s, char *args)
{
    char why[512];
    struct vga_regs regs;
    bool ppm;
    const char *path = read_screendump(s, args, &ppm);
    if (!path)
        return;
    if (!vga_is_present(s->m->vga)) {
        fprintf(s->out, "the machine has no screen\n");
        return;
    }
    struct vga_render *r = vga_render_create();
    if (!r) {
        fprintf(s->out, "out of memory\n");
        return;
    }
    const uint8_t *vram = vga_snapshot(s->m->vga, &regs);
    const struct vga_picture *p = vga_render_frame(r, &regs, vram, vga_frame_number(s->m->vga));
    if ((ppm ? ppm_write_picture : png_write_picture)(path, p, why, sizeof why))
        fprintf(s->out, "screendump: %s\n", why);
    vga_render_destroy(r);
}

// --- keys and mouse ---

static uint16_t find_key(const char *name)
{
    static const struct {
        const char *name;
        uint16_t code;
    } keys[] = {
#define KEY(name, code) {name, code},
#include "emu/monitor/keys.def"
#undef KEY
    };
    for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(keys[i].name, name) == 0)
            return keys[i].code;
    char *end;
    unsigned long code = strncmp(name, "0x", 2) == 0 ? strtoul(name, &end, 16) : 0;
    return code && *end == 0 && code < 0x80 ? (uint16_t)code : 0;
}

static void word_sendkey(struct session *s, char *args)
{
    enum { KEYS_MAX = 8 };
    uint16_t keys[KEYS_MAX];
    unsigned n = 0;
    char *together = next_word(&args);
    if (!together)
        fprintf(s->out, "sendkey wants keys, as in ctrl-alt-delete\n");
    for (char *name = together ? strtok(together, "-") : NULL; name; name = strtok(NULL, "-")) {
        if (n == KEYS_MAX || !(keys[n] = find_key(name))) {
            fprintf(s->out, n == KEYS_MAX ? "more than 8 keys\n" : "no key '%.32s'\n", name);
            return;
        }
        n++;
    }
    for (unsigned i = 0; i < n; i++)
        machine_key(s->m, keys[i], true);
    while (n-- > 0)
        machine_key(s->m, keys[n], false);
}

static bool read_int(struct session *s, char **args, int *value)
{
    char *word = next_word(args), *end;
    errno = 0;
    long n = word ? strtol(word, &end, 0) : 0;
    if (!word || *end || errno || n < -1000000 || n > 1000000) {
        fprintf(s->out, "a number was expected, not '%.32s'\n", word ? word : "");
        return false;
    }
    *value = (int)n;
    return true;
}

static void word_mouse_move(struct session *s, char *args)
{
    int dx, dy, dz = 0;
    if (!read_int(s, &args, &dx) || !read_int(s, &args, &dy))
        return;
    if (args[strspn(args, " \t\r")] && !read_int(s, &args, &dz))
        return;
    machine_mouse(s->m, dx, -dy, -dz, *s->buttons); // in QEMU a positive one turns the wheel up
}

static void word_mouse_button(struct session *s, char *args)
{
    int state;
    if (!read_int(s, &args, &state))
        return;
    // Bit 1 is the middle one here and the right one in the mouse.
    *s->buttons = (uint8_t)((state & 1) | (state & 2) << 1 | (state & 4) >> 1);
    machine_mouse(s->m, 0, 0, 0, *s->buttons);
}

// --- the table ---

static const struct {
    const char *name;
    void (*act)(struct session *s, char *args);
    const char *args, *help;
} words[] = {
#define WORD(name, handler, args, help) {name, word_##handler, args, help},
#include "emu/monitor/words.def"
#undef WORD
};

static void word_help(struct session *s, char *args)
{
    (void)args;
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        fprintf(s->out, "%s %s -- %s\n", words[i].name, words[i].args, words[i].help);
}

void session_do(struct session *s)
{
    char *rest = s->line;
    // "x/4" is a word and its format
    const char *name = NULL;
    char cut[8] = "";
    rest += strspn(rest, " \t\r");
    size_t n = strcspn(rest, "/ \t\r");
    if (rest[n] == '/' && n < sizeof cut) {
        memcpy(cut, rest, n);
        name = cut;
        rest += n;
    } else {
        name = next_word(&rest);
    }
    if (!name)
        return;
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].name, name) == 0) {
            words[i].act(s, rest);
            return;
        }
    fprintf(s->out, "unknown command: '%.32s'; help lists them\n", name);
}
