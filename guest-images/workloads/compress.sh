# shellcheck shell=sh
# compress.sh: gzip -9 of half of SQLite's amalgamation, and back. The answer: the packed bytes and the unpacked ones.
prepare() {
    warm /bin/gzip
    head -c 4000000 /workloads/src/sqlite/sqlite3.c >/tmp/text
}
work() {
    gzip -9 -n <"/tmp/text" >/tmp/text.gz
    gzip -d </tmp/text.gz >/tmp/back
}
answer() { cd /tmp && sha256sum text.gz back; }
