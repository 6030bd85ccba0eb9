/* test_forms.c: every table of every command in its three forms for programs and in the one for
 * people.
 *
 * The commands are those of command.def that take --json, --tsv and --md: one without a line here
 * is a failure.  JSON is read by a parser and is a list of objects with the same keys; TSV has as
 * many cells in each line as in its head; so has Markdown, whose second line is the ruler.  All
 * three agree on rows and columns.  No form has an escape code, since none goes to a terminal. */
#include "collector/tests/case.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef TRIALS
#define SLOW_FORMS 4
#else
#define SLOW_FORMS 1
#endif

static struct case_place place;

/* {db}, {build}, {dir}: of the place; {real}: the true build.  `before` runs in front of each form.
 */
static const struct line {
    const char *command, *words, *before;
    int codes; /* bits of the exit codes that are right */
    int rows;  /* at least so many */
} lines[] = {
    {"sweep", "-d {db} -b {build} -q -r 2 -e native -e emu-jit -t good.*", "", 1, 2},
    {"sweep", "-d {db} -b {build} -q --dry-run -t good.*", "", 1, 3},
    {"sweep", "-d {db} -b {build} -q -r 2 -e native -t good.a --aa", "", 1, 2},
    {"run", "-d {db} -b {build} -r 2 -t good.a -t bad.wrong -t bad.skip", "", 1 << 3, 3},
    {"status", "-d {db}", "", 1, 2},
    {"resume", "-d {db} -b {build}",
     "sqlite UPDATE sweep SET state='planned', runner=NULL WHERE id=1", 1, 2},
    {"list", "-b {build}", "", 1, 20},
    {"known", "-d {db}", "", 1 | 1 << 1, 0},
    {"host", "", "", 1, 5},
    {"host", "-a -d {db}", "", 1, 2},
    {"slowdown", "-d {db}", "", 1, 5},
    {"stages", "-d {db}", "", 1, 5},
    {"stages", "-d {db} --items", "", 1, 5},
    {"stages", "-d {db} first second", "", 1, 5},
    {"hot", "{dir}/hot.json", "", 1, 2},
    {"diff", "{dir}/hot.json {dir}/hot.json", "", 1, 2},
    {"diff", "-d {db} first second", "", 1, 5},
    {"counters", "-b {real} -r 1 -t int.nop", "", 1, 2},
    {"compare", "-d {db} first second", "", 1, 5},
    {"compare", "-d {db} env:native env:emu-jit", "", 1, 5},
    {"trend", "-d {db} good.a", "", 1, 1},
    {"regress", "-d {db} first second", "", 1 << 2, 1},
    {"regress", "-d {db} --all first second", "", 1 << 2, 5},
    {"confirm", "-d {db} -b {build} --old {build} -r 2", "tickmark regress -d {db} first second", 1,
     1},
    {"confirm", "-d {db} -b {build} --old {build}", "", 1, 0},
    {"bisect", "good bad good.a -b {build} --repo {dir}/repo --cache {dir}/cache --rounds 6", "", 1,
     2},
    {"import", "-d {dir}/other.db {dir}/one.tmx", "", 1, 1},
    {"check", "-d {db}", "", 1, 0},
    {"chart", "--list", "", 1, 5},
    /* with what would end a cell or a line in its texts */
    {"work", "-d {db}",
     "sqlite UPDATE test SET name='work.a|b' || char(10,9) || 'c', family='work' WHERE "
     "name='good.h/4096'; UPDATE newest SET name='work.a|b' || char(10,9) || 'c' WHERE "
     "name='good.h/4096'",
     1, 1},
};

/* Commands whose words mean another thing: which of them print a table, by command.def. */
static const struct {
    const char *word, *taken;
} commands[] = {
#define COMMAND(word, taken, help) {#word, taken},
#include "collector/command.def"
#undef COMMAND
};

static void fill_in(const char *from, char *to, size_t room)
{
    char self[700];
    snprintf(self, sizeof self, "%.600s", place.tickmark);
    *strrchr(self, '/') = 0; /* the folder of the true programs */
    const char *const names[][2] = {
        {"{db}", place.db}, {"{build}", place.build}, {"{dir}", place.dir}, {"{real}", self}};
    size_t used = 0;
    while (*from && used + 1 < room) {
        size_t i = 0;
        while (i < 4 && strncmp(from, names[i][0], strlen(names[i][0])) != 0)
            i++;
        if (i == 4) {
            to[used++] = *from++;
            continue;
        }
        used += (size_t)snprintf(to + used, room - used, "%s", names[i][1]);
        from += strlen(names[i][0]);
    }
    to[used < room ? used : room - 1] = 0;
}

static int run_shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int run_shell(const char *format, ...)
{
    char text[9000];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    int status = system(text);
    return status < 0 ? -1 : status >> 8;
}

