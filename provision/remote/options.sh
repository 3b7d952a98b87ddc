#!/bin/sh
# Options of NVIDIA's modules: an initramfs that holds the modules has them too, and what is loaded is loaded anew.
# shellcheck shell=sh

options_in_initramfs() { # made anew where one holds a module of NVIDIA's, or where what it holds cannot be listed
    for image in /boot/initrd.img-* /boot/initramfs-*.img; do
        case $image in *rescue* | *kdump*) continue ;; esac
        [ -e "$image" ] || continue
        names=$(lsinitramfs "$image" 2>/dev/null) || names=$(lsinitrd "$image" 2>/dev/null) || names=unknown/nvidia.ko
        ! echo "$names" | grep -q '/nvidia[^/]*\.ko' || {
            echo "$image holds a module of NVIDIA's, or cannot be listed: it is made anew, for the options"
            rebuild_initramfs
            return
        }
    done
}

reload_driver() { # the modules that are loaded, and the daemon that keeps them so, as they were; nothing where none is
    [ -d /sys/module/nvidia ] || return 0
    was=
    for module in nvidia_uvm nvidia_modeset nvidia_drm nvidia_peermem; do
        [ ! -d "/sys/module/$module" ] || was="$was $module"
    done
    kept=$(systemctl is-active nvidia-persistenced.service 2>/dev/null) || kept=
    unloaded=yes
    unload_driver || unloaded=
    load_driver || return 1
    for module in $was; do
        modprobe "$module" || modprobe "nvidia-current-${module#nvidia_}" || return 1
    done
    [ "$kept" != active ] || systemctl start nvidia-persistenced.service || return 1
    [ -n "$unloaded" ]
}
