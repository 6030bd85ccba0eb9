# collector/: tickmark itself.
COLLECTOR_SRC := $(wildcard collector/*.c collector/env/*.c)
COLLECTOR_OBJ := $(COLLECTOR_SRC:%.c=$(B)/%.o)
COLLECTOR_LIB := $(filter-out $(B)/collector/main.o $(B)/collector/command%,$(COLLECTOR_OBJ)) # what tests link
COLLECTOR_LIBS := -lsqlite3 -ljansson -lnettle -lZydis -ldl -lutil -lm

# db/rules.mk is read after this file: its objects by their own names
COLLECTOR_DB := $(patsubst %.c,$(B)/%.o,$(filter-out db/embed.c,$(wildcard db/*.c))) $(B)/db/embedded.o

ALL += $(B)/tickmark

$(B)/tickmark: $(COLLECTOR_OBJ) $(COLLECTOR_DB) $(B)/plots/libplots.a
	$(CC) $(CFLAGS) $^ $(COLLECTOR_LIBS) -o $@

# Tests.  fake_bench speaks the line protocol and misbehaves on demand; the tests find it beside themselves.
COLLECTOR_TESTS := $(filter-out $(B)/collector/tests/test_kill,$(patsubst %.c,$(B)/%,$(wildcard collector/tests/test_*.c)))
COLLECTOR_TEST_LIB := $(B)/collector/tests/case.o $(B)/collector/tests/noise.o $(COLLECTOR_LIB) $(COLLECTOR_DB)

$(B)/collector/tests/fake_bench: $(B)/collector/tests/fake_bench.o $(B)/collector/digest.o $(B)/collector/option.o
	$(CC) $(CFLAGS) $^ -lnettle -o $@

$(B)/collector/tests/test_kill_200.o: collector/tests/test_kill.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -DKILLS=200 -c $< -o $@

# simulations with more trials
$(B)/collector/tests/test_%_full.o: collector/tests/test_%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -DTRIALS=20000 -c $< -o $@
COLLECTOR_LONG := $(B)/collector/tests/test_kill_200 $(B)/collector/tests/test_coverage_full $(B)/collector/tests/test_alarms_full $(B)/collector/tests/test_big_full $(B)/collector/tests/test_fault_full $(B)/collector/tests/test_forms_full

$(COLLECTOR_TESTS) $(B)/collector/tests/test_kill $(COLLECTOR_LONG): \
  $(B)/collector/tests/%: $(B)/collector/tests/%.o $(COLLECTOR_TEST_LIB) | $(B)/collector/tests/fake_bench $(B)/tickmark
	$(CC) $(CFLAGS) $^ $(COLLECTOR_LIBS) -o $@

CHECK += $(COLLECTOR_TESTS) $(B)/collector/tests/test_kill
$(B)/collector/tests/fake_papi.so: collector/tests/fake_papi.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -fPIC -shared -o $@ $<

CHECK += collector/tests/counters_test.sh
CHECK_NEEDS += $(B)/collector/tests/fake_papi.so
CHECK += collector/tests/hot_test.sh collector/tests/disk_test.sh
CHECK += collector/tests/memory_test.sh collector/tests/known_test.sh collector/tests/wine_test.sh
CHECK += collector/tests/bisect_test.sh collector/tests/plan_test.sh
CHECK_NEEDS += $(B)/collector/tests/fake_bench
CHECK_FULL += $(COLLECTOR_LONG) collector/tests/bisect_long_test.sh collector/tests/bisect_emu_test.sh
