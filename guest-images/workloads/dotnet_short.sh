# shellcheck shell=sh
# dotnet_short.sh: Mono's compiler, itself a managed program, compiles a C# program, which then runs once: nearly all that
# runs is machine code that Mono has just made. The answer is what the program prints.
mono_warm() {
    warm /usr/bin/mono-sgen /usr/lib/mono/4.5/mscorlib.dll /usr/lib/mono/4.5/mcs.exe /usr/lib/mono/gac/*/*/*.dll /etc/mono/config
}
prepare() {
    mono_warm
    cp /workloads/short.cs /tmp/
}
work() {
    cd /tmp || return
    mono-sgen /usr/lib/mono/4.5/mcs.exe -nologo -out:short.exe short.cs
    mono-sgen short.exe >out
}
answer() { cat /tmp/out; }
