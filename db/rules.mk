# db/: the result store.  embed.c turns migrations, queries and reference figures into C source.
DB_EMBED := $(sort $(wildcard db/migrations/*.sql db/queries/*.sql db/reference/*.csv))
DB_SRC   := db/store.c db/sql.c db/query.c db/identity.c db/sweep.c db/result.c db/reference.c \
            db/export.c db/import.c db/care.c
DB_OBJ   := $(DB_SRC:%.c=$(B)/%.o) $(B)/db/embedded.o
DB_LIBS  := -lsqlite3 -ljansson -lnettle -lm

$(B)/db/embed: db/embed.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $< -o $@

# the list of names is a prerequisite too: a query that was added or removed rebuilds the table
$(B)/db/embedded.list: FORCE
	@mkdir -p $(@D)
	@echo '$(DB_EMBED)' | cmp -s - $@ || echo '$(DB_EMBED)' > $@

$(B)/db/embedded.c: $(B)/db/embed $(DB_EMBED) $(B)/db/embedded.list
	$(B)/db/embed db $(DB_EMBED) > $@.tmp && mv $@.tmp $@

$(B)/db/embedded.o: $(B)/db/embedded.c
	$(CC) $(CPPFLAGS) $(CFLAGS) -c $< -o $@

$(B)/db/tests/%: $(B)/db/tests/%.o $(DB_OBJ)
	$(CC) $(CFLAGS) $^ $(DB_LIBS) -o $@

CHECK += $(patsubst db/tests/%.c,$(B)/db/tests/%,$(wildcard db/tests/test_*.c))
.PHONY: FORCE
FORCE:
