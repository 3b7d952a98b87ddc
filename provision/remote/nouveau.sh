#!/bin/sh
# nouveau after a driver's packages have come: they keep it off the cards, or this does, and the initramfs knows of it.
# shellcheck shell=sh

keep_nouveau_off() { # PATH: of our own file, for where no other has such a line; the initramfs anew where it is older
    lines=$(nouveau_files)
    [ -n "$lines" ] || {
        printf 'blacklist nouveau\noptions nouveau modeset=0\n' | put_file "$1" 644
        lines=$1
    }
    # As long as the oldest of these lines is there: a package's file is younger here than its content.
    # shellcheck disable=SC2086 # paths of configuration, one word each
    since=$(stat -L -c %Z $lines | sort -n | head -n 1)
    for image in /boot/initrd.img-* /boot/initramfs-*.img; do
        case $image in *rescue* | *kdump*) continue ;; esac
        [ ! -e "$image" ] || [ "$(stat -c %Y "$image")" -ge "$since" ] || {
            echo "$image is older than the line that keeps nouveau off"
            rebuild_initramfs
            return
        }
    done
}

nouveau_files() { # the files of modprobe that keep it off
    grep -lE '^[[:space:]]*(blacklist[[:space:]]+nouveau[[:space:]]*|install[[:space:]]+nouveau[[:space:]]+/(usr/)?bin/(false|true)[[:space:]]*)$' \
        /etc/modprobe.d/*.conf /run/modprobe.d/*.conf /usr/lib/modprobe.d/*.conf 2>/dev/null || true
}
