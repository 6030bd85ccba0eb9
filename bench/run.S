/* run_kernel(code): see run.h. Field order is struct kern_regs: eax ebx ecx edx esi edi ebp eflags. */
        .bss
        .balign 64
        .globl  run_regs
run_regs:
        .skip   32
run_target:
        .skip   4

        .text
        .globl  run_kernel
run_kernel:
        push    %ebp
        push    %ebx
        push    %esi
        push    %edi
        mov     20(%esp), %eax
        mov     %eax, run_target
        mov     run_regs+4, %ebx
        mov     run_regs+8, %ecx
        mov     run_regs+12, %edx
        mov     run_regs+16, %esi
        mov     run_regs+20, %edi
        mov     run_regs+24, %ebp
        btl     $0, run_regs+28         /* the carry goes in as it was left: chains continue over chunks */
        mov     run_regs, %eax
        call    *run_target
        mov     %eax, run_regs
        pushf
        pop     %eax
        cld
        mov     %eax, run_regs+28
        mov     %ebx, run_regs+4
        mov     %ecx, run_regs+8
        mov     %edx, run_regs+12
        mov     %esi, run_regs+16
        mov     %edi, run_regs+20
        mov     %ebp, run_regs+24
        pop     %edi
        pop     %esi
        pop     %ebx
        pop     %ebp
        ret
        .section .note.GNU-stack,"",@progbits
