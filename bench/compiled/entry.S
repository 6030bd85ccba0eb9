/* The first 32 bytes of a compiled kernel: see compiled.h. */
        .section .entry,"ax"
        .globl  compiled_entry
compiled_entry:
        mov     %esi, %eax
        mov     %ebp, %edx
        call    compiled_main
        xor     %eax, %eax
        xor     %ecx, %ecx
        xor     %edx, %edx
        xor     %ebp, %ebp
        ret
        .org    compiled_entry + 32, 0x90
        .section .note.GNU-stack,"",@progbits
