# shellcheck shell=sh
# What every package-manager simulation begins and ends with. Run as root on a fresh host of the base.
export DEBIAN_FRONTEND=noninteractive
kernel=${kernel:?}

# The lab's simulated kernel boots the newest kernel in /boot: Debian's goes, the system's own comes as a package.
no_kernel() {
    apt-get purge -qq -y 'linux-image-*' >/dev/null
    for place in /boot /usr/lib/modules /var/lib/initramfs-tools; do
        [ ! -d "$place" ] || find "$place" -mindepth 1 -delete
    done
    rm -f /vmlinuz* /initrd.img*
}

stand_in() { # stand_in NAME: a program from stdin
    cat >"$1"
    chmod 755 "$1"
}
