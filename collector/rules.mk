# collector/: tickmark itself.
COLLECTOR_SRC := $(wildcard collector/*.c collector/env/*.c)
COLLECTOR_OBJ := $(COLLECTOR_SRC:%.c=$(B)/%.o)
COLLECTOR_LIB := $(filter-out $(B)/collector/main.o,$(COLLECTOR_OBJ))
COLLECTOR_LIBS := -lsqlite3 -ljansson -lnettle -ldl -lutil -lm

# db/rules.mk is read after this file: its objects by their own names
COLLECTOR_DB := $(patsubst %.c,$(B)/%.o,$(filter-out db/embed.c,$(wildcard db/*.c))) $(B)/db/embedded.o

ALL += $(B)/tickmark

$(B)/tickmark: $(COLLECTOR_OBJ) $(COLLECTOR_DB) $(B)/plots/libplots.a
	$(CC) $(CFLAGS) $^ $(COLLECTOR_LIBS) -o $@
