/* Elements, attributes and entities of a page or an SVG; contract in markup.h. */
#include "plots/tests/markup.h"

#include <stdio.h>
#include <string.h>

const char *markup_find_fault(const char *text, bool xml)
{
    static const char *const empty_elements[] = {"meta", "input", "br", "link", "img", "hr"};
    static char why[200];
    char open[64][32];
    int depth = 0;
    for (const char *s = text; *s;) {
        if (*s == '&') {
            size_t len = 1 + strcspn(s + 1, ";<& ");
            if (s[len] != ';' || len > 9 || len < 2) {
                snprintf(why, sizeof why, "a bare & before '%.40s'", s);
                return why;
            }
            s += len;
        }
        if (*s != '<') {
            s++;
            continue;
        }
        if (strncmp(s, "<!", 2) == 0 || strncmp(s, "<?", 2) == 0) {
            s = strchr(s, '>') ? strchr(s, '>') + 1 : s + strlen(s);
            continue;
        }
        bool closing = s[1] == '/';
        const char *name = s + 1 + closing;
        size_t len =
            strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:");
        if (len == 0 || len >= sizeof open[0]) {
            snprintf(why, sizeof why, "a bare < before '%.40s'", s);
            return why;
        }
        const char *end = name + len;
        while (*end && *end != '>') { /* attributes */
            if (*end == '"' || *end == '\'') {
                const char *quote = strchr(end + 1, *end);
                if (!quote)
                    return "an attribute without its closing quote";
                end = quote + 1;
            } else if (*end == '<') {
                snprintf(why, sizeof why, "a < inside the tag '%.40s'", s);
                return why;
            } else {
                end++;
            }
        }
        if (!*end)
            return "a tag without its end";
        bool alone = end[-1] == '/';
        for (size_t i = 0; !xml && i < sizeof empty_elements / sizeof empty_elements[0]; i++)
            alone |= strlen(empty_elements[i]) == len && strncmp(empty_elements[i], name, len) == 0;
        if (closing) {
            if (depth == 0 || strlen(open[depth - 1]) != len ||
                strncmp(open[depth - 1], name, len) != 0) {
                snprintf(why, sizeof why, "</%.*s> where %s is open, before '%.60s'", (int)len,
                         name, depth ? open[depth - 1] : "nothing", end + 1);
                return why;
            }
            depth--;
        } else if (!alone) {
            if (depth == 64)
                return "64 elements deep";
            snprintf(open[depth++], sizeof open[0], "%.*s", (int)len, name);
        }
        s = end + 1;
        if (!xml && !closing &&
            (strncmp(name, "script", len) == 0 || strncmp(name, "style", len) == 0)) {
            char stop[40];
            snprintf(stop, sizeof stop, "</%.*s>", (int)len, name);
            s = strstr(s, stop);
            if (!s)
                return "a script or style without its end";
        }
    }
    if (depth) {
        snprintf(why, sizeof why, "%s is never closed", open[depth - 1]);
        return why;
    }
    return NULL;
}
