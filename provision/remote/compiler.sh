#!/bin/sh
# The compiler for Oracle's UEK, which is built with a newer gcc than the system's; kernel-uek-devel brings it along.
# shellcheck shell=sh

# DKMS reads these files after a module's own dkms.conf, at each build, also for kernels that are to come.
build_with_their_gcc() { # RELEASE...: DKMS builds NVIDIA's modules with the gcc that a kernel was built with
    for module in nvidia nvidia-open; do
        put_file "/etc/dkms/$module.conf" 644 <<'END_OF_FILE' || return 1
# From gpuwright: a kernel's modules are built with the gcc of its toolset, where one is here (Oracle's UEK).
_gcc=/opt/rh/gcc-toolset-$(sed -n 's/^CONFIG_GCC_VERSION=\([0-9]*\)[0-9]\{4\}$/\1/p' "/lib/modules/$kernelver/build/.config" 2>/dev/null)/root/usr/bin
[ ! -x "$_gcc/gcc" ] || MAKE[0]="PATH=$_gcc:\$PATH ${MAKE[0]}"
END_OF_FILE
    done
    for each in "$@"; do
        wants=$(sed -n 's/^CONFIG_GCC_VERSION=\([0-9]*\)[0-9]\{4\}$/\1/p' "/lib/modules/$each/build/.config") || return 1
        has=$(gcc -dumpversion 2>/dev/null | cut -d. -f1) || has=
        if [ -x "/opt/rh/gcc-toolset-$wants/root/usr/bin/gcc" ]; then
            echo "$each is built with gcc $wants: DKMS uses that of gcc-toolset-$wants"
        elif [ -n "$has" ] && [ "$has" != "$wants" ]; then
            echo "$each is built with gcc ${wants:-of an unknown version}, the system's is $has, and there is no such toolset:"
            echo "dnf install gcc-toolset-$wants-gcc"
            return 1
        fi
    done
}

undo_their_gcc() {
    undo_file /etc/dkms/nvidia.conf
    undo_file /etc/dkms/nvidia-open.conf
}
