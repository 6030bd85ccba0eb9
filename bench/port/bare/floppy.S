/* The boot sector of tickbench.img: a 1.44 MB floppy, and as it is a disk, for a USB stick. A disk's BIOS wants a
 * partition that is active, so there is one that holds all the rest (type DA: no file system).
 *   LBA 0   this sector
 *   LBA 1   the command line: NUL-terminated text in FLOPPY_LINE_SECTORS sectors (4 in tickbench.img: at most 2,047
 *           characters)
 *   then    the ELF, FLOPPY_SECTORS sectors of it (both set when this file is assembled)
 * Reads by cylinder, head and sector through INT 13h, with a disk's geometry as function 8 gives it, enters protected mode, moves the ELF's segments to where they
 * belong, clears what follows them, and enters as a multiboot loader would: eax = magic, ebx = information structure
 * whose flags say that only the command line is there.
 *   0x07000  the information structure    0x07C00  this sector    0x07E00  the command line
 *   0x09000  the ELF as read; must end below 0x9F000, where a BIOS' own data begin */
#define FLOPPY_FILE 0x9000
#define FLOPPY_INFO 0x7000
#define FLOPPY_LINE 0x7E00
#ifndef FLOPPY_LINE_SECTORS
#define FLOPPY_LINE_SECTORS 1
#endif

        .code16
        .text
        .globl  floppy_start
floppy_start:
        cli
        ljmp    $0, $1f
1:      xor     %ax, %ax
        mov     %ax, %ds
        mov     %ax, %es
        mov     %ax, %ss
        mov     $0x7C00, %sp
        sti
        cld
        mov     %dl, floppy_drive
        int     $0x13                   /* ah = 0: reset the drive */
        mov     floppy_drive, %dl
        test    %dl, %dl
        jns     1f
        mov     $8, %ah
        int     $0x13
        jc      1f
        and     $63, %cl
        mov     %cl, floppy_track
        mov     %dh, %al
        xor     %ah, %ah
        inc     %ax
        mov     %ax, floppy_heads
1:

        mov     $1, %di                 /* LBA; to the command line's place */
        mov     $FLOPPY_LINE >> 4, %bx
        mov     $FLOPPY_LINE_SECTORS, %si
        call    floppy_read
        mov     $FLOPPY_FILE >> 4, %bx
        mov     $FLOPPY_SECTORS, %si
        call    floppy_read

        mov     $0x2401, %ax            /* A20 through the BIOS, then through port 0x92 */
        int     $0x15
        in      $0x92, %al
        or      $2, %al
        and     $0xFE, %al
        out     %al, $0x92
        cli
        lgdt    floppy_gdt_pointer
        mov     %cr0, %eax
        or      $1, %al
        mov     %eax, %cr0
        ljmp    $0x08, $floppy_protected

/* si sectors from LBA di to segment bx on; advances all three. At most to the end of a track, and never across 64 KB,
 * which the DMA chip cannot. Three tries each. */
floppy_read:
        mov     %di, %ax
        xor     %dx, %dx
        mov     floppy_track, %cx
        div     %cx                     /* ax = track, dx = sector from 0 */
        sub     %dx, %cx                /* left on this track */
        cmp     %si, %cx
        jbe     1f
        mov     %si, %cx
1:      mov     %bx, %bp                /* left in this 64 KB: 128 sectors less those before bx */
        shr     $5, %bp
        neg     %bp
        and     $127, %bp
        jz      1f
        cmp     %bp, %cx
        jbe     1f
        mov     %bp, %cx
1:      mov     %cx, floppy_count
        mov     %dl, %cl
        inc     %cx                     /* cl = sector from 1 */
        xor     %dx, %dx
        divw    floppy_heads
        mov     %al, %ch                /* cylinder: 0 to 79 */
        mov     %dl, %dh                /* head */
        mov     $3, %bp
1:      mov     floppy_drive, %dl
        push    %bx
        mov     %bx, %es
        xor     %bx, %bx
        mov     floppy_count, %al
        mov     $2, %ah
        int     $0x13
        pop     %bx
        jnc     1f
        xor     %ah, %ah
        int     $0x13
        dec     %bp
        jnz     1b
        mov     $floppy_sorry, %si
2:      lodsb
        mov     $0x0E, %ah
        xor     %bx, %bx
        int     $0x10
        test    %al, %al
        jnz     2b
3:      hlt
        jmp     3b
1:      mov     floppy_count, %ax
        add     %ax, %di
        sub     %ax, %si
        shl     $5, %ax
        add     %ax, %bx
        test    %si, %si
        jnz     floppy_read
        ret

        .code32
floppy_protected:
        mov     $0x10, %eax
        mov     %eax, %ds
        mov     %eax, %es
        mov     %eax, %ss
        mov     $0x7C00, %esp
        movzwl  FLOPPY_FILE+44, %ebp    /* e_phnum */
        mov     FLOPPY_FILE+28, %edx    /* e_phoff */
        add     $FLOPPY_FILE, %edx
1:      cmpl    $1, (%edx)              /* PT_LOAD */
        jne     2f
        mov     4(%edx), %esi           /* p_offset */
        add     $FLOPPY_FILE, %esi
        mov     12(%edx), %edi          /* p_paddr */
        mov     16(%edx), %ecx          /* p_filesz */
        rep movsb
        mov     20(%edx), %ecx          /* p_memsz */
        sub     16(%edx), %ecx
        xor     %eax, %eax
        rep stosb
2:      add     $32, %edx
        dec     %ebp
        jnz     1b
        movl    $4, FLOPPY_INFO         /* flags: cmdline */
        movl    $FLOPPY_LINE, FLOPPY_INFO+16
        movb    $0, FLOPPY_LINE+512*FLOPPY_LINE_SECTORS-1
        mov     $FLOPPY_INFO, %ebx
        mov     $0x2BADB002, %eax
        jmp     *FLOPPY_FILE+24         /* e_entry */

        .balign 8
floppy_gdt:
        .quad   0
        .quad   0x00CF9B000000FFFF
        .quad   0x00CF93000000FFFF
floppy_gdt_pointer:
        .word   floppy_gdt_pointer - floppy_gdt - 1
        .long   floppy_gdt
floppy_sorry:
        .asciz  "tickbench: cannot read this disk\r\n"
floppy_drive:
        .byte   0
floppy_count:
        .word   0
floppy_track:
        .word   18
floppy_heads:
        .word   2
        .org    446
        .byte   0x80, 0, 2, 0, 0xDA, 45, 45, 0 /* active; from the second sector to the last by 255 heads and 63 sectors */
        .long   1, 2879
        .org    510
        .word   0xAA55
