/* main.c: tickmark: finds the command in command.def and calls it. */
#include "collector/child.h"
#include "collector/command.h"

#include <signal.h>
#include <string.h>

static const struct command {
    const char *word, *taken, *help;
    int (*call)(const struct options *options);
} commands[] = {
#define COMMAND(word, taken, help) {#word, taken, help, command_##word},
#include "collector/command.def"
#undef COMMAND
};
#define COMMANDS (sizeof commands / sizeof *commands)

int command_fail(const char *message)
{
    fprintf(stderr, "tickmark: %s\n", message);
    return 1;
}

static int print_help(FILE *out)
{
    fprintf(out, "usage: tickmark COMMAND [OPTION]...\n\n");
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-10s %s\n", commands[i].word, commands[i].help);
    fprintf(out, "\n`tickmark COMMAND --help` lists the command's options.\n");
    return out == stdout ? 0 : 1;
}

static int unknown_command(const char *word)
{
    const char *words[COMMANDS];
    char message[200];
    for (size_t i = 0; i < COMMANDS; i++)
        words[i] = commands[i].word;
    const char *near = option_nearest(word, words, COMMANDS);
    snprintf(message, sizeof message, "unknown command %.60s%s%s%s", word,
             near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    return command_fail(message);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    child_adopt_orphans();
    if (argc < 2)
        return print_help(stderr);
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
        return print_help(stdout);
    for (size_t i = 0; i < COMMANDS; i++) {
        struct options options;
        char err[512];
        if (strcmp(commands[i].word, argv[1]))
            continue;
        for (int k = 2; k < argc; k++)
            if (!strcmp(argv[k], "--help") || !strcmp(argv[k], "-h")) {
                printf("tickmark %s: %s\n\n", commands[i].word, commands[i].help);
                option_print_help(commands[i].taken, stdout);
                return 0;
            }
        if (option_parse(argc - 2, argv + 2, commands[i].taken, &options, err, sizeof err) < 0)
            return command_fail(err);
        return commands[i].call(&options);
    }
    return unknown_command(argv[1]);
}
