// The gdb stub through its socket, with a client that speaks the protocol itself: on both engines
// what each packet does to a running guest (guests/gdb.S), and what bad input does not.
#include <inttypes.h>
#include <libgen.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "emu/gdb/gdb.h"
#include "emu/machine/call.h"
#include "emu/machine/debugger.h"
#include "emu/machine/machine_state.h"
#include "emu/tests/gdb_client.h"
#include "emu/tests/verdict.h"

// guests/gdb.S has them at 10000Ch.
enum guest_word {
    AT_LOOP,
    AT_HOT,
    AT_COLD,
    AT_VARIABLE,
    AT_BUFFER,
    AT_REP,
    AT_AFTER_REP,
    AT_FLOATS,
    AT_AFTER_FLOATS,
    AT_TICKS,
    AT_PAGE_TABLE,
    AT_CONSTANT,
    AT_RESULT,
    AT_HALT,
    AT_ON_TIMER,
    AT_WIDE,
    AT_MIXED,
    AT_SPIN,
    AT_COUNT
};
enum { GUEST_TABLE = 0x10000C, TURNS = 1000 };
// Numbers of registers in registers.def.
enum { R_EAX, R_ECX, R_EDX, R_EBX, R_ESP, R_EBP, R_ESI, R_EDI, R_EIP, R_EFLAGS, R_CS };
enum { R_ST0 = 16, R_FCTRL = 24, R_FTAG = 26, R_XMM0 = 32, R_MXCSR = 40 };

static struct machine *m;
static struct gdb *gdb;
static pthread_t runner;
static int status;
static char dir[] = "/tmp/gdb_XXXXXX", path[64], kernel[512];
static uint32_t at[AT_COUNT];
static const char *engine_name;

static void *run(void *opaque)
{
    (void)opaque;
    status = machine_run(m);
    machine_refuse_calls(m);
    return NULL;
}

static void say_back(struct machine *machine, char *line, FILE *out)
{
    (void)machine;
    fprintf(out, "<%s>\n", line);
}

static bool begin(const struct engine *engine)
{
    char why[256], where[128];
    struct machine_config config = {.ram_bytes = 8 << 20,
                                    .engine = engine,
                                    .kernel = kernel,
                                    .debug_exit = true,
                                    .debug_exit_port = 0xf4,
                                    .serial_fd = -1,
                                    .debugcon_fd = -1};
    engine_name = engine->name;
    m = machine_create(&config, why, sizeof why);
    if (!m) {
        printf("FAIL gdb: %s\n", why);
        return false;
    }
    snprintf(path, sizeof path, "%s/socket", dir);
    snprintf(where, sizeof where, "unix:%s", path);
    machine_pause(m);
    gdb = gdb_create(m, say_back);
    if (!gdb || gdb_listen(gdb, where, why, sizeof why) ||
        pthread_create(&runner, NULL, run, NULL)) {
        printf("FAIL gdb: %s\n", why);
        return false;
    }
    if (!client_connect(path)) {
        printf("FAIL gdb: nobody answers\n");
        return false;
    }
    for (unsigned i = 0; i < AT_COUNT; i++)
        at[i] = client_word(GUEST_TABLE + 4 * i);
    return true;
}

static void verdict(const char *what)
{
    char name[64];
    snprintf(name, sizeof name, "gdb.%s.%s", engine_name, what);
    case_end(name);
}

#define ASK(text, want)                                                                            \
    CHECK(strcmp(client_ask(text), want) == 0, "%.60s: '%.100s', not '%s'", text, client_answer,   \
          want)
#define HAS(text, want)                                                                            \
    CHECK(strstr(client_ask(text), want), "%.60s: '%.100s' without '%s'", text, client_answer, want)
