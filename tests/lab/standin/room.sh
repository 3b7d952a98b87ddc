#!/bin/sh
# A lab host's root without its systemd and network, for tests of the simulated kernel:
# `room.sh ROOT LOWER UPPER HW LAB COMMAND...`, in mount and PID namespaces of its own. Boots, then becomes COMMAND.
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
root=$1 lower=$2 upper=$3 hw=$4 lab=$5
shift 5
bound() { # bound SOURCE PLACE
	if [ -d "$1" ]; then mkdir -p "$root$2"; elif [ ! -e "$root$2" ]; then : >"$root$2"; fi
	mount --bind "$1" "$root$2"
}
node() {
	mknod -m 666 "$root/dev/$1" c "$2" "$3"
}
mount --make-rprivate /
mount -t overlay -o "lowerdir=$lower,upperdir=$upper/changes,workdir=$upper/work" overlay "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs -o mode=755 dev "$root/dev"
node null 1 3
node zero 1 5
node urandom 1 9
mount -t tmpfs -o mode=755 run "$root/run"
bound "$lab" /usr/lib/gpuwright-lab
bound "$lab/ld.so.preload" /etc/ld.so.preload
bound "$hw" /run/gpuwright-lab
bound "$hw/pci" /sys/bus/pci
bound "$hw/module" /sys/module
bound "$hw/proc-driver" /proc/driver
bound "$hw/osrelease" /proc/sys/kernel/osrelease
bound "$hw/version" /proc/version
cd "$root"
pivot_root . .
umount -l .
cd /
/usr/lib/gpuwright-lab/boot </dev/null
exec "$@"
