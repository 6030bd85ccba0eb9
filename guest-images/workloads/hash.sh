# shellcheck shell=sh
# hash.sh: sums of a file of 8.5 MB in the RAM disk. The answer is the sums.
prepare() {
    warm /usr/bin/sha256sum /usr/bin/sha512sum /usr/bin/sha1sum /usr/bin/md5sum /usr/bin/b2sum /usr/bin/cksum
    cp /workloads/src/sqlite/sqlite3.c /tmp/text
}
work() {
    cd /tmp || return
    for sum in sha256sum sha512sum sha1sum md5sum b2sum cksum; do
        $sum text
        $sum text
    done >sums
}
answer() { cat /tmp/sums; }
