// The option ROM that starts a Linux kernel for -kernel: linux.c copies it, fills in the table, the
// size and the checksum, and hands it to SeaBIOS through fw_cfg.
//
// SeaBIOS calls its boot entry vector in real mode. For each entry of the table, which is a transfer
// of the firmware configuration device (fw_cfg.c), it starts that DMA; then it enters the kernel's
// setup code as the Linux boot protocol wants it.
    .section .rodata
    .code16
    .globl linux_rom, linux_rom_end, linux_rom_table, linux_rom_count
linux_rom:
    .byte 0x55, 0xAA
    .byte 0                     // length in 512 bytes, filled in
    lret                        // initialisation: nothing
    .org linux_rom + 0x1A
    .word pnp - linux_rom
    .align 16
pnp:                            // Plug and Play BIOS Specification 1.0A, 3.2
    .ascii "$PnP"
    .byte 1, 2                  // structure revision, length / 16
    .word 0                     // no further header
    .byte 0
    .byte 0                     // checksum, filled in
    .long 0                     // device
    .word 0                     // manufacturer
    .word product - linux_rom
    .byte 0, 0, 0               // device type
    .byte 0                     // indicators
    .word 0                     // boot connection vector
    .word 0                     // disconnect vector
    .word boot - linux_rom      // boot entry vector
    .word 0, 0
product:
    .asciz "Linux kernel"

boot:
    cli
    cld
    xorl %esi, %esi
    movw $linux_rom_table - linux_rom, %si
    movw %cs:(linux_rom_count - linux_rom), %cx
next:
    movw %cs, %ax               // physical address of the entry, big-endian
    movzwl %ax, %eax
    shll $4, %eax
    addl %esi, %eax
    bswapl %eax
    movw $0x518, %dx
    outl %eax, %dx
    addw $16, %si
    loop next

    movw $0x1000, %ax           // where linux.c has put the setup code
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %fs
    movw %ax, %gs
    movw %ax, %ss
    movl $0xfff0, %esp
    ljmp $0x1020, $0

    .align 4
linux_rom_count:
    .word 0
    .align 16
linux_rom_table:
    .fill 4 * 16, 1, 0
linux_rom_end:
    .section .note.GNU-stack, "", @progbits
