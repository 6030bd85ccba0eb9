# shellcheck shell=sh
# dotnet_long.sh: a C# program, compiled beforehand, runs for long. The answer is what it prints.
# shellcheck source=guest-images/workloads/dotnet_short.sh
. /workloads/dotnet_short.sh
prepare() {
    mono_warm
    cp /workloads/long.cs /tmp/
    cd /tmp && mono-sgen /usr/lib/mono/4.5/mcs.exe -nologo -out:long.exe long.cs
}
work() { mono-sgen /tmp/long.exe >/tmp/out; }
