// What each packet does. Everything here runs on the machine's thread (machine_call()); the input
// is whatever a client sends, so every number is read with its limits.
//
// An empty answer says that a packet is not known, as the protocol wants it.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/gdb/gdb_state.h"
#include "emu/machine/debugger.h"
#include "emu/machine/machine_state.h"

enum { CPUS = 1, STEP_ON = 1, STEP_NO_IRQ = 2, STEP_NO_TIMER = 4, SIGNAL_INT = 2, SIGNAL_TRAP = 5 };

static struct cpu *cpu_of(struct gdb *g)
{
    return machine_cpu(g->m); // of a thread, once there are several
}

// --- reading ---

// A hexadecimal number, and *p behind it. False: there is none, or it does not fit.
static bool read_number(const char **p, uint64_t *value)
{
    const char *from = *p;
    uint64_t v = 0;
    for (; hex_digit((uint8_t) * *p) >= 0; (*p)++) {
        if (v >> 60)
            return false;
        v = v << 4 | (unsigned)hex_digit((uint8_t) * *p);
    }
    *value = v;
    return *p != from;
}

static bool read_mark(const char **p, char mark)
{
    if (**p != mark)
        return false;
    (*p)++;
    return true;
}

// "ADDRESS,LENGTH"; gdb sends addresses of 64 bits where it extends their sign.
static bool read_place(const char **p, uint32_t *at, uint64_t *n)
{
    uint64_t address;
    if (!read_number(p, &address) || !read_mark(p, ',') || !read_number(p, n))
        return false;
    *at = (uint32_t)address;
    return address >> 32 == 0 || address >> 31 == 0x1ffffffffull;
}

