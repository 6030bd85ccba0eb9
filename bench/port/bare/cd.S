/* tickbench.iso: a CD with tickbench.img as its only file, and as the floppy that El Torito gives to a BIOS (media type 2:
 * 1.44 MB). ISO 9660 (ECMA-119) sections in brackets; El Torito specification 1.0.
 * Sectors of 2,048 bytes: 16 volume descriptor, 17 boot record, 18 end of these, 19 boot catalog, 20 and 21 path tables,
 * 22 the folder, from 23 on the file: its command line is at byte 23 * 2,048 + 512 of the CD. */
#define CD_CATALOG 19
#define CD_PATHS   20
#define CD_FOLDER  22
#define CD_FILE    23
#define CD_SECTORS (CD_FILE + 1474560 / 2048)

        .macro  SECTOR number
        .org    2048 * \number
        .endm
        .macro  BOTH16 value            /* 7.2.3: least significant byte first, then last */
        .word   \value
        .byte   (\value) >> 8, (\value) & 255
        .endm
        .macro  MOST32 value
        .byte   (\value) >> 24, (\value) >> 16 & 255, (\value) >> 8 & 255, (\value) & 255
        .endm
        .macro  BOTH32 value            /* 7.3.3 */
        .long   \value
        MOST32  \value
        .endm
        .macro  BLANKS count
        .fill   \count, 1, 0x20
        .endm
        .macro  NO_DATE                 /* 8.4.26.1 */
        .ascii  "0000000000000000"
        .byte   0
        .endm
        .macro  RECORD sector, bytes, flags, name_bytes /* 9.1, up to the name */
        .byte   33 + \name_bytes + (1 - \name_bytes % 2), 0
        BOTH32  \sector
        BOTH32  \bytes
        .byte   126, 11, 23, 0, 0, 0, 0 /* a day of 2026 */
        .byte   \flags, 0, 0
        BOTH16  1
        .byte   \name_bytes
        .endm

        .data
        SECTOR  16                      /* 8.4 */
        .byte   1
        .ascii  "CD001"
        .byte   1, 0
        BLANKS  32
        .ascii  "TICKBENCH"
        BLANKS  23
        .skip   8
        BOTH32  CD_SECTORS
        .skip   32
        BOTH16  1
        BOTH16  1
        BOTH16  2048
        BOTH32  10
        .long   CD_PATHS, 0
        MOST32  (CD_PATHS + 1)
        .long   0
        RECORD  CD_FOLDER, 2048, 2, 1
        .byte   0
        BLANKS  623                     /* names: 8.4.19 to 8.4.25 */
        .rept   4
        NO_DATE
        .endr
        .byte   1

        SECTOR  17                      /* El Torito, figure 7 */
        .byte   0
        .ascii  "CD001"
        .byte   1
        .ascii  "EL TORITO SPECIFICATION"
        .skip   9 + 32
        .long   CD_CATALOG

        SECTOR  18                      /* 8.3 */
        .byte   255
        .ascii  "CD001"
        .byte   1

        SECTOR  CD_CATALOG              /* El Torito, 2.1: its words add up to 0 */
        .byte   1, 0, 0, 0
        .skip   24
        .word   0x55AA, 0xAA55
        .byte   0x88, 2                 /* 2.2: bootable, 1.44 MB */
        .word   0, 0, 1
        .long   CD_FILE

        SECTOR  CD_PATHS                /* 9.4 */
        .byte   1, 0
        .long   CD_FOLDER
        .word   1
        .byte   0, 0
        SECTOR  (CD_PATHS + 1)
        .byte   1, 0
        MOST32  CD_FOLDER
        .byte   0, 1, 0, 0

        SECTOR  CD_FOLDER
        RECORD  CD_FOLDER, 2048, 2, 1   /* itself */
        .byte   0
        RECORD  CD_FOLDER, 2048, 2, 1   /* and what it is in */
        .byte   1
        RECORD  CD_FILE, 1474560, 0, 14
        .ascii  "TICKBENC.IMG;1"
        .byte   0

        SECTOR  CD_FILE
        .incbin CD_IMAGE
