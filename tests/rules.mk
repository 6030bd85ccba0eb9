# tests/: the tests of the tools beside this file. Every folder's own tests are in <folder>/tests/.
CHECK += tests/install_test.sh
CHECK += tests/run_test.sh tests/deps_test.sh tests/lint_test.sh
# nothing of ours is compiled into what these test
ASAN_SKIP += tests/run_test.sh tests/deps_test.sh tests/lint_test.sh
