// Random traffic on the PC's board, in episodes of one board each (fuzz_board.h): chips programmed
// as drivers do and otherwise, configuration, registers, DMA from anywhere, time, people, resets.
// Nothing may crash, hang or escape; the sanitizers (`make asan`, `make fuzz`) look on, and the
// physical map, the bridges and the memory behind the devices' are looked at.
//
//   pc_fuzz [-t SECONDS] [-s SEED] [-n EPISODES]
// Episode i has seed SEED + i; what fails names its own, and `-s SEED -n 1` repeats it (on the
// host's clock, which is one board in six: perhaps). With -t (of processor time) and no -s the
// first seed is the time of day.
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "emu/mmu/mmu_state.h"
#include "emu/tests/fuzz_board.h"
#include "emu/tests/verdict.h"
#include "emu/tests/watchdog.h"

enum { EPISODES = 150, STEPS = 400, STEPS_A_CHECK = 100, CANARY_BYTES = 4096 };

static const struct {
    const char *name;
    void (*run)(struct board *b);
    unsigned weight;
} sequences[] = {
#define SEQUENCE(name, weight) {#name, sequence_##name, weight},
#include "emu/tests/fuzz_sequence.def"
#undef SEQUENCE
};
enum { SEQUENCES = sizeof sequences / sizeof *sequences };

// --- who is at fault ---

static struct board *board; // of the episode under way
static uint64_t seed_now;

static void say(char *text, size_t n)
{
    snprintf(text, n, "in a step of '%s'; to repeat: pc_fuzz -s %llu -n 1",
             board ? board->doing : "creation", (unsigned long long)seed_now);
}

// --- what must hold ---

// The map leads into the store only, and all that is mapped has its place back.
static void check_map(struct board *b)
{
    const struct mmu *mmu = b->m->mmu;
    for (uint32_t page = 0; page < MMU_PHYS_PAGES; page++) {
        uint32_t r = mmu->read_map[page], w = mmu->write_map[page];
        CHECK((uint64_t)r * MMU_PAGE <= mmu->store_used &&
                  (uint64_t)w * MMU_PAGE <= mmu->store_used,
              "page %x leads to %x, %x", page, r, w);
        CHECK(page >= 0xA0000 >> 12 || (r == page + 1 && w == r), "RAM page %x is gone", page);
    }
    machine_port_write(b->m, 0xCF8, 4, 0x80000000u);
    uint32_t id = machine_port_read(b->m, 0xCFC, 4);
    CHECK(id == 0x12378086, "the host bridge is %08x", id);
}

// The last region of the store is nobody's: what is written there has run over.
static void check_canary(const struct mmu_region *canary)
{
    const uint8_t *bytes = mmu_region_bytes(canary);
    for (unsigned i = 0; i < CANARY_BYTES; i++)
        CHECK(bytes[i] == 0xA5, "byte %x behind the last device's memory is %02x", i, bytes[i]);
}

static unsigned choose(struct board *b)
{
    unsigned all = 0, i = 0;
    for (unsigned k = 0; k < SEQUENCES; k++)
        all += sequences[k].weight;
    uint32_t n = board_below(b, all);
    while (n >= sequences[i].weight)
        n -= sequences[i++].weight;
    return i;
}

static uint64_t run_episode(uint64_t seed)
{
    char why[256];
    seed_now = seed;
    watchdog_steps++;
    board = board_create(seed, why, sizeof why);
    CHECK(board != NULL, "no board: %s", why);
    if (!board)
        return 0;
    struct board *b = board;
    struct mmu_region *canary = machine_ram_region(b->m, CANARY_BYTES, false);
    CHECK(canary != NULL, "no room behind the devices' memory");
    if (canary)
        memset(mmu_region_bytes(canary), 0xA5, CANARY_BYTES);
    for (unsigned step = 0; step < STEPS && !verdict_bad; step++, watchdog_steps++) {
        unsigned i = choose(b);
        b->doing = sequences[i].name;
        sequences[i].run(b);
        b->m->cpu->quit = b->m->cpu->halted = b->m->cpu->shutdown = false;
        b->m->cpu->eflags = FLAG_ONE;
        CHECK(!b->stuck, "a timer fires for ever (after '%s')", b->doing);
        CHECK(!b->lost, "a disk's access never ends (after '%s')", b->doing);
        if (step % STEPS_A_CHECK == 0)
            board_note_tables(b);
    }
    b->deviation = 0;
    board_msr_write(b, 0x1B, 0xFEE00100); // the APIC's page may be in front of RAM
    check_map(b);
    if (canary)
        check_canary(canary);
    uint64_t accesses = b->accesses;
    board_destroy(b);
    board = NULL;
    if (verdict_bad)
        printf("pc_fuzz: to repeat: pc_fuzz -s %llu -n 1\n", (unsigned long long)seed);
    return accesses;
}

int main(int argc, char **argv)
{
    uint64_t seed = 1, episodes = EPISODES, done = 0, accesses = 0;
    bool seed_given = false;
    long seconds = 0; // of processor time
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "-t") == 0)
            seconds = atol(argv[i + 1]);
        else if (strcmp(argv[i], "-s") == 0)
            seed = strtoull(argv[i + 1], NULL, 0), seed_given = true;
        else if (strcmp(argv[i], "-n") == 0)
            episodes = strtoull(argv[i + 1], NULL, 0);
    }
    if (seconds && !seed_given)
        seed = (uint64_t)time(NULL) * 1000000;
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("pc_fuzz: first seed %llu\n", (unsigned long long)seed);
    watchdog_start("pc.fuzz", say);
    watchdog_hush();
    for (; (seconds ? clock() / CLOCKS_PER_SEC < seconds : done < episodes) && !verdict_bad; done++)
        accesses += run_episode(seed + done);
    printf("pc_fuzz: %llu episodes, %llu accesses, %u blocks of registers\n",
           (unsigned long long)done, (unsigned long long)accesses, board_targets());
    case_end("pc.fuzz");
    char text[BOARD_TEXT] = "";
    CHECK(done < EPISODES || !board_unused(text), "%s", text);
    case_end("pc.fuzz_reaches_every_register");
    return verdict_failures != 0;
}
