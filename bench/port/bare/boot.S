/* The bare port's first instructions: multiboot header, stack, descriptor table, and the exception stubs.
 * Multiboot 1: eax = 0x2BADB002, ebx = information structure, flat 32-bit segments, paging and interrupts off. */
        .section .multiboot,"ax"
        .balign 4
        .long   0x1BADB002, 0, -0x1BADB002

        .text
        .globl  bare_entry
bare_entry:
        cli
        cld
        mov     $bare_stack_top, %esp
        lgdt    bare_gdt_pointer
        ljmp    $0x08, $1f
1:      mov     $0x10, %ecx
        mov     %ecx, %ds
        mov     %ecx, %es
        mov     %ecx, %fs
        mov     %ecx, %gs
        mov     %ecx, %ss
        push    $2
        popf
        push    %ebx
        push    %eax
        call    bare_main
1:      cli
        hlt
        jmp     1b

/* Exception stubs: a common frame of vector and error code, then pusha. bare_handle_exception() may change the frame. */
        .macro  STUB vector, has_error
        .balign 16
        .if     \has_error == 0
        push    $0
        .endif
        push    $\vector
        jmp     bare_exception
        .endm

        .balign 16
        .globl  bare_stubs
bare_stubs:
        .altmacro
        .set    i, 0
        .rept   48
        .if     i == 8 || (i >= 10 && i <= 14) || i == 17
        STUB    %i, 1
        .else
        STUB    %i, 0
        .endif
        .set    i, i + 1
        .endr
        .noaltmacro

        .balign 16
bare_exception:
        pusha
        cld
        push    %esp
        call    bare_handle_exception
        pop     %eax
        popa
        add     $8, %esp
        iret

/* int 0x40: the smallest round trip there is. */
        .balign 16
        .globl  bare_stub_int40
bare_stub_int40:
        incl    port_trap_count + 4*0x40
        iret

/* Services for kernels: see ring0.h. They keep all registers and flags. */
        .balign 16
        .globl  bare_stub_ring3
bare_stub_ring3:
        popl    ring0_kept_eip
        add     $4, %esp
        popl    ring0_kept_eflags
        mov     %esp, ring0_kept_esp
        pushl   $0x23
        pushl   ring0_ring3_stack
        pushl   ring0_kept_eflags
        pushl   $0x1B
        pushl   ring0_kept_eip
        iret

        .balign 16
        .globl  bare_stub_ring0
bare_stub_ring0:
        popl    ring0_kept_eip
        add     $4, %esp
        popl    ring0_kept_eflags
        mov     ring0_kept_esp, %esp
        pushl   ring0_kept_eflags
        pushl   $0x08
        pushl   ring0_kept_eip
        iret

        .balign 16
        .globl  bare_stub_call
bare_stub_call:
        pusha
        cld
        call    *0x4000(%esi)
        popa
        iret

        .data
        .balign 8
bare_gdt:
        .quad   0
        .quad   0x00CF9B000000FFFF      /* 08: code, flat */
        .quad   0x00CF93000000FFFF      /* 10: data, flat */
        .globl  bare_gdt_pointer
bare_gdt_pointer:
        .word   bare_gdt_pointer - bare_gdt - 1
        .long   bare_gdt

        .bss
        .balign 4096
        .skip   65536
bare_stack_top:
        .section .note.GNU-stack,"",@progbits
