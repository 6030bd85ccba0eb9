# shellcheck shell=sh disable=SC2003,SC2018,SC2019 # programs are what it is about
# shell.sh: what a configure script is made of: subshells, programs that are started and end, pipes, here-documents, text
# tools. The answer is all that it prints.
prepare() {
    warm /bin/dash /bin/sed /bin/grep /bin/cat /usr/bin/sort /usr/bin/tr /usr/bin/wc /usr/bin/uniq /usr/bin/cut /usr/bin/head \
        /usr/bin/expr /usr/bin/test /bin/true /usr/bin/basename
    head -n 3000 /workloads/src/sqlite/sqlite3.c >/tmp/text
}
work() {
    {
        i=0
        while [ $i -lt 60 ]; do
            /bin/true && /usr/bin/expr $i \* 7 + 1
            name=$(basename "/usr/lib/file$i.c" .c)
            echo "$name" | sed 's/file/object/' | tr a-z A-Z
            (
                cd / && test -d tmp && echo "$i $(echo $i | cut -c1)"
            )
            cat <<END | grep -c line
line $i
other
END
            i=$((i + 1))
        done
        i=0
        while [ $i -lt 6 ]; do
            tr -cs 'A-Za-z0-9_' '\n' </tmp/text | sort | uniq -c | sort -rn | head -n $((20 + i))
            grep -n 'sqlite3_' /tmp/text | sed 's/^\([0-9]*\):.*\(sqlite3_[a-z0-9_]*\).*/\2 \1/' | sort -k1,1 -k2n | wc
            i=$((i + 1))
        done
        i=0
        while [ $i -lt 20000 ]; do i=$((i + 1)); done
        echo $i
    } >/tmp/out
}
answer() { cat /tmp/out; }
