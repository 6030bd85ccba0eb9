// The machine side of a case: multiboot entry, the way into a snippet's state, the handlers that bring what became
// of it into `out`, and the way to real mode and back. See case.h.
//
// The handlers must run on any stack that a case may have made: they push and pop only, and address memory
// only after they have loaded DS. They need 12 bytes of stack beyond the exception's own frame.
#define NAME(name, value) .set name, value;
#include "emu/tests/system/names.def"

        .section .multiboot,"ax"
        .balign 4
        .long   0x1BADB002, 0, -0x1BADB002

        .text
        .globl  system_entry
system_entry:
        cli
        cld
        mov     $host_stack_top, %esp
        push    $2
        popf
        push    %ebx
        push    %eax
        call    world_first_tables
        mov     $SEL_DATA0, %ecx
        mov     %ecx, %ds
        mov     %ecx, %es
        mov     %ecx, %fs
        mov     %ecx, %gs
        mov     %ecx, %ss
        ljmp    $SEL_CODE0, $1f
1:      call    system_main
2:      cli
        hlt
        jmp     2b

// void enter_snippet(void): to the state in `in`; comes back when a handler has filled `out`.
        .globl  enter_snippet
enter_snippet:
        pusha
        mov     %esp, host_esp
        movl    $1, snippet_runs
        testl   $0x20000, in+40         // EFLAGS.VM
        jnz     1f
        testb   $3, in+36               // an outer ring
        jnz     2f
        lss     in_stack, %esp          // the same ring: IRET takes no stack from the frame
        jmp     3f
1:      pushl   in+60                   // struct regs: ss 44, es 48, ds 52, fs 56, gs 60
        pushl   in+56
        pushl   in+52
        pushl   in+48
2:      pushl   in+44
        pushl   in+12
3:      pushl   in+40
        pushl   in+36
        pushl   in+32
        testl   $0x20000, in+40
        jz      4f
        push    $0
        push    $0
        push    $0
        push    $0
        jmp     5f
4:      pushl   in+60
        pushl   in+56
        pushl   in+48
        pushl   in+52
5:      pushl   in+28
        pushl   in+24
        pushl   in+20
        pushl   in+16
        pushl   in+12
        pushl   in+8
        pushl   in+4
        pushl   in+0
        popa
        pop     %ds
        pop     %es
        pop     %fs
        pop     %gs
        iret

// One stub a vector for 32-bit gates, 16 bytes each, and one for 16-bit gates.
        .balign 16
        .globl  stubs32, stubs16
stubs32:
        .set    i, 0
        .rept   256
        .balign 16
        pushl   $i
        jmp     arrive32
        .set    i, i + 1
        .endr
        .balign 16
stubs16:
        .set    i, 0
        .rept   256
        .balign 16
        pushl   $i
        jmp     arrive16
        .set    i, i + 1
        .endr

        .balign 16
arrive32:
        push    %eax
        pushf
        mov     %ds, %eax               // PUSH of DS may leave the upper half of its place
        push    %eax
        mov     $SEL_DATA0, %eax
        mov     %eax, %ds
        popl    out+52
        popl    out+80
        popl    out+28
        popl    out+64
        call    arrive_registers
        mov     out+64, %eax
        cmp     $17, %eax
        ja      1f
        mov     $0x27D00, %ecx          // 8, 10-14, 17 have an error code
        bt      %eax, %ecx
        jnc     1f
        popl    out+68
1:      popl    out+32
        popl    out+36
        popl    out+40
        movzwl  out+36, %eax
        mov     %eax, out+36
        testl   $0x20000, out+40
        jnz     2f
        test    $3, %al
        jnz     3f
        mov     %esp, out+12
        jmp     arrived
2:      popl    out+12
        popl    out+44
        popl    out+48
        popl    out+52
        popl    out+56
        popl    out+60
        jmp     arrived
3:      popl    out+12
        popl    out+44
arrived:
        mov     $SEL_DATA0, %eax
        mov     %eax, %ss
        mov     %eax, %es
        mov     host_esp, %esp
        push    $2
        popf
        ljmp    $SEL_CODE0, $1f         // a case's own handler segment may have another base
1:      cmpl    $0, snippet_runs
        je      4f
        movl    $0, snippet_runs
        call    world_collect
        popa
        ret
4:      mov     $host_stack_top, %esp
        call    case_lost

// Called with the return address where the frame begins: it is taken off and put back, for ESP is recorded.
arrive_registers:
        popl    arrive_return
        mov     %esp, out+72
        xor     %eax, %eax
        mov     %ss, %eax
        mov     %eax, out+76
        mov     %eax, out+44
        mov     %es, %eax
        mov     %eax, out+48
        mov     %fs, %eax
        mov     %eax, out+56
        mov     %gs, %eax
        mov     %eax, out+60
        mov     %edi, out+0
        mov     %esi, out+4
        mov     %ebp, out+8
        mov     %ebx, out+16
        mov     %edx, out+20
        mov     %ecx, out+24
        movl    $0, out+68
        jmp     *arrive_return

arrive16:
        push    %eax
        pushf
        mov     %ds, %eax               // PUSH of DS may leave the upper half of its place
        push    %eax
        mov     $SEL_DATA0, %eax
        mov     %eax, %ds
        popl    out+52
        popl    out+80
        popl    out+28
        popl    out+64
        call    arrive_registers
        mov     out+64, %eax
        cmp     $17, %eax
        ja      1f
        mov     $0x27D00, %ecx
        bt      %eax, %ecx
        jnc     1f
        popw    out+68
