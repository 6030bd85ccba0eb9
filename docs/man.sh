#!/usr/bin/env bash
# man.sh PAGE: a manual page on stdout, made from docs/PAGE with each line `.\" TABLE name` replaced by the rows of
# that table in the source: what the programs take is written down once. tickmark-WORD.1, the page of a command, is made
# from its section in docs/commands.man; in tickmark.bash the lines are `# TABLE name`.
set -eu
cd "$(dirname "$0")/.."

# rows FILE 'DEFINES': the table through the preprocessor, one row a line, fields between @
rows() {
    printf '%s\n#include "%s"\n' "$2" "$1" | gcc -E -P -undef -I. -x c - | tr '\n' ' ' | sed 's/ *@@ */\n/g'
}

# What all tables share: C strings into text that troff leaves alone.
awk_common='
function text(s) {
    gsub(/^[ \t]+|[ \t]+$/, "", s)
    if (s ~ /^"/) {
        sub(/^"/, "", s); sub(/"$/, "", s); gsub(/" *"/, "", s)
        gsub(/\\"/, "\"", s)
        gsub(/\\\\/, "\\", s)
    }
    gsub(/\\/, "\\e", s); gsub(/-/, "\\-", s)
    gsub(/\047/, "\\(aq", s); gsub(/`/, "\\(ga", s); gsub(/~/, "\\(ti", s); gsub(/\^/, "\\(ha", s)
    return s
}
function line(s) { if (s ~ /^\./) s = "\\&" s; print s }
BEGIN { FS = "@" }'

# Options of the emulator. Several in a row with one text: those behind the first have none of their own.
table_emu_options() {
    rows emu/options.def '#define FLAG(n, h) n @ "" @ h @@
#define VALUE(n, v, h) n @ v @ h @@
#define LATER(n, v)' | awk "$awk_common"'
    NF >= 3 {
        name = text($1); gsub(/_/, "\\-", name); gsub(/ /, "", name)
        value = text($2); help = text($3)
        if (help == "" && said) { print ".TQ" } else { if (held != "") line(held); print ".TP" }
        print "\\fB\\-" name "\\fR" (value == "" ? "" : " \\fI" value "\\fR")
        if (help != "") held = help
        said = 1
    }
    END { line(held) }'
}
table_settings() {
    rows emu/machine/settings.def '#define SETTING(n, t, d, w) n @ d @ w @@' | awk "$awk_common"'
    NF >= 3 { print ".TP"; print "\\fB" text($1) "\\fR [" text($2) "]"; line(text($3)) }'
}
table_dump() {
    rows emu/machine/dump.def '#define DUMP(n, l, w) l @ w @@' | awk "$awk_common"'
    NF >= 2 { print ".TP"; gsub(/[ \047]/, "", $1); print "\\fB" text($1) "\\fR"; line(text($2)) }'
}
table_monitor() {
    rows emu/monitor/words.def '#define WORD(n, f, a, h) n @ a @ h @@' | awk "$awk_common"'
    NF >= 3 { print ".TP"; print "\\fB" text($1) "\\fR \\fI" text($2) "\\fR"; line(text($3)) }'
}
# A command and the options it takes; their texts are in a table of their own.
table_commands() {
    { rows collector/option.def '#define OPTION(l, n, s, k, f, h) o @ l @ n @@' &&
        rows collector/command.def '#define COMMAND(w, t, h) c @ #w @ t @ h @@'; } | awk "$awk_common"'
    { gsub(/[ \t]/, "", $1) }
    $1 == "o" { gsub(/[ \047]/, "", $2); options[$2] = options[$2] " \\fB" text($3) "\\fR" }
    $1 == "c" {
        sub(/^ *#/, "", $2)
        print ".TP"; print "\\fB" text($2) "\\fR"
        line(text($4) ".")
        taken = text($3); list = ""
        for (i = 1; i <= length(taken); i++) list = list options[substr(taken, i, 1)]
        gsub(/\\fR \\fB/, "\\fR, \\fB", list)
        if (list != "") line("Options:" list ".")
    }'
}
table_collector_options() {
    rows collector/option.def '#define OPTION(l, n, s, k, f, h) n @ s @ #k @ h @@' | awk "$awk_common"'
    NF >= 4 {
        kind = text($3); sub(/^ *#/, "", kind); gsub(/ /, "", kind)
        value = kind == "FLAG" ? "" : kind == "TEXT" ? " \\fITEXT\\fR" : kind == "LIST" ? " \\fIGLOB\\fR" : " \\fIN\\fR"
        print ".TP"; print (text($2) == "" ? "" : "\\fB" text($2) "\\fR, ") "\\fB" text($1) "\\fR" value
        line(text($4))
    }'
}

# The options of one command, as in its own help.
table_own_options() {
    { rows collector/option.def '#define OPTION(l, n, s, k, f, h) o @ l @ n @ s @ #k @ h @@' &&
        rows collector/command.def '#define COMMAND(w, t, h) c @ #w @ t @@'; } | awk -v word="$1" "$awk_common"'
    { gsub(/[ \t]/, "", $1) }
    $1 == "o" {
        gsub(/[ \047]/, "", $2); kind = text($5); sub(/^ *#/, "", kind); gsub(/ /, "", kind)
        value = kind == "FLAG" ? "" : kind == "TEXT" ? " \\fITEXT\\fR" : kind == "LIST" ? " \\fIGLOB\\fR" : " \\fIN\\fR"
        letter[++n] = $2
        tag[n] = (text($4) == "" ? "" : "\\fB" text($4) "\\fR, ") "\\fB" text($3) "\\fR" value
        help[n] = text($6)
    }
    $1 == "c" {
        sub(/^ *#/, "", $2)
        if (text($2) != word) next
        for (i = 1; i <= n; i++)
            if (index($3, letter[i])) { print ".TP"; print tag[i]; line(help[i]) }
    }'
}
command_help() {
    rows collector/command.def '#define COMMAND(w, t, h) #w @ h @@' | awk -v word="$1" "$awk_common"'
    { sub(/^ *#/, "", $1); if (text($1) == word) { help = text($2); sub(/^(\[[^\]]*\]\.*|[A-Z][A-Z. ]*[^:]*):  */, "", help); print help } }'
}
# The page of a command.
command_page() {
    local word=$1
    local head
    head=$(sed -n "s/^\.\\\\\" == $word \(.*\)/\1/p" docs/commands.man)
    if [ -z "$head" ]; then
        echo "man.sh: docs/commands.man has nothing about $word" >&2
        exit 1
    fi
    cat <<EOF
.TH TICKMARK\\-${word^^} 1 "" "Tickmark" "User Commands"
.SH NAME
tickmark\\-$word \\- $(command_help "$word")
.SH SYNOPSIS
.B tickmark $word
${head//-/\\-}
.SH DESCRIPTION
EOF
    awk -v word="$word" '/^\.\\" == / { on = $3 == word; next } on' docs/commands.man
    echo '.SH OPTIONS'
    table_own_options "$word"
    cat <<'EOF'
.PP
Tables are aligned text unless
.BR \-\-json ,
.B \-\-tsv
or
.B \-\-md
says otherwise. On a terminal some words have colours, unless
.B NO_COLOR
is set.
.SH EXIT STATUS
0: all right; 1: a wrong command line or input; 2: a regression was found; 3: an answer of a test was wrong;
4: an environment is missing.
.SH SEE ALSO
.BR tickmark (1)
EOF
}
# For tickmark.bash: what each command takes, and the environments.
table_bash_options() {
    { rows collector/option.def '#define OPTION(l, n, s, k, f, h) o @ l @ n @@' &&
        rows collector/command.def '#define COMMAND(w, t, h) c @ #w @ t @@'; } | awk '
    BEGIN { FS = "@" }
    { gsub(/[ \t"\047#]/, "", $1); gsub(/[ \t"\047#]/, "", $2); gsub(/[ \t"]/, "", $3) }
    $1 == "o" { options[$2] = options[$2] " " $3 }
    $1 == "c" {
        list = ""
        for (i = 1; i <= length($3); i++) list = list options[substr($3, i, 1)]
        print "    taken[" $2 "]=\"" substr(list, 2) "\""
    }'
}
table_bash_envs() {
    rows collector/env/env.def '#define ENV(n) #n @@' | tr -d ' "\043' | tr '_\n' '- ' |
        sed 's/ *$//; s/.*/    envs="&"\n/'
}

if [[ $1 == tickmark-*.1 && ! -e docs/$1 ]]; then
    word=${1#tickmark-}
    command_page "${word%.1}"
    exit
fi
while IFS= read -r row; do
    if [[ $row == '.\" TABLE '* || $row == '# TABLE '* ]]; then
        "table_${row##* }"
    else
        printf '%s\n' "$row"
    fi
done <"docs/$1"
