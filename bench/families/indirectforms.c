/* indirect: what indirect.c has by number of targets, in turn and at random; the switch, with its
 * comparison and its jump table; and calls of methods through an object's table. Targets are slots
 * of equal size at label 7; each adds its own number and ebx to eax. */
#include "bench/kernel.h"

/* The table of `count` targets at 0x4000(esi), slots of `size` bytes. Uses ecx. */
#define INDIRECTFORMS_TABLE(count, size)                                                           \
    ADDRESS_OF("7f")                                                                               \
    " .set o, 0\n .rept " #count "\n mov %ecx,0x4000+o(%esi)\n add $" #size                        \
    ",%ecx\n .set o, o + 4\n .endr\n"
#define INDIRECTFORMS_SLOTS(count, size, leave)                                                    \
    " .balign " #size "\n7: .set o, 0\n .rept " #count "\n lea o(%eax,%ebx),%eax\n " leave         \
    "\n .balign " #size "\n .set o, o + 1\n .endr\n"

/* The generator of indirect.c: its state is in ecx, its top bits go to edx. Building the table
 * needs ecx, so the state comes and goes in edx. */
#define INDIRECTFORMS_STEP(bits)                                                                   \
    "imul $1664525,%ecx,%ecx\n add $1013904223,%ecx\n mov %ecx,%edx\n shr $(32 - " #bits "),%"     \
    "edx\n"
#define INDIRECTFORMS_JUMP "jmp *0x4000(%esi,%edx,4)\n"

static void indirectforms_random(struct test_state *s, uint32_t n, uint32_t bits)
{
    uint32_t x = s->regs.edx;
    for (uint32_t i = 0; i < s->test->ops * n; i++) {
        x = x * 1664525u + 1013904223u;
        s->regs.eax += s->regs.ebx + (x >> (32 - bits));
    }
    s->regs.ecx = s->regs.edx = x;
}

#define INDIRECTFORMS_RANDOM_MODEL(bits)                                                           \
    static void indirectforms_model_random_##bits(struct test_state *s, uint32_t n)                \
    {                                                                                              \
        indirectforms_random(s, n, bits);                                                          \
    }
INDIRECTFORMS_RANDOM_MODEL(1)
INDIRECTFORMS_RANDOM_MODEL(3)
INDIRECTFORMS_RANDOM_MODEL(6)

/* Each target chooses the next by itself, as in indirect.c. */
#define INDIRECTFORMS_JUMP_RANDOM(count, bits)                                                     \
    INDIRECTFORMS_TABLE(count, 64)                                                                 \
    "mov %edx,%ecx\n" INDIRECTFORMS_STEP(bits) INDIRECTFORMS_JUMP                                  \
        "8: mov %ecx,%edx\n ret\n" INDIRECTFORMS_SLOTS(                                            \
            count, 64, "dec %ebp\n jz 8b\n " INDIRECTFORMS_STEP(bits) INDIRECTFORMS_JUMP)

/* A switch has one place that jumps, and all cases come back to it. */
#define INDIRECTFORMS_SWITCH(count) "cmp $" #count " - 1,%edx\n ja 1f\n " INDIRECTFORMS_JUMP "1: "
#define INDIRECTFORMS_SWITCH_TURN(count)                                                           \
    INDIRECTFORMS_TABLE(count, 16)                                                                 \
    "9: mov $64,%ecx\n 8: lea -1(%ecx),%edx\n and $" #count " - 1,%edx\n " INDIRECTFORMS_SWITCH(   \
        count) "dec %ecx\n jnz 8b\n dec %ebp\n jnz 9b\n ret\n" INDIRECTFORMS_SLOTS(count, 16,      \
                                                                                   "jmp 1b")
#define INDIRECTFORMS_SWITCH_RANDOM(count, bits)                                                   \
    INDIRECTFORMS_TABLE(count, 16)                                                                 \
    "mov %edx,%ecx\n 9: " INDIRECTFORMS_STEP(bits) INDIRECTFORMS_SWITCH(                           \
        count) "dec %ebp\n jnz 9b\n mov %ecx,%edx\n ret\n" INDIRECTFORMS_SLOTS(count, 16,          \
                                                                               "jmp 1b")

static void indirectforms_turn(struct test_state *s, uint32_t n, uint32_t count)
{
    for (uint32_t i = 0; i < s->test->ops; i++)
        s->regs.eax += (s->regs.ebx + i % count) * n;
    s->regs.ecx = s->regs.edx = 0;
}

#define INDIRECTFORMS_TURN_MODEL(count)                                                            \
    static void indirectforms_model_turn_##count(struct test_state *s, uint32_t n)                 \
    {                                                                                              \
        indirectforms_turn(s, n, count);                                                           \
    }
INDIRECTFORMS_TURN_MODEL(1)
INDIRECTFORMS_TURN_MODEL(2)
INDIRECTFORMS_TURN_MODEL(8)
INDIRECTFORMS_TURN_MODEL(64)

#define INDIRECTFORMS_CALL(calls, count)                                                           \
    INDIRECTFORMS_TABLE(count, 16)                                                                 \
    "xor %ecx,%ecx\n xor %edx,%edx\n" LOOP(calls,                                                  \
                                           "call *0x4000(%esi,%edx,4)\n inc %edx\n and $" #count   \
                                           " - 1,%edx") INDIRECTFORMS_SLOTS(count, 16, "ret")
