#!/usr/bin/env bash
# The quick one of the boot proofs: one kernel on the translator. The others are in make check-full.
ENGINES=jit FLAVOURS=686 exec emu/tests/boot_linux.sh
