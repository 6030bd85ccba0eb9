/* embed.c: build-time generator.  `embed BASE FILE...` writes C source to stdout that holds the
 * files as the table of db/embedded.h; BASE is the folder that names are relative to.  A file that
 * cannot be read, or that holds a NUL byte, is an error that names it. */
#include <stdio.h>
#include <string.h>

static int embed_file(const char *path, size_t number)
{
    FILE *in = fopen(path, "rb");
    if (!in) {
        fprintf(stderr, "embed: cannot open %s\n", path);
        return -1;
    }
    printf("static const char file_%zu[] = {", number);
    int c;
    size_t bytes = 0;
    while ((c = getc(in)) != EOF) {
        if (!c) {
            fprintf(stderr, "embed: %s holds a NUL byte\n", path);
            fclose(in);
            return -1;
        }
        /* as signed numbers: bytes of UTF-8 do not fit a plain char otherwise */
        printf("%s%d,", bytes++ % 20 ? "" : "\n    ", c > 127 ? c - 256 : c);
    }
    printf("\n    0};\n");
    int bad = ferror(in);
    fclose(in);
    if (bad)
        fprintf(stderr, "embed: cannot read %s\n", path);
    return bad ? -1 : 0;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: embed BASE FILE...\n");
        return 1;
    }
    printf("#include \"db/embedded.h\"\n");
    for (int i = 2; i < argc; i++)
        if (embed_file(argv[i], (size_t)i) < 0)
            return 1;
    printf("const struct embedded_file embedded_files[] = {\n");
    size_t base = strlen(argv[1]);
    for (int i = 2; i < argc; i++) {
        const char *name = argv[i];
        if (!strncmp(name, argv[1], base) && name[base] == '/')
            name += base + 1;
        printf("    {\"%s\", file_%d, sizeof file_%d - 1},\n", name, i, i);
    }
    printf("};\nconst size_t embedded_count = %d;\n", argc - 2);
    return fflush(stdout) ? 1 : 0;
}
