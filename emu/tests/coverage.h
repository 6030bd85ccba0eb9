// Which rows of opcodes.def a proof has reached: for docs/coverage.md (`make coverage`).
#ifndef TM_EMU_TESTS_COVERAGE_H
#define TM_EMU_TESTS_COVERAGE_H

#include <stdint.h>

#include "emu/decode/opcode_table.h"

// If the environment names a file in COVERAGE, append a line for every row of every .def file:
// proof, file, line, mnemonic, m if it has a memory operand, how many cases. Else nothing.
void coverage_write(const char *proof, const uint64_t rows[ROW_COUNT]);

#endif