// Pairs of digits to bytes: all of them, at most `max`. False: it is something else.
static bool read_hex(const char *p, uint8_t *to, size_t max, size_t *n)
{
    for (*n = 0; *p; p += 2) {
        int high = hex_digit((uint8_t)p[0]), low = high < 0 ? -1 : hex_digit((uint8_t)p[1]);
        if (low < 0 || *n == max)
            return false;
        to[(*n)++] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool begins(const char **p, const char *word)
{
    size_t n = strlen(word);
    if (strncmp(*p, word, n) != 0)
        return false;
    *p += n;
    return true;
}

static void good(struct gdb *g)
{
    packet_put(g, "OK");
}

static void bad(struct gdb *g, const char *error)
{
    packet_put(g, error); // E01 what was asked for cannot be, E14 memory, E22 syntax
}

static void unknown(struct gdb *g)
{
    packet_put(g, "");
}

// --- stops ---

// Of a breakpoint that it cannot see at EIP, since that is not its linear address, gdb would think
// that it was removed meanwhile, and go on: that is no breakpoint's stop then.
static const char *name_of_point(struct gdb *g, enum point_kind kind)
{
    bool tell = g->tells_kind && cpu_of(g)->seg[SEG_CS].base == 0;
    switch (kind) {
    case POINT_SOFT: return tell ? "swbreak" : "";
    case POINT_HARD: return tell ? "hwbreak" : "";
    case POINT_WRITE: return "watch";
    case POINT_READ: return "rwatch";
    case POINT_ACCESS: return "awatch";
    case POINT_KINDS: break;
    }
    return "";
}

static void put_stop(struct gdb *g)
{
    struct debugger_stop stop = debugger_last_stop(g->m);
    char text[96];
    int n = snprintf(text, sizeof text, "T%02xthread:%x;",
                     stop.reason == DEBUGGER_ASKED ? SIGNAL_INT : SIGNAL_TRAP, stop.cpu + 1);
    const char *name = stop.reason == DEBUGGER_POINT ? name_of_point(g, stop.point.kind) : "";
    if (*name) {
        char address[16] = "";
        if (!point_is_code(stop.point.kind))
            snprintf(address, sizeof address, "%08x", stop.address);
        snprintf(text + n, sizeof text - (size_t)n, "%s:%s;", name, address);
    }
    packet_put(g, text);
}

void command_report_stop(struct gdb *g)
{
    if (!g->attached || !g->awaiting || debugger_is_running(g->m))
        return;
    g->awaiting = false;
    put_stop(g);
}

// --- going on ---

static void go_on(struct gdb *g)
{
    g->awaiting = true;
    debugger_continue(g->m);
}

static void take_steps(struct gdb *g, uint32_t first, uint32_t end)
{
    g->awaiting = true;
    bool events = !(g->step_bits & STEP_NO_IRQ) || !(g->step_bits & STEP_NO_TIMER);
    debugger_step(g->m, first, end, events);
}

// "c", "s", "C05", "S05", each with an address to go on at; signals mean nothing to a machine.
static void do_resume(struct gdb *g, const char *p, bool step)
{
    uint64_t at;
    if (p[-1] == 'C' || p[-1] == 'S') {
        uint64_t signal;
        if (!read_number(&p, &signal) || (*p && !read_mark(&p, ';'))) {
            bad(g, "E22");
            return;
        }
    }
    if (*p) {
        if (!read_number(&p, &at) || *p) {
            bad(g, "E22");
            return;
        }
        cpu_of(g)->eip = (uint32_t)at;
    }
    if (step)
        take_steps(g, 0, 0);
    else
        go_on(g);
}

// ";s:1;c", ";r100,200:1": the first action that is for a thread of ours counts.
static void do_vcont(struct gdb *g, const char *p)
{
    uint64_t first = 0, end = 0, signal, thread;
    char action = 0;
    while (read_mark(&p, ';')) {
        char a = *p ? *p++ : 0;
        bool fits = strchr("csCSrt", a) != NULL && a;
        uint64_t from = 0, to = 0;
        if (fits && (a == 'C' || a == 'S'))
            fits = read_number(&p, &signal);
        if (fits && a == 'r')
            fits = read_number(&p, &from) && read_mark(&p, ',') && read_number(&p, &to);
        bool ours = true;
        if (fits && read_mark(&p, ':')) {
            bool all = begins(&p, "-1");
            fits = all || read_number(&p, &thread);
            ours = all || (fits && thread <= CPUS);
        }
        if (!fits) {
            bad(g, "E22");
            return;
        }
        if (ours && !action) {
            action = a;
            first = from;
            end = to;
        }
    }
    if (*p || !action)
        bad(g, "E22");
    else if (action == 't')
        debugger_interrupt(g->m);
    else if (action == 'c' || action == 'C')
        go_on(g);
    else
        take_steps(g, (uint32_t)first, (uint32_t)end);
}

// --- registers ---

static void do_read_all(struct gdb *g)
{
    struct cpu *cpu = cpu_of(g);
    packet_begin(g);
    for (unsigned i = 0; i < registers_count(cpu); i++) {
        uint8_t bytes[GDB_REGISTER_BYTES];
        register_read(cpu, i, bytes);
        packet_hex(g, bytes, register_bytes(cpu, i));
    }
    packet_end(g);
}

static void do_write_all(struct gdb *g, const char *p)
{
    struct cpu *cpu = cpu_of(g);
    uint8_t bytes[128 * GDB_REGISTER_BYTES];
    size_t n, at = 0;
    bool done = read_hex(p, bytes, sizeof bytes, &n);
    for (unsigned i = 0; i < registers_count(cpu) && done; i++) {
        unsigned size = register_bytes(cpu, i);
        if (at + size > n) // those at the end may be left out
            break;
        done = register_write(cpu, i, bytes + at);
        at += size;
    }
    done ? good(g) : bad(g, "E01");
}

static void do_read_register(struct gdb *g, const char *p)
{
    struct cpu *cpu = cpu_of(g);
    uint64_t number;
    uint8_t bytes[GDB_REGISTER_BYTES];
    if (!read_number(&p, &number) || *p || number >= registers_count(cpu)) {
        bad(g, "E22");
        return;
    }
    register_read(cpu, (unsigned)number, bytes);
    packet_begin(g);
    packet_hex(g, bytes, register_bytes(cpu, (unsigned)number));
    packet_end(g);
}

static void do_write_register(struct gdb *g, const char *p)
{
    struct cpu *cpu = cpu_of(g);
    uint64_t number;
    size_t n;
    uint8_t bytes[GDB_REGISTER_BYTES];
    if (!read_number(&p, &number) || !read_mark(&p, '=') || number >= registers_count(cpu) ||
        !read_hex(p, bytes, sizeof bytes, &n) || n != register_bytes(cpu, (unsigned)number))
        bad(g, "E22");
    else if (register_write(cpu, (unsigned)number, bytes))
        good(g);
    else
        bad(g, "E01");
}

// --- memory ---

enum { MEMORY_MAX = GDB_PACKET_BYTES / 2 };

static void do_read_memory(struct gdb *g, const char *p)
{
    uint8_t bytes[MEMORY_MAX];
    uint32_t at;
    uint64_t n;
    if (!read_place(&p, &at, &n) || *p) {
        bad(g, "E22");
        return;
    }
    size_t got = memory_read(g, cpu_of(g), at, bytes, n < sizeof bytes ? n : sizeof bytes);
    if (n && !got) {
        bad(g, "E14");
        return;
    }
    packet_begin(g);
    packet_hex(g, bytes, got);
    packet_end(g);
}

static void write_memory(struct gdb *g, uint32_t at, const uint8_t *bytes, size_t n)
{
    if (memory_write(g, cpu_of(g), at, bytes, n))
        good(g);
    else
        bad(g, "E14");
}

static void do_write_memory(struct gdb *g, const char *p)
{
    uint8_t bytes[MEMORY_MAX];
    uint32_t at;
    uint64_t want;
    size_t n;
    if (!read_place(&p, &at, &want) || !read_mark(&p, ':') ||
        !read_hex(p, bytes, sizeof bytes, &n) || n != want)
        bad(g, "E22");
    else
        write_memory(g, at, bytes, n);
}

// The bytes as they are.
static void do_write_binary(struct gdb *g, const char *p)
{
    uint32_t at;
    uint64_t want;
    if (!read_place(&p, &at, &want) || !read_mark(&p, ':') ||
        want != g->nin - (size_t)((const uint8_t *)p - g->in))
        bad(g, "E22");
    else
        write_memory(g, at, (const uint8_t *)p, want);
}

// --- break- and watchpoints ---

static void do_point(struct gdb *g, const char *p, bool insert)
{
    struct point point = {.bytes = 1};
    uint64_t kind, bytes;
    if (!read_number(&p, &kind) || !read_mark(&p, ',') || !read_place(&p, &point.first, &bytes) ||
        (*p && *p != ';')) {
        bad(g, "E22");
        return;
    }
    if (kind >= POINT_KINDS || *p) { // conditions and commands are gdb's to do
        unknown(g);
        return;
    }
    point.kind = (enum point_kind)kind;
    if (!point_is_code(point.kind))
        point.bytes = bytes > POINT_BYTES_MAX ? 0 : (uint32_t)bytes;
    bool done = insert ? debugger_insert(g->m, point) : debugger_remove(g->m, point);
    done ? good(g) : bad(g, "E01");
}

// --- queries ---

static void do_supported(struct gdb *g, const char *p)
{
    char text[192];
    g->tells_kind = strstr(p, "swbreak+") != NULL;
    snprintf(
        text, sizeof text,
        "PacketSize=%x;qXfer:features:read+;QStartNoAckMode+;vContSupported+;swbreak+;hwbreak+",
        GDB_PACKET_BYTES);
    packet_put(g, text);
}

// "read:target.xml:OFFSET,LENGTH"
static void do_transfer(struct gdb *g, const char *p)
{
    uint64_t from, n;
    if (!begins(&p, "read:target.xml:")) {
        bad(g, "E00"); // no such annex
        return;
    }
    if (!read_number(&p, &from) || !read_mark(&p, ',') || !read_number(&p, &n) || *p) {
        bad(g, "E22");
        return;
    }
    if (!g->description && !(g->description = target_describe(cpu_of(g)))) {
        bad(g, "E01");
        return;
    }
    size_t size = strlen(g->description);
    from = from < size ? from : size;
    n = n < size - from ? n : size - from;
    n = n < MEMORY_MAX ? n : MEMORY_MAX; // each byte may become two
    packet_begin(g);
    packet_raw(g, from + n < size ? "m" : "l", 1);
    packet_bytes(g, g->description + from, n);
    packet_end(g);
}

// The monitor's answer comes in pieces that fit into packets.
static void do_monitor(struct gdb *g, const char *p)
{
    char line[1024], *text = NULL;
    size_t n, answer = 0;
    if (!read_hex(p, (uint8_t *)line, sizeof line - 1, &n)) {
        bad(g, "E22");
        return;
    }
    line[n] = 0;
    FILE *out = g->line ? open_memstream(&text, &answer) : NULL;
    if (!out) {
        unknown(g);
        return;
    }
    g->line(g->m, line, out);
    if (fclose(out)) {
        free(text);
        bad(g, "E01");
        return;
    }
    for (size_t at = 0; at < answer;) {
        size_t piece = answer - at < MEMORY_MAX - 1 ? answer - at : MEMORY_MAX - 1;
        packet_begin(g);
        packet_raw(g, "O", 1);
        packet_hex(g, (const uint8_t *)text + at, piece);
        packet_end(g);
        at += piece;
    }
    free(text);
    good(g);
}

static void do_thread_info(struct gdb *g)
{
    char text[16 * CPUS + 2] = "m", *to = text + 1;
    for (unsigned i = 0; i < CPUS; i++)
        to += sprintf(to, i ? ",%x" : "%x", i + 1);
    packet_put(g, text);
}

static void do_thread_name(struct gdb *g, const char *p)
{
    uint64_t thread;
    char text[64];
    if (!read_number(&p, &thread) || *p || thread == 0 || thread > CPUS) {
        bad(g, "E01");
        return;
    }
    int n = snprintf(text, sizeof text, "CPU#%u [%s]", (unsigned)thread - 1,
                     cpu_of(g)->halted ? "halted" : "running");
    packet_begin(g);
    packet_hex(g, (const uint8_t *)text, (size_t)n);
    packet_end(g);
}

static void do_query(struct gdb *g, const char *p)
{
    if (begins(&p, "Supported"))
        do_supported(g, p);
    else if (begins(&p, "Xfer:features:"))
        do_transfer(g, p);
    else if (begins(&p, "Rcmd,"))
        do_monitor(g, p);
    else if (begins(&p, "fThreadInfo"))
        do_thread_info(g);
    else if (begins(&p, "sThreadInfo"))
        packet_put(g, "l");
    else if (begins(&p, "ThreadExtraInfo,"))
        do_thread_name(g, p);
    else if (begins(&p, "Attached"))
        packet_put(g, "1");
    else if (strcmp(p, "C") == 0)
        packet_put(g, "QC1");
    else if (begins(&p, "Symbol:"))
        good(g);
    else if (strcmp(p, "qemu.sstepbits") == 0)
        packet_put(g, "ENABLE=1,NOIRQ=2,NOTIMER=4");
    else if (strcmp(p, "qemu.sstep") == 0)
        packet_put(g, (char[]){'0', 'x', (char)('0' + g->step_bits), 0});
    else if (strcmp(p, "qemu.PhyMemMode") == 0)
        packet_put(g, g->physical ? "1" : "0");
    else
        unknown(g);
}

static void do_set(struct gdb *g, const char *p)
{
    uint64_t bits;
    if (strcmp(p, "StartNoAckMode") == 0) {
        good(g);
        g->no_ack = true;
    } else if (begins(&p, "qemu.sstep=")) {
        begins(&p, "0x");
        if (read_number(&p, &bits) && !*p && bits <= 7 && (bits & STEP_ON)) {
            g->step_bits = (unsigned)bits;
            good(g);
        } else {
            bad(g, "E22");
        }
    } else if (begins(&p, "qemu.PhyMemMode:")) {
        if ((*p == '0' || *p == '1') && !p[1]) {
            g->physical = *p == '1';
            good(g);
        } else {
            bad(g, "E22");
        }
    } else {
        unknown(g);
    }
}

// "Hg1", "Hc-1", "Hg0": any, all or one of the processors.
static void do_choose_thread(struct gdb *g, const char *p)
{
    uint64_t thread;
    bool operation = *p == 'g' || *p == 'c';
    p += operation;
    if (operation && (strcmp(p, "-1") == 0 || (read_number(&p, &thread) && !*p && thread <= CPUS)))
        good(g);
    else
        bad(g, "E22");
}

static void do_thread_alive(struct gdb *g, const char *p)
{
    uint64_t thread;
    if (read_number(&p, &thread) && !*p && thread && thread <= CPUS)
        good(g);
    else
        bad(g, "E01");
}

static void do_v(struct gdb *g, const char *p)
{
    if (strcmp(p, "Cont?") == 0)
        packet_put(g, "vCont;c;C;s;S;r");
    else if (begins(&p, "Cont"))
        do_vcont(g, p);
    else if (begins(&p, "Kill")) {
        good(g);
        g->hang_up = true;
        machine_quit(g->m, 0);
    } else
        unknown(g);
}

// --- all ---

static void do_packet(struct gdb *g, const char *p)
{
    switch (*p++) {
    case 3: debugger_interrupt(g->m); break;
    case '?': put_stop(g); break;
    case 'c':
    case 'C': do_resume(g, p, false); break;
    case 's':
    case 'S': do_resume(g, p, true); break;
    case 'D':
        good(g);
        g->hang_up = true;
        break;
    case 'g': do_read_all(g); break;
    case 'G': do_write_all(g, p); break;
    case 'H': do_choose_thread(g, p); break;
    case 'k':
        g->hang_up = true;
        machine_quit(g->m, 0);
        break;
    case 'm': do_read_memory(g, p); break;
    case 'M': do_write_memory(g, p); break;
    case 'p': do_read_register(g, p); break;
    case 'P': do_write_register(g, p); break;
    case 'q': do_query(g, p); break;
    case 'Q': do_set(g, p); break;
    case 'T': do_thread_alive(g, p); break;
    case 'v': do_v(g, p); break;
    case 'X': do_write_binary(g, p); break;
    case 'z': do_point(g, p, false); break;
    case 'Z': do_point(g, p, true); break;
    default: unknown(g); break;
    }
}

void command_do(struct gdb *g)
{
    const char *p = (const char *)g->in;
    // While it runs, nothing but the end of that is to be asked for (as the protocol has it).
    if (debugger_is_running(g->m) && !strchr("\003DkQqTHv?", *p)) {
        bad(g, "E01");
        return;
    }
    do_packet(g, p);
}
