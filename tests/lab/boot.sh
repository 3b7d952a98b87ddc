#!/bin/sh
# Becomes PID 1 of a host: `boot.sh MACHINE`, already in namespaces of its own.
#
# Everything that is mounted here is gone with the host. What is read-only is so against accidents: a root that sets
# out to remount it can, but it cannot load modules, set the clock or open a device of this machine (see README.md).
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
machine=$1
root=$machine/root
name=$(cat "$machine/name")

# Seen through the outer /proc, this process is already what will be PID 1 inside.
read -r outer _ </proc/self/stat
echo "$outer" >"$machine/init.pid"

hostname "$name"
mount --make-rprivate /
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
mount -t sysfs -o nosuid,nodev,noexec,ro sysfs "$root/sys"
mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$root/sys/fs/cgroup"

mount -t tmpfs -o mode=755,nosuid dev "$root/dev"
while read -r node major minor; do
	mknod -m 666 "$root/dev/$node" c "$major" "$minor"
done <<-NODES
	null 1 3
	zero 1 5
	full 1 7
	random 1 8
	urandom 1 9
	tty 5 0
NODES
mkdir "$root/dev/pts" "$root/dev/shm" "$root/dev/mqueue"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
mount -t tmpfs -o nosuid,nodev shm "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/0 "$root/dev/stdin"
ln -s fd/1 "$root/dev/stdout"
ln -s fd/2 "$root/dev/stderr"
mount -t tmpfs -o mode=755,nosuid,nodev run "$root/run"

# The machine's own cards: nothing under /sys or /proc may name them.
for place in "$root"/sys/devices/pci* "$root/sys/class/drm" "$root/proc/bus/pci"; do
	[ ! -d "$place" ] || mount -t tmpfs -o ro,size=4k,mode=555 nothing "$place"
done
: >"$machine/nothing"
for place in modules fb iomem; do
	[ ! -e "$root/proc/$place" ] || mount --bind "$machine/nothing" "$root/proc/$place"
done

# Settings of the machine's kernel can be read; those of the network are the host's own, in its own namespace.
mount --bind "$root/proc/sys" "$root/proc/sys"
mount --bind "$root/proc/sys/net" "$root/proc/sys/net"
mount -o remount,bind,ro,nosuid,nodev,noexec "$root/proc/sys"
for place in sysrq-trigger irq acpi scsi; do
	[ -e "$root/proc/$place" ] || continue
	mount --bind "$root/proc/$place" "$root/proc/$place"
	mount -o remount,bind,ro,nosuid,nodev,noexec "$root/proc/$place"
done

cat /proc/sys/kernel/random/uuid >"$machine/boot_id.new"
mv "$machine/boot_id.new" "$machine/boot_id"
mount --bind "$machine/boot_id" "$root/proc/sys/kernel/random/boot_id"
mount -o remount,bind,ro "$root/proc/sys/kernel/random/boot_id"

# What this host has besides: lines of mode, source and place, written when it was set up.
while IFS="	" read -r mode source place; do
	if [ -d "$source" ]; then
		[ -d "$root$place" ] || mkdir -p "$root$place"
	elif [ ! -e "$root$place" ]; then
		continue
	fi
	mount --bind "$source" "$root$place"
	[ "$mode" != ro ] || mount -o remount,bind,ro "$root$place"
done <"$machine/binds"

cd "$root"
pivot_root . .
umount -l .
# As systemd leaves it on a machine: on a private root, dockerd binds its data root over itself, and links fail there.
mount --make-rshared /
cd /
mkdir /run/systemd
echo lab >/run/systemd/container

boot=/usr/lib/gpuwright-lab/boot
[ ! -x "$boot" ] || env -i PATH="$PATH" "$boot" </dev/null || echo "the simulated kernel ended with $?"

dropped=-sys_module,-sys_time,-sys_rawio,-syslog,-wake_alarm,-mac_admin,-mac_override,-linux_immutable
exec env -i container=lab PATH="$PATH" setpriv --bounding-set="$dropped" --inh-caps="$dropped" \
	/lib/systemd/systemd </dev/null >/dev/null 2>&1
