# The translator under stress, against interp.
CHECK_FULL += emu/tests/lockstep_stress.sh
