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

/* linux_clone(flags, stack): a thread that enters the function on top of its stack and exits when that returns. */
        .globl  linux_clone
linux_clone:
        push    %ebx
        push    %esi
        push    %edi
        mov     16(%esp), %ebx
        mov     20(%esp), %ecx
        xor     %edx, %edx
        xor     %esi, %esi
        xor     %edi, %edi
        mov     $120, %eax              /* clone */
        int     $0x80
        test    %eax, %eax
        jz      1f
        pop     %edi
        pop     %esi
        pop     %ebx
        ret
1:      pop     %eax
        call    *%eax
        xor     %ebx, %ebx
        mov     $1, %eax                /* exit */
        int     $0x80
        hlt

/* What the vdso's entry is on a processor without sysenter; used where the kernel gives no vdso. */
        .globl  linux_call_kernel
linux_call_kernel:
        int     $0x80
        ret
        .section .note.GNU-stack,"",@progbits
