# shellcheck shell=sh
# Enterprise Linux: dnf and rpm of Debian are in charge; dpkg and apt, to which all that runs belongs, are put away.
release=${release:?} kernel=${kernel:?} # the kernel with its architecture, as uname -r says it
away=/usr/share/gpuwright-lab-debian

apt-get update -qq
apt-get install -qq -y --no-install-recommends dnf rpm createrepo-c dnf-plugins-core python3-rpm cpio curl gnupg iptables libdevmapper1.02.1 >/dev/null
no_kernel

echo "$release" >/etc/dnf/vars/releasever
echo "$release" >/etc/dnf/vars/releasever_major
sed -i 's/^enabled.*/enabled = false/' /etc/dnf/plugins/local.conf
mkdir -p /etc/yum.repos.d /etc/sysconfig /usr/lib64 /etc/pki/rpm-gpg /etc/pki/tls/certs /var/lib/alternatives
ln -s /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt
echo /usr/lib64 >/etc/ld.so.conf.d/lib64.conf
for name in kernel network; do : >"/etc/sysconfig/$name"; done

stand_in /usr/bin/yum <<'END_OF_FILE'
#!/bin/sh
# Stand-in of a gpuwright lab host for yum: the real dnf of Debian answers.
exec /usr/bin/dnf-3 "$@"
END_OF_FILE
stand_in /usr/bin/yum-config-manager <<'END_OF_FILE'
#!/bin/sh
# Stand-in of a gpuwright lab host for yum-config-manager: the real dnf config-manager of Debian answers.
exec /usr/bin/dnf-3 -y config-manager "$@"
END_OF_FILE
stand_in /usr/bin/needs-restarting <<'END_OF_FILE'
#!/bin/sh
# Stand-in of a gpuwright lab host for needs-restarting: the real dnf needs-restarting of Debian answers.
exec /usr/bin/dnf-3 needs-restarting "$@"
END_OF_FILE
stand_in /usr/bin/dracut <<'END_OF_FILE'
#!/bin/sh
# Stand-in of a gpuwright lab host for dracut: an initramfs that holds the modprobe configuration and nothing else.
# dracut [-f] [--regenerate-all] [--kver RELEASE] [IMAGE [RELEASE]]; without -f an image that is there is refused.
force='' all='' image='' kernel=''
while [ $# -gt 0 ]; do
    case $1 in
        -f | --force) force=y ;;
        --regenerate-all) all=y force=y ;;
        --kver) kernel=$2 && shift ;;
        --kver=*) kernel=${1#*=} ;;
        -*) ;;
        *) if [ -z "$image" ]; then image=$1; else kernel=$1; fi ;;
    esac
    shift
done
write() { # write IMAGE RELEASE
    if [ ! -d "/lib/modules/$2" ]; then
        echo "dracut: Cannot find module directory /lib/modules/$2/" >&2
        return 1
    fi
    if [ -e "$1" ] && [ -z "$force" ]; then
        echo "dracut: Will not override existing initramfs ($1) without --force" >&2
        return 1
    fi
    (cd / && find etc/modprobe.d usr/lib/modprobe.d -print 2>/dev/null | cpio --quiet -o -H newc) >"$1.new" && mv "$1.new" "$1"
}
if [ -n "$all" ]; then
    status=0
    for folder in /lib/modules/*; do
        kernel=${folder##*/}
        [ ! -e "/boot/vmlinuz-$kernel" ] || write "/boot/initramfs-$kernel.img" "$kernel" || status=1
    done
    exit "$status"
fi
kernel=${kernel:-$(uname -r)}
write "${image:-/boot/initramfs-$kernel.img}" "$kernel"
END_OF_FILE
ln -sf dnf-3 /usr/bin/dnf

