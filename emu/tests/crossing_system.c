// Instructions that lie on two pages, on both engines: the second page written, mapped elsewhere,
// absent, or the first page once more. The translator takes them into blocks (translate.c), so each
// must be noticed although nothing of the block's own page changes.
#include <string.h>

#include "emu/tests/paging_world.h"

enum {
    SECOND = PAGE + 0x1000,
    LAST_BYTE = SECOND - 1,
    ROUNDS = 50,
    SPARE = 0x50000,
};

// mov eax, 3: its opcode is the last byte of PAGE; ret
static void put_routine(void)
{
    static const uint8_t opcode = 0xb8, rest[] = {3, 0, 0, 0, 0xc3};
    world_put(&w, LAST_BYTE, &opcode, 1);
    world_put(&w, SECOND, rest, sizeof rest);
}

// ROUNDS calls of the routine, each adding EAX to ESI; then `between`; then as many that add to
// EDI.
static int run_twice(const uint8_t *between, unsigned n)
{
    uint8_t code[64], *p = code;
    for (unsigned half = 0; half < 2; half++) {
        const uint8_t loop[] = {0xb9, ROUNDS,
                                0,    0,
                                0,                                   // mov ecx, ROUNDS
                                0xff, 0xd3,                          // call ebx
                                0x01, (uint8_t)(half ? 0xc7 : 0xc6), // add edi|esi, eax
                                0x49, 0x75,
                                0xf9}; // dec ecx; jnz
        memcpy(p, loop, sizeof loop);
        p += sizeof loop;
        memcpy(p, between, half ? 0 : n);
        p += half ? 0 : n;
    }
    *p++ = 0xcd;
    *p++ = VECTOR;
    w.cpu->gpr[REG_EBX] = LAST_BYTE;
    w.cpu->gpr[REG_ESI] = w.cpu->gpr[REG_EDI] = 0;
    return world_run(&w, code, (unsigned)(p - code), 40 * ROUNDS);
}

static const char *test_runs(void)
{
    begin(3);
    put_routine();
    uint64_t entries = w.engine == &engine_jit ? ((struct jit *)w.cpu->engine_state)->entries : 0;
    EXPECT("vector", run_twice(NULL, 0), VECTOR);
    EXPECT("esi", w.cpu->gpr[REG_ESI], 3 * ROUNDS);
    EXPECT("edi", w.cpu->gpr[REG_EDI], 3 * ROUNDS);
    if (w.engine == &engine_jit) {
        entries = ((struct jit *)w.cpu->engine_state)->entries - entries;
        EXPECT("entered less often than once a round", entries < ROUNDS, true);
    }
    return NULL;
}

static const char *test_second_page_written(void)
{
    begin(3);
    put_routine();
    static const uint8_t store[] = {0xc6, 0x43, 0x01, 0x07}; // mov byte [ebx+1], 7
    EXPECT("vector", run_twice(store, sizeof store), VECTOR);
    EXPECT("esi", w.cpu->gpr[REG_ESI], 3 * ROUNDS);
    EXPECT("edi", w.cpu->gpr[REG_EDI], 7 * ROUNDS);
    return NULL;
}

static const char *test_first_page_written(void)
{
    begin(3);
    put_routine();
    static const uint8_t store[] = {0xc6, 0x03, 0x05}; // mov byte [ebx], 5: add eax, 3
    EXPECT("vector", run_twice(store, sizeof store), VECTOR);
    EXPECT("esi", w.cpu->gpr[REG_ESI], 3 * ROUNDS);
    EXPECT("edi", w.cpu->gpr[REG_EDI], 3 * (ROUNDS * (ROUNDS + 1) / 2) + 3 * ROUNDS);
    return NULL;
}

// The second page is mapped elsewhere, where another doubleword follows, then not at all.
static const char *test_second_page_moved(void)
{
    for (unsigned absent = 0; absent < 2; absent++) {
        begin(0);
        put_routine();
        static const uint8_t other[] = {9, 0, 0, 0, 0xc3};
        world_put(&w, SPARE, other, sizeof other);
        uint32_t slot = WORLD_TABLE + (SECOND >> 12) * 4, entry = absent ? 0 : SPARE | U | W | P;
        uint8_t move[] = {0xc7, 0x05, 0,    0,   0, 0, 0, 0, 0, 0, // mov dword [slot], entry
                          0x0f, 0x01, 0x7b, 0x01};                 // invlpg [ebx+1]
        memcpy(move + 2, &slot, 4);
        memcpy(move + 6, &entry, 4);
        int got = run_twice(move, sizeof move);
        EXPECT("vector", got, absent ? EXC_PF : VECTOR);
        EXPECT("esi", w.cpu->gpr[REG_ESI], 3 * ROUNDS);
        EXPECT("edi", w.cpu->gpr[REG_EDI], absent ? 0 : 9 * ROUNDS);
        if (absent) {
            EXPECT("cr2", w.cpu->cr2, SECOND);
            EXPECT("eip", world_get32(&w, w.cpu->gpr[REG_ESP] + 4), LAST_BYTE);
        }
    }
    return NULL;
}

// Both pages are one in memory: the instruction goes on at that page's beginning.
static const char *test_same_page_twice(void)
{
    begin(3);
    put_routine();
    static const uint8_t rest[] = {4, 0, 0, 0, 0xc3};
    world_put(&w, PAGE, rest, sizeof rest);
    put_pte(SECOND, PAGE | U | W | P);
    static const uint8_t store[] = {0xc6, 0x43, 0x01, 0x07}; // mov byte [ebx+1], 7
    EXPECT("vector", run_twice(store, sizeof store), VECTOR);
    EXPECT("esi", w.cpu->gpr[REG_ESI], 4 * ROUNDS);
    EXPECT("edi", w.cpu->gpr[REG_EDI], 7 * ROUNDS);
    return NULL;
}

int main(void)
{
    static const struct system_test tests[] = {
        {"many times", test_runs},
        {"second page written", test_second_page_written},
        {"first page written", test_first_page_written},
        {"second page moved or gone", test_second_page_moved},
        {"one page twice", test_same_page_twice},
    };
    return system_run_tests("crossing", tests, sizeof tests / sizeof *tests) != 0;
}
