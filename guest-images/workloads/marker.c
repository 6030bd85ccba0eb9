/* marker.c: marker WHAT ID: tells our emulator that a workload begins (1) or ends (2): it takes its
 * stage counters then. Port 5E0h, 32 bits, WHAT in the highest 8; nothing happens in any other
 * machine: CPUID says which this is. */
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>

int main(int argc, char **argv)
{
    unsigned leaf = 0x40000000, word[3];
    if (argc != 3)
        return 1;
    __asm__ volatile("cpuid" : "+a"(leaf), "=b"(word[0]), "=c"(word[1]), "=d"(word[2]));
    if (memcmp(word, "TickmarkEmu", 12) != 0)
        return 0;
    if (iopl(3) < 0)
        return 1;
    unsigned value = (unsigned)atoi(argv[1]) << 24 | (strtoul(argv[2], NULL, 16) & 0xffffff);
    __asm__ volatile("outl %0, %%dx" : : "a"(value), "d"(0x5e0));
    return 0;
}
