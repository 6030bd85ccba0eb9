/* Entry of the linux port, the signal trampoline, and the return from it. No C library: the words are on the stack. */
        .text
        .globl  _start
_start:
        xor     %ebp, %ebp
        mov     (%esp), %eax
        lea     4(%esp), %edx
        and     $-16, %esp
        sub     $8, %esp
        push    %edx
        push    %eax
        call    linux_main
        mov     %eax, %ebx
        mov     $252, %eax              /* exit_group */
        int     $0x80
        hlt

/* The kernel leaves [esp] = linux_signal_return, the signal's number, then struct sigcontext (linux.c has its shape). */
        .globl  linux_signal_entry
linux_signal_entry:
        cld
        lea     8(%esp), %eax
        mov     4(%esp), %edx
        push    %eax
        push    %edx
        call    linux_handle_signal
        add     $8, %esp
        ret

        .globl  linux_signal_return
linux_signal_return:
        pop     %eax
        mov     $119, %eax              /* sigreturn */
        int     $0x80
        hlt
        .section .note.GNU-stack,"",@progbits
