# A PAPI tool to preload.
$(B)/emu/tests/papi_tool.so: emu/tests/papi_tool.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -fPIC -shared -o $@ $< -lpapi -lsde -pthread

CHECK += emu/tests/papi_sde.sh
CHECK_NEEDS += $(B)/emu/tests/papi_tool.so
