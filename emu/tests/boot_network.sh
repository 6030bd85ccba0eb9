#!/usr/bin/env bash
# Debian's kernel on the network, through each network card: DHCP, ping, files both ways between the guest and a
# server of the host (by HTTP) and through a forwarded port, all with checksums. Then iPXE, from the card's option ROM,
# fetches that kernel over HTTP and boots it. The server is python3's.
# ENGINES and CARDS choose.
. emu/tests/boot_proof.sh
linux=$images/linux-tiny
rom=/usr/lib/ipxe/qemu/pxe-ne2k_pci.rom
need boot_network /usr/share/seabios/bios-256k.bin "$linux/vmlinuz-686" "$linux/initrd-686.gz"
if ! command -v python3 >/dev/null; then
    echo "skip boot_network: no python3"
    exit 0
fi
trap 'boot_stop; kill $server 2>/dev/null; rm -rf "$dir"' EXIT

# --- the host's side ---
mkdir "$dir/www"
head -c 3000000 /dev/urandom >"$dir/www/data"
sum=$(sha256sum <"$dir/www/data" | cut -d' ' -f1)
cp "$linux/vmlinuz-686" "$linux/initrd-686.gz" "$dir/www"
# GET: a file; POST: the SHA-256 of what was sent. Says its port first.
cat >"$dir/server.py" <<'PY'
import hashlib, http.server, os, sys
os.chdir(sys.argv[1])
class Handler(http.server.SimpleHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = hashlib.sha256(body).hexdigest().encode() + b"\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
PY
python3 "$dir/server.py" "$dir/www" >"$dir/port" 2>"$dir/requests" &
server=$!
for ((i = 0; i < 300; i++)); do
    [ -s "$dir/port" ] && break
    sleep 0.1
done
port=$(cat "$dir/port")
# what comes through the forwarded port, until the other side closes
cat >"$dir/client.py" <<'PY'
import hashlib, socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 300)
h = hashlib.sha256()
while b := s.recv(65536):
    h.update(b)
print(h.hexdigest())
PY
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# --- the guest's side: a program in a second archive (format: initramfs.sh) ---
cat >"$dir/netcheck" <<'SH'
#!/bin/sh
for word in $(cat /proc/cmdline); do
    case $word in net.*) eval "${word#net.}" ;; esac
done
cat >/lease <<'E'
#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr add $ip/$mask dev $interface
ip route add default via $router
echo "net: lease $ip router $router dns $dns"
E
chmod +x /lease
modprobe virtio_pci
modprobe $driver
i=0
until [ -e /sys/class/net/eth0 ] || [ $i -ge 600 ]; do
    sleep 0.1
    i=$((i + 1))
done
ip link set eth0 up
udhcpc -i eth0 -n -q -t 20 -s /lease
ping -c 2 -W 60 10.0.2.2 | grep loss
wget -q -O /tmp/data http://10.0.2.2:$port/data
echo "net: got $(sha256sum </tmp/data | cut -d' ' -f1)"
# busybox' wget sends no zeros
length=$(stat -c %s /tmp/data)
answer=$({ printf 'POST / HTTP/1.0\r\nContent-Length: %s\r\n\r\n' "$length" && cat /tmp/data; } | nc 10.0.2.2 $port | tail -n 1)
echo "net: server has $answer"
echo "net: listening"
nc -l -p 5000 </tmp/data
echo "net: served"
grep eth0 /proc/interrupts
SH
archive() {
    python3 - "$1" <<'PY'
import sys
def entry(name, mode, data):
    head = b"070701" + b"".join(b"%08X" % x for x in (1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0))
    head += name.encode() + b"\0"
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)
data = open(sys.argv[1], "rb").read()
sys.stdout.buffer.write(entry("netcheck", 0o100755, data) + entry("TRAILER!!!", 0, b""))
PY
}
{ cat "$linux/initrd-686.gz" && archive "$dir/netcheck" | gzip -n; } >"$dir/initrd"

# says NAME TEXT: within the limit, or a verdict that it did not
says() {
    if boot_await "$2" "$limit"; then
        verdict "$1" ""
        return 0
    fi
    verdict "$1" "no '$2'; $(boot_last)"
    boot_stop
    return 1
}

# transfer ENGINE CARD DRIVER
transfer() {
    local name=boot_network.$2.$1 forward
    forward=$(free_port)
    boot_start "$1" -m 128 -no-reboot -serial stdio -kernel "$linux/vmlinuz-686" -initrd "$dir/initrd" \
        -append "console=ttyS0 no_timer_check tickmark=netcheck net.driver=$3 net.port=$port" \
        -netdev "user,id=n,hostfwd=tcp:127.0.0.1:$forward-:5000" -device "$2,netdev=n,romfile="
    says "$name.dhcp" 'net: lease 10.0.2.15 router 10.0.2.2 dns 10.0.2.3' &&
        says "$name.ping" '2 packets received' &&
        says "$name.download" "net: got $sum" &&
        says "$name.upload" "net: server has $sum" &&
        says "$name.listens" 'net: listening' || return
    got=
    for ((i = 0; i < 20; i++)); do # it says so before it does
        got=$(python3 "$dir/client.py" "$forward" 2>&1 | tail -n 1)
        [ "$got" = "$sum" ] && break
        sleep 1
    done
    why=
    [ "$got" = "$sum" ] || why="'$got' came through the forwarded port; $(boot_last)"
    verdict "$name.hostfwd" "$why"
    says "$name.served" 'net: served' || return
    boot_time "$name"
    boot_end 300
    why=$(linux_trouble)
    [ "$boot_rc" = 0 ] || why="$why exit status $boot_rc; $(boot_last)"
    verdict "$name.ends" "$why"
}

# pxe ENGINE CARD: the BIOS starts the card's ROM, which fetches a script, and that a kernel
pxe() {
    local name=boot_network.$2.$1.ipxe
    cat >"$dir/www/boot-$2" <<E
#!ipxe
kernel http://10.0.2.2:$port/vmlinuz-686 console=ttyS0 no_timer_check tickmark=poweroff initrd=initrd-686.gz
initrd http://10.0.2.2:$port/initrd-686.gz
boot
E
    boot_start "$1" -m 256 -no-reboot -serial stdio -boot n -netdev "user,id=n,bootfile=http://10.0.2.2:$port/boot-$2" \
        -device "$2,netdev=n"
    says "$name" 'tickmark: shell on initramfs' || return
    boot_time "$name"
    boot_end 300
    why=$(linux_trouble)
    grep -q "GET /boot-$2 " "$dir/requests" || why="$why the script was not asked for"
    [ "$boot_rc" = 0 ] || why="$why exit status $boot_rc; $(boot_last)"
    verdict "$name.ends" "$why"
}

for engine in $(engines); do
    for card in ${CARDS:-ne2k_pci virtio-net-pci}; do
        driver=virtio_net
        [ "$card" = ne2k_pci ] && driver=ne2k-pci
        transfer "$engine" "$card" "$driver"
        if [ ! -e $rom ]; then
            echo "skip boot_network.$card.$engine.ipxe: no $rom (package ipxe-qemu)"
        elif [ "$engine" = jit ]; then
            pxe "$engine" "$card"
        fi
    done
done
