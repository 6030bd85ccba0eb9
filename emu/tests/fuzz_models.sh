#!/bin/sh
# Random machines of every CPU model on both engines: the translator decodes by the model's features, too.
for model in 486 pentium pentium2 pentium3 core2 nehalem haswell host; do
    if out=$("${B:-build}"/emu/tests/engine_fuzz -c $model -n 2500 -s 5640); then
        echo "ok engine_fuzz.$model"
    else
        echo "FAIL engine_fuzz.$model: $(echo "$out" | grep FAIL | head -1)"
    fi
done
