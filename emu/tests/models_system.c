// CPU models: what CPUID shows is what works, on both engines; the -cpu language.
#include <string.h>

#include "emu/cpu/model.h"
#include "emu/tests/both_engines.h"

enum { VECTOR = 0x40 };

static const char *const models[] = {"486",     "pentium", "pentium2", "pentium3", "core2",
                                     "nehalem", "haswell", "max",      "host"};
enum { MODELS = sizeof models / sizeof *models };

static struct cpu_model chosen;

// Engines keep what they decoded: a new model is a new machine.
static bool choose(const char *text)
{
    char why[200], note[200];
    const char *reason = "no machine";
    world_destroy(&w);
    bool made = world_create(&w, &reason);
    if (made && model_parse(text, &chosen, why, note, sizeof why) == 0)
        return true;
    snprintf(message, sizeof message, "%.150s", made ? why : reason);
    return false;
}

static void begin(void)
{
    w.cpu->model = &chosen;
    world_reset(&w, 0);
    world_gate(&w, VECTOR, SEL_CODE0, WORLD_HANDLERS + VECTOR, GATE_INT32 | GATE_DPL3);
}

static int cpuid(uint32_t leaf, uint32_t subleaf)
{
    begin();
    w.cpu->gpr[REG_EAX] = leaf;
    w.cpu->gpr[REG_ECX] = subleaf;
    return WORLD_RUN(&w, 0x0f, 0xa2, 0xcd, VECTOR);
}

// Each row of features.def: the bit of CPUID against the model's set.
static const char *test_bits(void)
{
    enum { EAX = REG_EAX, EBX = REG_EBX, ECX = REG_ECX, EDX = REG_EDX, NONE = 8 };
    static const struct {
        const char *name;
        uint32_t leaf, subleaf;
        unsigned output, bit;
    } rows[] = {
#define FEATURE(name, leaf, subleaf, output, bit, option) {option, leaf, subleaf, output, bit},
#include "emu/cpu/features.def"
#undef FEATURE
    };
    for (unsigned m = 1; m < MODELS; m++) {
        if (!choose(models[m]))
            return message;
        for (unsigned i = 0; i < FEATURE_COUNT; i++) {
            bool want = features_has(&chosen.features, (enum cpu_feature)i), got;
            if (rows[i].output == NONE)
                continue;
            EXPECT("vector", cpuid(rows[i].leaf & 0x80000000, 0), VECTOR);
            uint32_t last = w.cpu->gpr[REG_EAX];
            if (rows[i].leaf & 0x80000000 && !(last & 0x80000000))
                last = 0;
            EXPECT("vector", cpuid(rows[i].leaf, rows[i].subleaf), VECTOR);
            got = rows[i].leaf <= last && (w.cpu->gpr[rows[i].output] >> rows[i].bit & 1);
            if (got != want) {
                snprintf(message, sizeof message, "%s: %s is %sshown", models[m], rows[i].name,
                         got ? "" : "not ");
                return message;
            }
        }
    }
    return NULL;
}

