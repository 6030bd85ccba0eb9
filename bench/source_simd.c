/* MMX, SSE and AVX instructions of the text model (source.h). */
#include "bench/freestanding.h"
#include "bench/source_machine.h"

static void do_copy(struct source_run *run, const struct source_step *step)
{
    memcpy(source_bytes(run, &step->operand[1]), source_bytes(run, &step->operand[0]),
           step->word->arg);
}

const struct source_word source_simd_words[] = {
    {"mov", do_copy, 4, 0},
};
const uint32_t source_simd_count = sizeof source_simd_words / sizeof source_simd_words[0];