static char *read_output(void)
{
    char path[700];
    static char text[1 << 20];
    snprintf(path, sizeof path, "%s/out", place.dir);
    FILE *in = fopen(path, "r");
    text[in ? fread(text, 1, sizeof text - 1, in) : 0] = 0;
    if (in)
        fclose(in);
    return text;
}

struct shape {
    int rows, columns;
};

static const char *shape_json(char *text, struct shape *shape)
{
    json_error_t error;
    static char why[200];
    json_t *list = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    const char *found = NULL;
    if (!json_is_array(list)) {
        snprintf(why, sizeof why, "no list: %.150s", list ? "another value" : error.text);
        json_decref(list);
        return why;
    }
    shape->rows = (int)json_array_size(list);
    shape->columns = shape->rows ? (int)json_object_size(json_array_get(list, 0)) : 0;
    for (size_t i = 0; !found && i < json_array_size(list); i++) {
        const char *key;
        json_t *value, *first = json_array_get(list, 0), *row = json_array_get(list, i);
        if (!json_is_object(row) || json_object_size(row) != (size_t)shape->columns)
            found = "its objects are of different sizes";
        json_object_foreach(row, key, value)
        {
            if (!json_object_get(first, key))
                found = "its objects have different keys";
            if (json_is_object(value) || json_is_array(value))
                found = "a value is no text and no number";
        }
    }
    json_decref(list);
    return found;
}

static const char *shape_tsv(char *text, struct shape *shape)
{
    int lines_seen = 0;
    for (char *line = text, *end; *line; line = end + 1) {
        int cells = 1;
        end = strchr(line, '\n');
        if (!end)
            return "its last line has no end";
        for (char *at = line; at < end; at++)
            cells += *at == '\t';
        if (!lines_seen++)
            shape->columns = cells;
        if (cells != shape->columns)
            return "a line has another number of cells";
    }
    shape->rows = lines_seen - 1;
    return lines_seen ? NULL : "it is empty";
}

/* Cells of a line between bars; -1: it does not begin and end with one. */
static int count_cells(const char *line, const char *end)
{
    int bars = 0;
    for (const char *at = line; at < end; at++)
        bars += *at == '|' && (at == line || at[-1] != '\\');
    return *line == '|' && end[-1] == '|' ? bars - 1 : -1;
}

static int is_ruler(const char *line, const char *end)
{
    return strspn(line, "|-: ") >= (size_t)(end - line);
}

/* Lines that begin with a bar are the table; others are text around it. */
static const char *shape_md(char *text, struct shape *shape)
{
    int lines_seen = 0, is_over = 0;
    for (char *line = text, *end; *line; line = end + 1) {
        end = strchr(line, '\n');
        if (!end)
            return "its last line has no end";
        if (*line != '|') {
            is_over |= lines_seen > 0;
            continue;
        }
        if (is_over)
            return "there are two tables";
        int cells = count_cells(line, end);
        if (!lines_seen)
            shape->columns = cells;
        if (cells < 1 || cells != shape->columns)
            return "a line has another number of cells";
        if (++lines_seen == 2 && !is_ruler(line, end))
            return "its second line is no ruler";
    }
    shape->rows = lines_seen - 2;
    return lines_seen >= 2 ? NULL : "there is no table";
}

static const struct {
    const char *option;
    const char *(*read)(char *text, struct shape *shape);
} forms[] = {{"--json", shape_json}, {"--tsv", shape_tsv}, {"--md", shape_md}, {"", NULL}};

/* Some commands change what the next form would find: it is made so again. */
static int prepare(const char *before)
{
    char words[2000];
    if (!strncmp(before, "sqlite ", 7)) {
        char err[700];
        return case_change(&place, before + 7, err, sizeof err);
    }
    fill_in(before, words, sizeof words);
    if (!strncmp(words, "tickmark ", 9))
        run_shell("%s %s >/dev/null 2>&1", place.tickmark, words + 9);
    return 0;
}

/* Measures for seconds: one form is enough, but for the long test. */
static int is_slow(const struct line *line)
{
    return !strcmp(line->command, "bisect") || !strcmp(line->command, "confirm") ||
           !strcmp(line->command, "counters") || strstr(line->words, "--aa") != NULL;
}