#define IS(got, want)                                                                              \
    do {                                                                                           \
        uint32_t got_ = (got), want_ = (want);                                                     \
        CHECK(got_ == want_, #got " is %x, not %x", got_, want_);                                  \
    } while (0)

static void point(char insert, unsigned kind, uint32_t address, unsigned bytes)
{
    char text[64];
    snprintf(text, sizeof text, "%c%u,%x,%x", insert, kind, address, bytes);
    ASK(text, "OK");
}

// Until it gets there the next time.
static void go_to(uint32_t address)
{
    if (client_register(R_EIP) == address)
        HAS("s", "T05");
    point('Z', 1, address, 1);
    HAS("c", "T05");
    point('z', 1, address, 1);
    IS(client_register(R_EIP), address);
}

static void test_registers(void)
{
    char all[4096], text[64];
    HAS("qSupported:swbreak+;hwbreak+;xmlRegisters=i386", "qXfer:features:read+");
    HAS("?", "T05thread:1;");
    // The description in small pieces is that in one.
    char *whole = strdup(client_ask("qXfer:features:read:target.xml:0,2000"));
    size_t n = 1;
    for (bool more = true; more && n < 16384;) {
        snprintf(text, sizeof text, "qXfer:features:read:target.xml:%zx,64", n - 1);
        client_ask(text);
        more = *client_answer == 'm';
        CHECK(strncmp(client_answer + 1, whole + n, strlen(client_answer + 1)) == 0,
              "the description differs at %zu", n);
        n += strlen(client_answer + 1);
    }
    CHECK(*whole == 'l' && n == strlen(whole), "%zu bytes in pieces, %zu in one", n, strlen(whole));
    CHECK(strstr(whole, "org.gnu.gdb.i386.core") && strstr(whole, "name=\"st7\"") &&
              strstr(whole, "org.gnu.gdb.i386.sse"),
          "features are missing");
    free(whole);
    ASK("qXfer:features:read:other.xml:0,100", "E00");
    go_to(at[AT_AFTER_FLOATS]);
    // g is all of p.
    snprintf(all, sizeof all, "%s", client_ask("g"));
    n = 0;
    for (unsigned i = 0;; i++) {
        snprintf(text, sizeof text, "p%x", i);
        if (*client_ask(text) == 'E')
            break;
        CHECK(strncmp(all + n, client_answer, strlen(client_answer)) == 0, "p%x is not in g", i);
        n += strlen(client_answer);
    }
    CHECK(n == strlen(all) && n > 2 * 400, "g has %zu digits, p %zu", strlen(all), n);
    ASK("p10", "0000000000000080ff3f"); // ST0 is 1
    ASK("p11", "35c26821a2da0fc90040"); // ST1 is pi
    ASK("p21", "03020100131211102322212033323130");
    IS(client_register(R_FTAG), 0x0fff);
    IS(client_register(R_FCTRL), 0x37f);
    IS(client_register(R_MXCSR), 0x1f80);
    // Writing: what was written is there, and the guest goes on with it.
    ASK("P0=78563412", "OK");
    IS(client_register(R_EAX), 0x12345678);
    ASK("P10=00000000000000c00040", "OK"); // 3.0
    ASK("p10", "00000000000000c00040");
    ASK("P22=000102030405060708090a0b0c0d0e0f", "OK");
    ASK("p22", "000102030405060708090a0b0c0d0e0f");
    ASK("P9=ffffffff", "OK"); // what a guest could not have stays away
    IS(client_register(R_EFLAGS) & ~(uint32_t)FLAG_IF, 0x257dd7 & ~(uint32_t)FLAG_IF);
    ASK("P9=02020000", "OK");
    ASK("P28=ffffffff", "E01"); // MXCSR's reserved bits
    ASK("Pa=10000000", "E01");  // CS
    ASK("Pc=18000000", "E01");  // DS: beyond the GDT
    ASK("P64=00000000", "E22");
    CHECK(strcmp(client_ask("g"), all) != 0, "g has not changed");
    snprintf(text, sizeof text, "G%.40s", all);
    ASK(text, "OK");
    IS(client_register(R_EAX), client_hex32(all));
    snprintf(all, sizeof all, "G%s", client_ask("g"));
    ASK(all, "OK"); // all as they are
    verdict("registers");
}

static void test_memory(void)
{
    char text[128];
    uint32_t entry = at[AT_PAGE_TABLE] + 0x301 * 4;
    IS(client_word(entry) & 0x20, 0);
    IS(client_word(0x301000), 0);
    IS(client_word(entry) & 0x20, 0); // not accessed by that
    IS(client_word(0xC0000000 + GUEST_TABLE), at[AT_LOOP]);
    ASK("m300000,4", "E14");
    ASK("M300000,1:00", "E14");
    ASK("m2ffffe,4", "0000"); // up to the edge
    ASK("M2ffffe,4:01020304", "E14");
    ASK("m2ffffe,2", "0000"); // nothing of it was written
    ASK("m40000000,1", "E14");
    ASK("M3,5:0102030405", "OK");
    ASK("mc0000003,5", "0102030405");
    client_send("X3,4:}\x03}\x04}]*", 12); // escaped # $ }
    CHECK(strcmp(client_receive(), "OK") == 0, "X: %.40s", client_answer);
    ASK("m3,5", "23247d2a05");
    ASK("X3,0:", "OK");
    // Translated code is made again from what was written.
    go_to(at[AT_AFTER_FLOATS]);
    IS(client_word(at[AT_RESULT]), 0x11111111);
    snprintf(text, sizeof text, "M%x,4:22222222", at[AT_CONSTANT]);
    ASK(text, "OK");
    go_to(at[AT_AFTER_FLOATS]);
    IS(client_word(at[AT_RESULT]), 0x22222222);
    // Physical addresses.
    ASK("qqemu.PhyMemMode", "0");
    ASK("Qqemu.PhyMemMode:1", "OK");
    ASK("m300000,1", "00");
    ASK("mc0000003,5", "E14");
    ASK("Qqemu.PhyMemMode:0", "OK");
    verdict("memory");
}

static void test_break(void)
{
    // A breakpoint in the middle of the translated loop: each turn of it, none left out.
    point('Z', 0, at[AT_LOOP], 1);
    HAS("c", "T05thread:1;swbreak:;");
    IS(client_register(R_EIP), at[AT_LOOP]);
    uint32_t ebx = client_register(R_EBX);
    point('Z', 0, at[AT_HOT], 1);
    for (uint32_t i = 0; i < 4; i++) {
        HAS("vCont;s:1", "T05thread:1;");
        HAS("vCont;c", "T05thread:1;swbreak:;");
        IS(client_register(R_EIP), at[AT_HOT]);
        IS(client_register(R_ECX), TURNS - i);
    }
    point('z', 0, at[AT_HOT], 1);
    HAS("s", "T05");
    HAS("c", "swbreak");
    IS(client_register(R_EIP), at[AT_LOOP]);
    IS(client_register(R_EBX), ebx + 1);
    HAS("c", "swbreak"); // nobody has stepped off it
    IS(client_register(R_EBX), ebx + 1);
    // At another place in between, by the other name; every 16th turn.
    point('z', 0, at[AT_LOOP], 1);
    point('Z', 1, at[AT_COLD], 1);
    HAS("c", "hwbreak");
    ebx = client_register(R_EBX);
    for (unsigned i = 0; i < 5; i++) {
        HAS("s", "T05");
        HAS("c", "T05thread:1;hwbreak:;");
        IS(client_register(R_EIP), at[AT_COLD]);
        IS(client_register(R_EBX), ebx += 16);
    }
    point('z', 1, at[AT_COLD], 1);
    // In front of a REP: once a turn, with all 64 to go.
    point('Z', 0, at[AT_REP], 2);
    for (unsigned i = 0; i < 3; i++) {
        HAS("c", "swbreak");
        IS(client_register(R_EIP), at[AT_REP]);
        IS(client_register(R_ECX), 64);
        point('z', 0, at[AT_REP], 2);
        HAS("s", "T05thread:1;");
        IS(client_register(R_EIP), at[AT_REP]); // one element
        IS(client_register(R_ECX), 63);
        point('Z', 0, at[AT_REP], 2);
    }
    point('z', 0, at[AT_REP], 2);
    // One at the start of a handler, and one that is never reached.
    point('Z', 0, at[AT_ON_TIMER], 1);
    point('Z', 0, at[AT_SPIN], 1);
    HAS("c", "swbreak");
    IS(client_register(R_EIP), at[AT_ON_TIMER]);
    point('z', 0, at[AT_ON_TIMER], 1);
    point('z', 0, at[AT_SPIN], 1);
    ASK("z0,100000,1", "E01");
    verdict("break");
}

static void expect_watch(const char *kind, uint32_t address)
{
    char want[64];
    snprintf(want, sizeof want, "T05thread:1;%s:%08x;", kind, address);
    CHECK(strcmp(client_ask("c"), want) == 0, "'%.60s', not '%s'", client_answer, want);
}

static void test_watch(void)
{
    uint32_t v = at[AT_VARIABLE], before, b = at[AT_BUFFER];
    go_to(at[AT_LOOP]);
    before = client_word(v);
    point('Z', 2, v, 4);
    for (unsigned i = 1; i < 4; i++) {
        expect_watch("watch", v);
        IS(client_word(v), before + i);
        IS(client_register(R_EIP), at[AT_COLD] + 6); // behind the INC
    }
    point('z', 2, v, 4);
    // Part of an access that is not aligned, and which byte.
    point('Z', 2, at[AT_WIDE] + 4, 1);
    expect_watch("watch", at[AT_WIDE] + 4);
    IS(client_word(at[AT_WIDE] + 2), client_register(R_EBX));
    point('z', 2, at[AT_WIDE] + 4, 1);
    point('Z', 2, at[AT_WIDE], 3);
    expect_watch("watch", at[AT_WIDE] + 2);
    point('z', 2, at[AT_WIDE], 3);
    // Reads: the increment reads, too; a write alone is none.
    point('Z', 3, v, 4);
    expect_watch("rwatch", v);
    point('z', 3, v, 4);
    point('Z', 3, at[AT_RESULT], 4);
    point('Z', 3, at[AT_MIXED] + 7, 1);
    expect_watch("rwatch", at[AT_MIXED] + 7);
    point('z', 3, at[AT_MIXED] + 7, 1);
    point('z', 3, at[AT_RESULT], 4);
    point('Z', 4, at[AT_RESULT], 4);
    expect_watch("awatch", at[AT_RESULT]);
    point('z', 4, at[AT_RESULT], 4);
    // In a REP: behind the element, and on from there.
    point('Z', 2, b + 20, 2);
    expect_watch("watch", b + 20);
    IS(client_register(R_EIP), at[AT_REP]);
    IS(client_register(R_ECX), 43);
    expect_watch("watch", b + 21);
    IS(client_register(R_ECX), 42);
    point('z', 2, b + 20, 2);
    go_to(at[AT_AFTER_REP]);
    IS(client_register(R_EDI), b + 64);
    // What an interrupt pushes is a write, too, and the stop is in front of its handler. Nothing
    // else gets so far down the stack.
    go_to(at[AT_LOOP]);
    uint32_t slot = client_register(R_ESP) - 12;
    point('Z', 2, slot, 4);
    for (unsigned i = 0; i < 3; i++) {
        expect_watch("watch", slot);
        IS(client_register(R_EIP), at[AT_ON_TIMER]);
    }
    point('z', 2, slot, 4);
    point('Z', 2, at[AT_TICKS], 4);
    expect_watch("watch", at[AT_TICKS]);
    point('z', 2, at[AT_TICKS], 4);
    ASK("Z2,1000,0", "E01");
    ASK("Z2,1000,ffffffff", "E01");
    ASK("Z5,1000,1", "");
    verdict("watch");
}

static void test_step(void)
{
    char text[64];
    // No interrupts come in between, though the timer is due all the time.
    go_to(at[AT_LOOP]);
    uint32_t ticks = client_word(at[AT_TICKS]);
    for (unsigned i = 0; i < 200; i++) {
        HAS("s", "T05thread:1;");
        uint32_t eip = client_register(R_EIP);
        CHECK(eip >= at[AT_HOT] && eip < at[AT_COLD], "step %u leads to %x", i, eip);
    }
    IS(client_word(at[AT_TICKS]), ticks);
    IS(client_register(R_ECX), TURNS - 50); // 1 + 4 * 49 + 3
    // Unless they are asked for.
    ASK("qqemu.sstepbits", "ENABLE=1,NOIRQ=2,NOTIMER=4");
    ASK("qqemu.sstep", "0x7");
    ASK("Qqemu.sstep=1", "OK");
    bool entered = false;
    for (unsigned i = 0; i < 20000 && !entered; i++) {
        client_ask("s");
        entered = client_register(R_EIP) == at[AT_ON_TIMER];
    }
    CHECK(entered, "20000 steps without a timer's interrupt");
    ASK("Qqemu.sstep=7", "OK");
    // Out of a range: through all of the hot loop.
    go_to(at[AT_HOT]);
    snprintf(text, sizeof text, "vCont;r%x,%x:1", at[AT_HOT], at[AT_HOT] + 8);
    HAS(text, "T05thread:1;");
    IS(client_register(R_EIP), at[AT_HOT] + 8);
    IS(client_register(R_ECX), 0);
    // An element a step.
    go_to(at[AT_REP]);
    for (uint32_t i = 63; i > 0; i--) {
        HAS("s", "T05");
        IS(client_register(R_ECX), i);
        IS(client_register(R_EIP), at[AT_REP]);
    }
    HAS("s", "T05");
    IS(client_register(R_EIP), at[AT_AFTER_REP]);
    // Over HLT, and then to the interrupt that ends it.
    snprintf(text, sizeof text, "s%x", at[AT_HALT]);
    HAS(text, "T05");
    IS(client_register(R_EIP), at[AT_HALT] + 1);
    HAS("s", "T05");
    IS(client_register(R_EIP), at[AT_ON_TIMER]);
    go_to(at[AT_HALT] + 1); // back from it
    snprintf(text, sizeof text, "c%x", at[AT_LOOP]);
    point('Z', 0, at[AT_COLD], 1);
    HAS(text, "T05");
    point('z', 0, at[AT_COLD], 1);
    IS(client_register(R_EIP), at[AT_COLD]);
    verdict("step");
}

static void test_interrupt(void)
{
    char text[64];
    for (unsigned i = 0; i < 3; i++) {
        client_send("c", 1);
        client_raw("\003", 1);
        CHECK(strncmp(client_receive(), "T02", 3) == 0, "'%.40s' upon Ctrl-C", client_answer);
    }
    go_to(at[AT_LOOP]);
    snprintf(text, sizeof text, "c%x", at[AT_SPIN]);
    client_send(text, strlen(text));
    usleep(50000);
    client_raw("\003", 1);
    CHECK(strncmp(client_receive(), "T02", 3) == 0, "'%.40s' upon Ctrl-C", client_answer);
    uint32_t eip = client_register(R_EIP);
    CHECK(eip == at[AT_SPIN] || eip == at[AT_ON_TIMER] || client_register(R_ESP) != 0, "%x", eip);
    go_to(at[AT_SPIN]); // out of the handler
    snprintf(text, sizeof text, "P8=%08x", __builtin_bswap32(at[AT_LOOP]));
    ASK(text, "OK");
    verdict("interrupt");
}

static void test_words(void)
{
    ASK("QStartNoAckMode", "OK");
    client_no_ack = true;
    ASK("qAttached", "1");
    ASK("qC", "QC1");
    ASK("qfThreadInfo", "m1");
    ASK("qsThreadInfo", "l");
    ASK("T1", "OK");
    ASK("T2", "E01");
    ASK("Hg0", "OK");
    ASK("Hc-1", "OK");
    ASK("Hg7", "E22");
    ASK("vCont?", "vCont;c;C;s;S;r");
    ASK("vMustReplyEmpty", "");
    // "<hi>\n", then OK.
    CHECK(strcmp(client_ask("qRcmd,6869"), "O3c68693e0a") == 0, "'%.60s'", client_answer);
    CHECK(strcmp(client_receive(), "OK") == 0, "'%.60s'", client_answer);
    ASK("qRcmd,6", "E22");
    verdict("words");
}

// The machine goes on: its clock ticks.
static bool is_alive(void)
{
    client_close();
    if (!client_connect(path))
        return false;
    uint32_t ticks = client_word(at[AT_TICKS]);
    for (unsigned i = 0; i < 200; i++) {
        client_close();
        usleep(10000);
        if (!client_connect(path))
            return false;
        if (client_word(at[AT_TICKS]) != ticks)
            return true;
    }
    return false;
}

static uint32_t random_word(void)
{
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}

// What packets are made of; those that end the machine or send EIP anywhere are left out.
static const char *const seeds[] = {
    "g",
    "m100000,40",
    "p8",
    "P0=00000000",
    "qXfer:features:read:target.xml:0,ffb",
    "Z0,1000f0,1",
    "z0,1000f0,1",
    "Z2,102000,4",
    "z2,102000,4",
    "M5000,4:01020304",
    "X5000,4:abcd",
    "vCont?",
    "qSupported:swbreak+",
    "Hg0",
    "T1",
    "qRcmd,6869",
    "?",
    "qfThreadInfo",
    "vCont;s:1;c",
    "qThreadExtraInfo,1",
    "Qqemu.sstep=7",
    "s",
};

static void test_hostile(void)
{
    static char big[100001];
    char text[256];
    memset(big, 'a', sizeof big - 1);
    client_close();
    client_connect(path);
    // Sums, cut packets, noise between packets.
    client_raw("+++garbage%%$g#00", 17);
    CHECK(client_byte() == '-', "a wrong sum is taken");
    client_raw("$m1000", 6);
    client_raw("$?#3f", 5);
    CHECK(client_byte() == '+' && strncmp(client_receive(), "T", 1) == 0, "'%.40s'", client_answer);
    client_raw("-", 1); // once more
    CHECK(strncmp(client_receive(), "T", 1) == 0, "not again: '%.40s'", client_answer);
    ASK(big, "E22");
    ASK("m0,ffffffffffffffff", client_ask("m0,2000"));
    ASK("mffffffffffffffffff,1", "E22");
    ASK("m123456789,1", "E22");
    ASK("pffffffff", "E22");
    ASK("P0=1", "E22");
    ASK("P0=", "E22");
    ASK("G", "OK");
    ASK("Gzz", "E01");
    ASK("M0,2:0", "E22");
    ASK("X0,5:abc", "E22");
    ASK("Z0", "E22");
    ASK("vCont", "E22");
    ASK("vCont;x", "E22");
    ASK("vCont;", "E22");
    ASK("vCont;r5", "E22");
    ASK("S", "E22");
    ASK("", "");
    ASK("qThreadExtraInfo,", "E01");
    // More watchpoints than there is room for.
    unsigned n = 0;
    for (; n < 1000; n++) {
        snprintf(text, sizeof text, "Z2,%x,4", 0x200000 + 8 * n);
        if (strcmp(client_ask(text), "OK") != 0)
            break;
    }
    CHECK(n == POINTS_MAX, "%u watchpoints", n);
    // Gone in the middle: of a packet, while it runs, with all these set.
    client_raw("$m10", 4);
    CHECK(is_alive(), "dead after a client went in the middle of a packet");
    client_send("c", 1);
    client_close();
    CHECK(is_alive(), "dead after a client went while it runs");
    verdict("hostile");

    for (unsigned i = 0; i < 4000; i++) {
        char packet[400];
        const char *seed = seeds[random_word() % (sizeof seeds / sizeof *seeds)];
        size_t length = strlen(seed);
        memcpy(packet, seed, length);
        for (uint32_t k = random_word() % 4; k > 0; k--) {
            size_t where = random_word() % (length + 1);
            uint32_t how = random_word() % 4;
            if (how == 0 && where < length)
                packet[where] = (char)random_word();
            else if (how == 1)
                length = where;
            else if (how == 2 && length < 300) {
                memmove(packet + where + 1, packet + where, length - where);
                packet[where] = "0123456789abcdef,;:#$}*"[random_word() % 23];
                length++;
            } else if (how == 3 && length && length < 200) {
                memcpy(packet + length, packet, length);
                length *= 2;
            }
        }
        if (length && strchr("kDcCsSGPMXv", packet[0]) && random_word() % 4)
            continue; // fewer of those that let it run, and that spoil the guest
        if (length &&
            (packet[0] == 'k' || (packet[0] == 'v' && packet[1] == 'K') || packet[0] == 'M' ||
             packet[0] == 'X' || packet[0] == 'P' || packet[0] == 'G'))
            continue;
        if (length > 1 && strchr("cCsS", packet[0])) // EIP anywhere: the guest is lost
            continue;
        if (random_word() % 8 == 0) {
            client_raw(packet, length);
        } else {
            client_send(packet, length);
        }
        if (random_word() % 16 == 0)
            client_raw("\003", 1);
        client_drain();
        if (client_fd < 0 || random_word() % 64 == 0) {
            client_close();
            if (!client_connect(path)) {
                CHECK(false, "nobody answers after %u packets", i);
                break;
            }
        }
    }
    CHECK(is_alive(), "dead after mutated packets");
    verdict("mutated");
}

static void end_with(const char *packet)
{
    client_send(packet, strlen(packet));
    client_close();
    pthread_join(runner, NULL);
    gdb_destroy(gdb, status);
    machine_destroy(m);
}

static void test_end(const struct engine *engine)
{
    IS(access(path, F_OK) == 0, 1);
    end_with("k");
    CHECK(access(path, F_OK) != 0, "the socket is left behind");
    IS((uint32_t)status, 0);
    // A client that waits is told how the guest ended.
    if (begin(engine)) {
        client_send("vCont;c", 7);
        usleep(10000);
        machine_call(m, (void (*)(void *))(void *)machine_stop, m);
        pthread_join(runner, NULL);
        gdb_destroy(gdb, 5);
        CHECK(strcmp(client_receive(), "W05") == 0, "'%.20s', not W05", client_answer);
        machine_destroy(m);
        client_close();
    }
    verdict("end");
}

int main(int argc, char **argv)
{
    static const struct engine *const engines[] = {&engine_interp, &engine_jit};
    (void)argc;
    snprintf(kernel, sizeof kernel, "%s/guests/gdb.elf", dirname(argv[0]));
    if (!mkdtemp(dir)) {
        printf("FAIL gdb: no folder for a socket\n");
        return 1;
    }
    for (unsigned i = 0; i < 2; i++) {
        if (!begin(engines[i]))
            return 1;
        test_registers();
        test_memory();
        test_break();
        test_watch();
        test_step();
        test_interrupt();
        test_hostile();
        client_close();
        client_connect(path);
        test_words();
        test_end(engines[i]);
    }
    rmdir(dir);
    return verdict_failures != 0;
}
