#!/usr/bin/env bash
# bisect_test.sh with the cases that measure again (check-full).
LONG=1 exec "$(dirname "$0")/bisect_test.sh"
