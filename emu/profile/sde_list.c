// libtickmark-sde.so: names the emulator's events to tools that ask a library for them, such as
// `papi_native_avail -sde libtickmark-sde.so`. It counts nothing: values are had from a running
// emulator (sde.h).
#include <sde_lib.h>

#include "emu/profile/sde_event.h"

papi_handle_t papi_sde_hook_list_events(papi_sde_fptr_struct_t *tool)
{
    static long long nothing;
    papi_handle_t handle = tool->init(SDE_LIBRARY);
    for (unsigned i = 0; handle && i < SDE_EVENTS; i++) {
        tool->register_counter(handle, sde_events[i].name, PAPI_SDE_RO | PAPI_SDE_INSTANT,
                               PAPI_SDE_long_long, &nothing);
        tool->describe_counter(handle, sde_events[i].name, sde_events[i].what);
    }
    return handle;
}