1:      movl    $0, out+32
        movl    $0, out+36
        movl    $0, out+40
        popw    out+32
        popw    out+36
        popw    out+40
        testb   $3, out+36
        jnz     2f
        mov     %esp, out+12
        jmp     arrived
2:      movl    $0, out+12
        movl    $0, out+44
        popw    out+12
        popw    out+44
        jmp     arrived

// ---- real mode ----
// Copied to REAL_AT, where its segment is REAL_AT >> 4. RA(x) is an offset in it.
#define RA(x) (x - real_begin)

        .balign 16
        .globl  real_begin, real_end, real_block, real_tables32
real_begin:
        .code16
        .globl  real_start
real_start:                             // entered through SEL_REAL, 16-bit protected mode
        mov     $SEL_REAL_DATA, %ax
        cmpb    $0, %cs:RA(real_big)
        je      1f
        mov     $SEL_DATA0, %ax
1:      mov     %ax, %ds
        mov     %ax, %es
        mov     %ax, %fs
        mov     %ax, %gs
        mov     $SEL_REAL_DATA, %ax
        mov     %ax, %ss
        lidtl   %cs:RA(real_idt)
        mov     %cr0, %eax
        and     $0x7FFFFFFE, %eax
        mov     %eax, %cr0
        ljmp    $REAL_AT >> 4, $RA(2f)
2:      mov     %cs:RA(real_block)+44, %ss
        mov     %cs:RA(real_block)+12, %esp
        pushw   %cs:RA(real_block)+40
        pushw   %cs:RA(real_block)+36
        pushw   %cs:RA(real_block)+32
        cmpb    $0, %cs:RA(real_big)
        jne     3f
        mov     %cs:RA(real_block)+48, %es
        mov     %cs:RA(real_block)+52, %ds
        mov     %cs:RA(real_block)+56, %fs
        mov     %cs:RA(real_block)+60, %gs
3:      mov     %cs:RA(real_block)+0, %edi
        mov     %cs:RA(real_block)+4, %esi
        mov     %cs:RA(real_block)+8, %ebp
        mov     %cs:RA(real_block)+16, %ebx
        mov     %cs:RA(real_block)+20, %edx
        mov     %cs:RA(real_block)+24, %ecx
        mov     %cs:RA(real_block)+28, %eax
        iretw

        .balign 8
real_stubs:                             // 6 bytes each
        .set    i, 0
        .rept   256
        pushw   $i
        jmp     real_arrive
        .balign 8
        .set    i, i + 1
        .endr
real_arrive:
        mov     %eax, %cs:RA(real_block)+28
        popw    %cs:RA(real_block)+64
        mov     %esp, %cs:RA(real_block)+72
        mov     %ss, %cs:RA(real_block)+76
        pushf
        popw    %cs:RA(real_block)+80
        popw    %cs:RA(real_block)+32
        popw    %cs:RA(real_block)+36
        popw    %cs:RA(real_block)+40
        mov     %esp, %cs:RA(real_block)+12
        mov     %ss, %cs:RA(real_block)+44
        mov     %es, %cs:RA(real_block)+48
        mov     %ds, %cs:RA(real_block)+52
        mov     %fs, %cs:RA(real_block)+56
        mov     %gs, %cs:RA(real_block)+60
        mov     %edi, %cs:RA(real_block)+0
        mov     %esi, %cs:RA(real_block)+4
        mov     %ebp, %cs:RA(real_block)+8
        mov     %ebx, %cs:RA(real_block)+16
        mov     %edx, %cs:RA(real_block)+20
        mov     %ecx, %cs:RA(real_block)+24
        cli
        lgdtl   %cs:RA(real_gdt32)
        lidtl   %cs:RA(real_idt32)
        mov     %cr0, %eax
        or      $1, %al
        mov     %eax, %cr0
        ljmpl   $SEL_CODE0, $real_back
        .balign 4
        .globl  real_block, real_big, real_idt, real_gdt32, real_idt32, real_stubs_begin
        .set    real_stubs_begin, real_stubs
real_block:
        .skip   128
real_big:
        .long   0
        .balign 4
        .word   0
real_idt:
        .word   0x3FF
        .long   0
        .word   0
real_gdt32:
        .word   0
        .long   0
        .word   0
real_idt32:
        .word   0
        .long   0
        .balign 4
real_end:
        .code32
real_back:
        mov     $SEL_DATA0, %eax
        mov     %eax, %ds
        mov     %eax, %es
        mov     %eax, %fs
        mov     %eax, %gs
        mov     %eax, %ss
        mov     host_esp, %esp
        push    $2
        popf
        popa
        ret

// void enter_real(void)
        .globl  enter_real
enter_real:
        pusha
        mov     %esp, host_esp
        ljmp    $SEL_REAL, $RA(real_start)

        .data
        .balign 8
        .globl  snippet_runs, in_stack
snippet_runs: .long 0
host_esp: .long host_stack_top
in_stack: .long 0, 0
arrive_return: .long 0

        .bss
        .balign 4096
        .skip   65536
host_stack_top:
        .section .note.GNU-stack,"",@progbits
