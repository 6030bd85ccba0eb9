// What the host's vector unit has. See host.h.
#include "emu/fpu/host.h"

// Features whose instructions run in thunks, less what every x86-64 CPU has (up to SSE2).
static const uint8_t executed_by_host[] = {
    FEATURE_SSE3, FEATURE_SSSE3, FEATURE_SSE41, FEATURE_SSE42, FEATURE_AES, FEATURE_PCLMULQDQ,
    FEATURE_SHA,  FEATURE_AVX,   FEATURE_AVX2,  FEATURE_F16C,  FEATURE_FMA, FEATURE_GFNI,
};

static const char *const names[FEATURE_COUNT] = {
#define FEATURE(name, leaf, subleaf, output, bit, option) option,
#include "emu/cpu/features.def"
#undef FEATURE
};

// The operating system must keep the upper halves of the YMM registers.
static bool system_has_avx(const struct cpu_features *host)
{
    uint32_t xcr0;
    if (!features_has(host, FEATURE_XSAVE) || !features_has(host, FEATURE_AVX) ||
        !__builtin_cpu_supports("avx"))
        return false;
    __asm__("xgetbv" : "=a"(xcr0) : "c"(0) : "edx");
    return (xcr0 & XCR0_ALL) == XCR0_ALL;
}

static bool needs_avx(unsigned feature)
{
    return feature == FEATURE_AVX || feature == FEATURE_AVX2 || feature == FEATURE_F16C ||
           feature == FEATURE_FMA;
}

const char *fpu_host_limit(struct cpu_features *f)
{
    struct cpu_features host = features_host();
    bool avx = system_has_avx(&host);
    const char *removed = NULL;
    for (unsigned i = 0; i < sizeof executed_by_host; i++) {
        enum cpu_feature feature = (enum cpu_feature)executed_by_host[i];
        if (!features_has(f, feature) ||
            (features_has(&host, feature) && (avx || !needs_avx(feature))))
            continue;
        features_set(f, feature, false);
        if (!removed)
            removed = names[feature];
    }
    return removed;
}