static void test_line(const struct line *line)
{
    struct shape shapes[4] = {{0, 0}};
    char words[2000], name[300];
    fill_in(line->words, words, sizeof words);
    size_t count = is_slow(line) ? SLOW_FORMS : 4;
    for (size_t f = 0; f < count; f++) {
        snprintf(name, sizeof name, "%s %.120s %s", line->command, line->words, forms[f].option);
        int prepared = prepare(line->before);
        int code = run_shell("%s %s %s %s >%s/out 2>%s/err </dev/null", place.tickmark,
                             line->command, words, forms[f].option, place.dir, place.dir);
        char *text = read_output();
        const char *why = forms[f].read ? forms[f].read(text, &shapes[f]) : NULL;
        if (prepared < 0)
            why = "its place could not be made";
        else if (code < 0 || code > 30 || !(line->codes & 1 << code))
            why = "it ends otherwise";
        else if (strchr(text, '\033'))
            why = "it has an escape code";
        else if (!why && forms[f].read && shapes[f].rows < line->rows)
            why = "it has fewer rows";
        case_report(name, !why, "%s (exit code %d, %d rows): %.200s", why, code, shapes[f].rows,
                    text);
    }
    if (count < 4)
        return;
    snprintf(name, sizeof name, "%s %.120s: the forms agree", line->command, line->words);
    /* --md is for people, who get less: fewer rows, or columns */
    case_report(name,
                shapes[0].rows == shapes[1].rows && shapes[2].rows <= shapes[1].rows &&
                    (!shapes[0].rows || shapes[0].columns == shapes[1].columns) &&
                    shapes[2].columns <= shapes[1].columns,
                "rows %d %d %d, columns %d %d %d", shapes[0].rows, shapes[1].rows, shapes[2].rows,
                shapes[0].columns, shapes[1].columns, shapes[2].columns);
}

/* A profile of two blocks, one of which names what would end a cell. */
static int write_profile(void)
{
    return run_shell(
        "printf '%%s' '{\"v\":1,\"engine\":\"jit\",\"clk\":1000,\"insns\":50,\"stages\":"
        "{\"execute\":{\"clk\":900,\"entries\":1,\"items\":50,\"bytes\":0},\"helper\":{\"clk\":100,"
        "\"entries\":1,\"items\":1,\"bytes\":0}},\"hot\":{\"period_us\":200,\"clk_elsewhere\":10,"
        "\"samples\":{\"execute\":90},\"blocks\":[{\"linear\":4096,\"phys\":4096,\"mode\":1,"
        "\"clk\":700,\"samples\":70,\"execs\":10,\"insns\":3,\"stages\":{\"execute\":700}},"
        "{\"linear\":8192,\"phys\":8192,\"mode\":1,\"clk\":200,\"samples\":20,\"execs\":5,"
        "\"insns\":2,\"stages\":{\"execute\":200}}]}}' >%s/hot.json",
        place.dir);
}

/* Two commits, the second of which is slower. */
static int make_repository(const char *fake)
{
    return run_shell(
        "set -e; exec >/dev/null 2>&1; export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 "
        "GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@t GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@t; "
        "git init -q %s/repo; cd %s/repo; for f in 1 1.5; do "
        "printf 'build/tickmark-emu: program\\n\\tmkdir -p build\\n\\tcp program $@\\n' >Makefile; "
        "printf '#!/bin/sh\\nFAKE_SLOW=\"good.a %%s\" exec %s \"$@\"\\n' $f >program; "
        "chmod +x program; git add -A; git commit -qm \"a | bar in $f\"; "
        "if [ $f = 1 ]; then git tag good; else git tag bad; fi; done",
        place.dir, place.dir, fake);
}

static int make_place(const char *argv0)
{
    char self[4096], fake[4200];
    if (!realpath(argv0, self))
        return -1;
    *strrchr(self, '/') = 0;
    snprintf(fake, sizeof fake, "%s/fake_bench", self);
    setenv("FAKE_SLEEP_US", "0", 1);
    int failed =
        run_shell("%s sweep -d %s -b %s -q -r 6 -e native -e emu-jit -t good.* -l first >/dev/null "
                  "2>&1",
                  place.tickmark, place.db, place.build);
    setenv("FAKE_SLOW", "good.a 1.5", 1);
    failed |= run_shell(
        "%s sweep -d %s -b %s -q -r 6 -e native -e emu-jit -t good.* -l second >/dev/null "
        "2>&1",
        place.tickmark, place.db, place.build);
    unsetenv("FAKE_SLOW");
    failed |= run_shell("%s export -d %s --file %s/one.tmx >/dev/null 2>&1", place.tickmark,
                        place.db, place.dir);
    return failed | write_profile() | make_repository(fake) ? -1 : 0;
}

int main(int argc, char **argv)
{
    setenv("CASE_IN_MEMORY", "1", 1);
    if (argc < 1 || case_open_place(&place, argv[0]) < 0 || make_place(argv[0]) < 0) {
        printf("FAIL forms: no place to work in\n");
        case_close_place(&place);
        return 1;
    }
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        int is_here = 0;
        for (size_t k = 0; k < sizeof lines / sizeof *lines; k++)
            is_here |= !strcmp(lines[k].command, commands[i].word);
        if (strchr(commands[i].taken, 'f'))
            case_report(commands[i].word, is_here, "it prints a table that is not tested here");
    }
    for (size_t k = 0; k < sizeof lines / sizeof *lines; k++)
        test_line(&lines[k]);
    case_close_place(&place);
    return case_failures > 0;
}
