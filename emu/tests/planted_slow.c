// A slow path planted on purpose, for the test that looks for it: this tickmark-emu leaves ADC to
// the interpreter. Everything else is the emulator as it is; the linker puts this in front of one
// of its functions (--wrap).
#include "emu/translate/translator.h"

bool __real_translate_alu(struct translator *t, const struct insn *insn);
bool __wrap_translate_alu(struct translator *t, const struct insn *insn);

bool __wrap_translate_alu(struct translator *t, const struct insn *insn)
{
    return insn->mnemonic != MN_ADC && __real_translate_alu(t, insn);
}
