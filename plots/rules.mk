# plots/: the report.  $(B)/plots/libplots.a is what a program links (with the objects of db/, -lsqlite3 -ljansson -lnettle -lm).
PLOTS_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard plots/*.c)) $(B)/plots/embedded.o
PLOTS_LIB := $(B)/plots/libplots.a
PLOTS_TEXT := $(wildcard db/queries/chart_*.sql) db/queries/means.sql db/queries/left_out.sql plots/page.css plots/page.js

$(B)/plots/embedded.c: plots/embed.sh plots/rules.mk $(PLOTS_TEXT)
	@mkdir -p $(@D)
	plots/embed.sh $(PLOTS_TEXT) >$@.tmp && mv $@.tmp $@

$(B)/plots/embedded.o: $(B)/plots/embedded.c
	$(CC) $(CPPFLAGS) $(CFLAGS) -c $< -o $@

$(PLOTS_LIB): $(PLOTS_OBJ)
	@rm -f $@
	ar rcs $@ $^

# db/rules.mk may be read after this file: its objects by their own names
PLOTS_DB := $(patsubst %.c,$(B)/%.o,$(filter-out db/embed.c,$(wildcard db/*.c))) $(B)/db/embedded.o

$(B)/plots/tests/%_test: $(B)/plots/tests/%_test.o $(B)/plots/tests/made_up_store.o \
		$(B)/plots/tests/markup.o $(PLOTS_LIB) $(PLOTS_DB)
	$(CC) $(CFLAGS) $^ -lsqlite3 -ljansson -lnettle -lm -o $@

ALL += $(PLOTS_LIB)
CHECK += $(B)/plots/tests/report_test $(B)/plots/tests/curves_test plots/tests/browser.sh
# a browser looks at what report_test wrote, not at the program
ASAN_SKIP += plots/tests/browser.sh
