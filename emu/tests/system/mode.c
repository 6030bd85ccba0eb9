// Cases of the groups mode.
#include "emu/tests/system/case.h"

void case_mode_ring0_exit(void)
{
    state_ring(0);
    in.eax = 5;
    RUN("inc %eax\n" EXIT);
    check_exit();
    check("eax", out.r.eax, 6);
    check("esp", out.entry_esp, STACK_TOP - 12);
}