static const char *test_leaves(void)
{
    for (unsigned m = 1; m < MODELS; m++) {
        if (!choose(models[m]))
            return message;
        EXPECT("vector", cpuid(0, 0), VECTOR);
        EXPECT("vendor",
               memcmp(&w.cpu->gpr[REG_EBX], chosen.vendor, 4) |
                   memcmp(&w.cpu->gpr[REG_EDX], chosen.vendor + 4, 4) |
                   memcmp(&w.cpu->gpr[REG_ECX], chosen.vendor + 8, 4),
               0);
        cpuid(1, 0);
        EXPECT("signature", w.cpu->gpr[REG_EAX], chosen.signature);
        cpu_reset(w.cpu);
        EXPECT("EDX after reset", w.cpu->gpr[REG_EDX], chosen.signature);
        cpuid(0x40000000, 0);
        EXPECT("hypervisor", memcmp(&w.cpu->gpr[REG_EBX], "Tick", 4), 0);
        if (chosen.extended) {
            char brand[49] = "";
            for (unsigned i = 0; i < 3; i++) {
                static const uint8_t order[] = {REG_EAX, REG_EBX, REG_ECX, REG_EDX};
                cpuid(0x80000002 + i, 0);
                for (unsigned k = 0; k < 4; k++)
                    memcpy(brand + 16 * i + 4 * k, &w.cpu->gpr[order[k]], 4);
            }
            EXPECT("brand", strcmp(brand, chosen.brand), 0);
            cpuid(0x80000008, 0);
            EXPECT("address bits", w.cpu->gpr[REG_EAX], 32 << 8 | chosen.phys_bits);
        }
        // Above the last leaf: what the last one has.
        uint32_t last[4];
        cpuid(chosen.basic, 0);
        memcpy(last, w.cpu->gpr, sizeof last);
        cpuid(chosen.basic + 5, 0);
        EXPECT("beyond", memcmp(last, w.cpu->gpr, sizeof last), 0);
    }
    if (!choose("max"))
        return message;
    begin(); // CR4.OSXSAVE shows in leaf 1; leaf 0Dh follows XCR0
    w.cpu->cr4 |= CR4_OSXSAVE;
    w.cpu->gpr[REG_EAX] = 1;
    WORLD_RUN(&w, 0x0f, 0xa2, 0xcd, VECTOR);
    EXPECT("OSXSAVE", w.cpu->gpr[REG_ECX] >> 27 & 1, features_has(&chosen.features, FEATURE_XSAVE));
    begin(); // MISC_ENABLE limits the leaves
    w.cpu->msr[MSR_MISC_ENABLE] |= MISC_ENABLE_LIMIT_CPUID;
    WORLD_RUN(&w, 0x0f, 0xa2, 0xcd, VECTOR);
    EXPECT("limited", w.cpu->gpr[REG_EAX], 3);
    return NULL;
}

// An instruction that the model lacks is #UD (or what it was before); one that it has is not.
static const char *test_instructions(void)
{
    static const struct {
        const char *first; // the first model of the list that has it
        uint8_t code[8], len;
    } cases[] = {
        {"pentium", {0x0f, 0xa2}, 2},                   // cpuid
        {"pentium", {0x0f, 0x31}, 2},                   // rdtsc
        {"pentium", {0x0f, 0xc7, 0x0b}, 3},             // cmpxchg8b [ebx]
        {"pentium", {0x0f, 0x20, 0xe0}, 3},             // mov eax,cr4
        {"pentium", {0x0f, 0x77}, 2},                   // emms
        {"pentium2", {0x0f, 0x44, 0xc1}, 3},            // cmovz eax,ecx
        {"pentium2", {0x0f, 0x1f, 0x00}, 3},            // nop [eax]
        {"pentium2", {0xdb, 0xf0}, 2},                  // fcomi st,st(0)
        {"core2", {0x0f, 0xae, 0x3b}, 3},               // clflush [ebx]
        {"core2", {0x0f, 0x01, 0xc8}, 3},               // monitor
        {"core2", {0x0f, 0xae, 0xe8}, 3},               // lfence
        {"nehalem", {0xf3, 0x0f, 0xb8, 0xc1}, 4},       // popcnt eax,ecx
        {"nehalem", {0x0f, 0x01, 0xf9}, 3},             // rdtscp
        {"haswell", {0x0f, 0x38, 0xf0, 0x03}, 4},       // movbe eax,[ebx]
        {"haswell", {0xc4, 0xe2, 0x70, 0xf2, 0xc1}, 5}, // andn eax,ecx,ecx
        {"haswell", {0x0f, 0xc7, 0xf0}, 3},             // rdrand eax
        {"haswell", {0x66, 0x0f, 0x38, 0x82, 0x03}, 5}, // invpcid eax,[ebx]
        {"max", {0x66, 0x0f, 0x38, 0xf6, 0xc1}, 5},     // adcx eax,ecx
        {"max", {0x0f, 0x01, 0xca}, 3},                 // clac
        {"max", {0xf3, 0x0f, 0xc7, 0xf8}, 4},           // rdpid eax
    };
    for (unsigned m = 0; m < MODELS - 1; m++) {
        bool has[sizeof cases / sizeof *cases];
        if (!choose(models[m]))
            return message;
        for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
            unsigned from = 0;
            while (strcmp(models[from], cases[i].first) != 0)
                from++;
            has[i] = m >= from;
            uint8_t code[16];
            memcpy(code, cases[i].code, cases[i].len);
            code[cases[i].len] = 0xcd;
            code[cases[i].len + 1] = VECTOR;
            begin();
            w.cpu->gpr[REG_EAX] = 0;
            w.cpu->gpr[REG_ECX] = 0;
            w.cpu->gpr[REG_EBX] = WORLD_DATA;
            int got = world_run(&w, code, cases[i].len + 2u, 100);
            if (got != (has[i] ? VECTOR : EXC_UD)) {
                snprintf(message, sizeof message, "%s, case %u: vector %d", models[m], i, got);
                return message;
            }
        }
    }
    if (!choose("nehalem")) // without BMI1 and LZCNT the prefix is ignored
        return message;
    begin();
    w.cpu->gpr[REG_ECX] = 0x100;
    EXPECT("vector", WORLD_RUN(&w, 0xf3, 0x0f, 0xbd, 0xc1, 0xcd, VECTOR), VECTOR);
    EXPECT("F3 BSR", w.cpu->gpr[REG_EAX], 8);
    return NULL;
}

