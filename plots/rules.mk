# plots/: the report.  $(B)/plots/libplots.a is what a program links (with -lsqlite3 -ljansson -lm).
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

$(B)/plots/tests/%_test: $(B)/plots/tests/%_test.o $(B)/plots/tests/made_up_store.o \
		$(B)/plots/tests/markup.o $(PLOTS_LIB)
	$(CC) $(CFLAGS) $^ -lsqlite3 -ljansson -lm -o $@

ALL += $(PLOTS_LIB)
CHECK += $(B)/plots/tests/report_test $(B)/plots/tests/curves_test plots/tests/browser.sh
# a browser looks at what report_test wrote, not at the program
ASAN_SKIP += plots/tests/browser.sh
