#!/usr/bin/env bash
# The system tests on QEMU and Bochs as well: what they do differently is told, and is no failure.
exec emu/tests/system_suite.sh full