# An rpm that claims what the Debian below already has, so that packages which need a shell or a C library find one.
claim() {
    build=$(mktemp -d)
    cat >"$build/claim.spec" <<END_OF_SPEC
Name: gpuwright-lab-system
Version: $release
Release: 1
Summary: Claims what the Debian below this simulated system already has
License: MIT
BuildArch: noarch
AutoReqProv: no
$(claims)
%description
A lab host runs Debian 12; this package stands for the packages of the simulated system that it replaces.
%files
END_OF_SPEC
    rpmbuild --quiet -D "_topdir $build" -bb "$build/claim.spec"
    rpm -i --quiet "$build"/RPMS/noarch/*.rpm 2>/dev/null
    rm -rf "$build"
}
claims() {
    for name in bash=5.2 glibc=2.36 coreutils=9.1 systemd=252 filesystem=3.16 setup=2.13 shadow-utils=4.13 util-linux=2.38 kmod=30 \
        libcap=2.66 pciutils=3.9 dnf-plugins-core=4.3 yum-utils=4.3 dnf=4.14 yum=4.14 rpm=4.18 ca-certificates=2023 \
        "system-release=$release" "redhat-release=$release" "centos-release=$release" "rocky-release=$release" \
        iptables=1.8 procps-ng=4.0 device-mapper-libs=1.02 libseccomp=2.5 tar=1.34 xz=5.4 gzip=1.12 sed=4.9 gawk=5.2 grep=3.8 \
        findutils=4.9 which=2.21 perl=5.36 python=2.7.5 python3=3.11 zlib=1.2 libstdc++=12.2 libgcc=12.2 curl=7.88; do
        echo "Provides: ${name%%=*} = ${name#*=}"
    done
    echo 'Provides: /bin/sh, /bin/bash, /usr/bin/bash, /sbin/ldconfig, /usr/sbin/ldconfig, /usr/bin/env, /usr/bin/perl'
}

put_away() { # what would give the host away as Debian
    mkdir -p "$away/usr/bin" "$away/usr/sbin" "$away/etc" "$away/var"
    for place in /var/lib/dpkg /var/lib/apt /var/cache/apt /var/log/apt /var/log/dpkg.log /etc/apt /etc/dpkg /etc/debian_version \
        /etc/kernel /etc/initramfs-tools /usr/sbin/update-initramfs /usr/sbin/mkinitramfs /usr/bin/lsinitramfs /usr/bin/deb-systemd-* \
        /usr/bin/apt /usr/bin/apt-* /usr/bin/dpkg /usr/bin/dpkg-* /usr/sbin/dpkg-* /usr/bin/update-alternatives; do
        [ -e "$place" ] || continue
        mkdir -p "$away$(dirname "$place")"
        mv "$place" "$away$place"
    done
    rm -f /usr/lib/systemd/system/apt-daily* /usr/lib/systemd/system/dpkg-db-backup* \
        /etc/systemd/system/timers.target.wants/dpkg-db-backup.timer
    stand_in /usr/sbin/alternatives <<END_OF_FILE
#!/bin/sh
# Stand-in of a gpuwright lab host for alternatives: the real update-alternatives of Debian answers.
exec $away/usr/bin/update-alternatives --admindir /var/lib/alternatives "\$@"
END_OF_FILE
    ln -s alternatives /usr/sbin/update-alternatives
}

repositories() {
    if [ "$release" = 7 ]; then
        key=RPM-GPG-KEY-CentOS-7
        curl -sSf -o "/etc/pki/rpm-gpg/$key" "http://vault.centos.org/7.9.2009/os/x86_64/$key"
        # shellcheck disable=SC2016 # dnf's own variable
        repository base 'CentOS-7 - Base' 'http://vault.centos.org/7.9.2009/os/$basearch/' 1 >/etc/yum.repos.d/CentOS-Base.repo
    else
        key=RPM-GPG-KEY-Rocky-$release
        curl -sSf -o "/etc/pki/rpm-gpg/$key" "https://dl.rockylinux.org/pub/rocky/$key"
        for name in BaseOS AppStream CRB; do
            enabled=1
            [ "$name" != CRB ] || enabled=0
            repository "$(echo "$name" | tr '[:upper:]' '[:lower:]')" "Rocky Linux $release - $name" \
                "https://dl.rockylinux.org/pub/rocky/$release/$name/\$basearch/os/" "$enabled"
        done >/etc/yum.repos.d/rocky.repo
    fi
    rpm --import "/etc/pki/rpm-gpg/$key"
}
repository() { # repository NAME TITLE ADDRESS ENABLED
    printf '[%s]\nname=%s\nbaseurl=%s\nenabled=%s\ngpgcheck=1\ngpgkey=file:///etc/pki/rpm-gpg/%s\n\n' "$1" "$2" "$3" "$4" "$key"
}

finish() {
    for title in /etc/centos-release /etc/rocky-release; do
        [ ! -e "$title" ] || for name in redhat-release system-release; do ln -sf "${title##*/}" "/etc/$name"; done
    done
    claim
    getent group wheel >/dev/null || groupadd -r wheel
    put_away
    repositories
    dnf -q -y install "kernel-$kernel" >/dev/null
    dnf -q clean all >/dev/null
    ldconfig
}