#define INDIRECTFORMS_CALL_RANDOM(count, bits)                                                     \
    INDIRECTFORMS_TABLE(count, 16)                                                                 \
    "mov %edx,%ecx\n" LOOP_TAIL(REPEAT(16, INDIRECTFORMS_STEP(bits) "call *0x4000(%esi,%edx,4)"),  \
                                "mov %ecx,%edx") INDIRECTFORMS_SLOTS(count, 16, "ret")

/* Pointers to objects at 0x4000(esi), an object's first word points to its class's table, whose
 * second word is the method. */
#define INDIRECTFORMS_VIRTUAL(count)                                                               \
    ADDRESS_OF("7f")                                                                               \
    " .set o, 0\n .rept " #count                                                                   \
    "\n lea 0x4400+16*o(%esi),%edx\n mov %edx,0x4200+8*o(%esi)\n mov %ecx,4(%edx)\n"               \
    " lea 0x4200+8*o(%esi),%edx\n mov %edx,0x4000+4*o(%esi)\n add $16,%ecx\n .set o, o + 1\n"      \
    " .endr\n push %edi\n xor %edx,%edx\n" LOOP_TAIL(                                              \
        REPEAT(16, "mov 0x4000(%esi,%edx,4),%ecx\n mov (%ecx),%edi\n call *4(%edi)\n inc %edx\n"   \
                   " and $" #count " - 1,%edx"),                                                   \
        "pop %edi\n xor %ecx,%ecx") INDIRECTFORMS_SLOTS(count, 16, "ret")

/* clang-format off */
#define INDIRECTFORMS_ROWS(F, T, TX) \
T(F, switch_1,   "switch/1",  "", "switch of one case",                                        64, FLOOR, 0, INDIRECTFORMS_SWITCH_TURN(1), NULL, indirectforms_model_turn_1) \
T(F, switch_2,   "switch/2",  "", "switch of two cases in turn",                               64, FLOOR, 0, INDIRECTFORMS_SWITCH_TURN(2), NULL, indirectforms_model_turn_2) \
T(F, switch_8,   "switch/8",  "", "switch of eight cases in turn",                             64, FLOOR, 0, INDIRECTFORMS_SWITCH_TURN(8), NULL, indirectforms_model_turn_8) \
T(F, switch_64,  "switch/64", "", "switch of 64 cases in turn",                                64, FLOOR, 0, INDIRECTFORMS_SWITCH_TURN(64), NULL, indirectforms_model_turn_64) \
T(F, switch_random_2,  "switch_random/2",  "", "switch of two cases at random, with the generator's step",   1, SPREAD, 0, INDIRECTFORMS_SWITCH_RANDOM(2, 1), NULL, indirectforms_model_random_1) \
T(F, switch_random_8,  "switch_random/8",  "", "switch of eight cases at random, with the generator's step", 1, SPREAD, 0, INDIRECTFORMS_SWITCH_RANDOM(8, 3), NULL, indirectforms_model_random_3) \
T(F, switch_random_64, "switch_random/64", "", "switch of 64 cases at random, with the generator's step",    1, SPREAD, 0, INDIRECTFORMS_SWITCH_RANDOM(64, 6), NULL, indirectforms_model_random_6) \
T(F, jump_random_2,    "jump_random/2",    "", "computed jump, two targets at random",            1, SPREAD, 0, INDIRECTFORMS_JUMP_RANDOM(2, 1), NULL, indirectforms_model_random_1) \
T(F, jump_random_8,    "jump_random/8",    "", "computed jump, eight targets at random",          1, SPREAD, 0, INDIRECTFORMS_JUMP_RANDOM(8, 3), NULL, indirectforms_model_random_3) \
T(F, call_1,     "call/1",    "", "computed call, one target",                                 16, FLOOR, 0, INDIRECTFORMS_CALL(16, 1), NULL, indirectforms_model_turn_1) \
T(F, call_2,     "call/2",    "", "computed call, two targets in turn",                        16, FLOOR, 0, INDIRECTFORMS_CALL(16, 2), NULL, indirectforms_model_turn_2) \
T(F, call_64,    "call/64",   "", "computed call, 64 targets in turn",                         64, FLOOR, 0, INDIRECTFORMS_CALL(64, 64), NULL, indirectforms_model_turn_64) \
T(F, call_random_2,    "call_random/2",    "", "computed call, two targets at random",            16, SPREAD, 0, INDIRECTFORMS_CALL_RANDOM(2, 1), NULL, indirectforms_model_random_1) \
T(F, call_random_8,    "call_random/8",    "", "computed call, eight targets at random",          16, SPREAD, 0, INDIRECTFORMS_CALL_RANDOM(8, 3), NULL, indirectforms_model_random_3) \
T(F, virtual_1,  "virtual/1", "", "call of a method through the object's table, one class",    16, FLOOR, 0, INDIRECTFORMS_VIRTUAL(1), NULL, indirectforms_model_turn_1) \
T(F, virtual_8,  "virtual/8", "", "call of a method through the object's table, eight classes in turn", 16, FLOOR, 0, INDIRECTFORMS_VIRTUAL(8), NULL, indirectforms_model_turn_8)
/* clang-format on */
FAMILY_TABLE_AS(indirectforms, indirect, INDIRECTFORMS_ROWS)
