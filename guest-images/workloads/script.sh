# shellcheck shell=sh
# script.sh: an office's job: a document with tables, equations and drawings, set for print and for a terminal, six
# times over with other figures. The answer is the pages.
prepare() {
    warm /usr/bin/groff /usr/bin/troff /usr/bin/grops /usr/bin/grotty /usr/bin/tbl /usr/bin/eqn /usr/bin/pic /usr/share/groff/*/font/dev[pa]s*/[A-Z]*
    cp /workloads/paper.ms /tmp/
}
work() {
    cd /tmp || return
    i=1
    while [ $i -le 6 ]; do
        sed "s/@N@/$i/g" paper.ms >paper$i.ms
        groff -p -t -e -ms -Tps paper$i.ms >paper$i.ps
        groff -p -t -e -ms -Tascii paper$i.ms >paper$i.txt
        i=$((i + 1))
    done
}
answer() { cd /tmp && sha256sum paper*.ps paper*.txt; }