// EFLAGS.ID can be toggled exactly where CPUID exists.
static const char *test_id_flag(void)
{
    for (unsigned m = 0; m < MODELS; m++) {
        if (!choose(models[m]))
            return message;
        begin();
        // push 200000h; popf; pushf; pop eax; int 40h
        EXPECT("vector", WORLD_RUN(&w, 0x68, 0, 0, 0x20, 0, 0x9d, 0x9c, 0x58, 0xcd, VECTOR),
               VECTOR);
        EXPECT("ID", w.cpu->gpr[REG_EAX] & FLAG_ID, m ? FLAG_ID : 0);
    }
    return NULL;
}

static const char *test_language(void)
{
    static const struct {
        const char *text, *says; // NULL: accepted
    } cases[] = {
        {"hasvell", "nearest is 'haswell'"},
        {"max,+avx3", "nearest is 'avx'"},
        {"pentium3,avx=maybe", "on or off"},
        {"core2,+htt", "not supported yet"},
        {"max,-sse2,+popcnt", NULL},
        {"core2,popcnt=on,sse=off", NULL},
        {"Haswell", NULL},
    };
    char why[200], note[200];
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        int got = model_parse(cases[i].text, &chosen, why, note, sizeof why);
        EXPECT("status", got, cases[i].says ? -1 : 0);
        EXPECT("message", !cases[i].says || strstr(why, cases[i].says) != NULL, true);
    }
    if (!choose("core2,-sse"))
        return message;
    EXPECT("SSSE3 goes with SSE", features_has(&chosen.features, FEATURE_SSSE3), false);
    EXPECT("MMX stays", features_has(&chosen.features, FEATURE_MMX), true);
    if (!choose("pentium,+sse2"))
        return message;
    EXPECT("FXSR comes with SSE2", features_has(&chosen.features, FEATURE_FXSR), true);
    if (!choose("pentium3,+bmi1"))
        return message;
    EXPECT("leaf 7 comes with BMI1", chosen.basic, 7);
    return NULL;
}

int main(void)
{
    static const struct system_test tests[] = {
        {"feature bits", test_bits},         {"leaves", test_leaves},
        {"instructions", test_instructions}, {"ID flag", test_id_flag},
        {"language", test_language},
    };
    return system_run_tests("models", tests, sizeof tests / sizeof *tests) != 0;
}
