#!/bin/sh
# Makes, on a lab host, an archive of small packages that can be held at any point of their installation, and the host's
# only source of packages. What holds them is rehearsal-at: it waits at the point that /run/rehearsal.pause names.
set -eu
repo=/srv/rehearsal
mkdir -p "$repo" /run/rehearsal
cat >/usr/local/bin/rehearsal-at <<'AT'
#!/bin/sh
[ "$(cat /run/rehearsal.pause 2>/dev/null)" = "$1" ] || exit 0
: >/run/rehearsal.at
n=0
while [ -e /run/rehearsal.pause ] && [ "$n" -lt 600 ]; do
    sleep 0.1
    n=$((n + 1))
done
AT
chmod 755 /usr/local/bin/rehearsal-at

build() { # NAME DEPENDS: a package of what lies in /tmp/NAME
    mkdir -p "/tmp/$1/DEBIAN"
    printf 'Package: %s\nVersion: 1.0\nArchitecture: all\nMaintainer: the lab <lab@localhost>\n%sDescription: small\n' \
        "$1" "${2:+Depends: $2
}" >"/tmp/$1/DEBIAN/control"
    chmod 755 "/tmp/$1/DEBIAN"/*inst "/tmp/$1/DEBIAN"/*rm 2>/dev/null || true
    dpkg-deb --root-owner-group -Znone -b "/tmp/$1" "$repo/$1.deb" >/dev/null
    {
        dpkg-deb -f "$repo/$1.deb"
        printf 'Filename: ./%s.deb\nSize: %s\nSHA256: %s\n\n' "$1" "$(stat -c %s "$repo/$1.deb")" \
            "$(sha256sum <"$repo/$1.deb" | cut -c 1-64)"
    } >>"$repo/Packages"
}

script() { # PACKAGE NAME <TEXT
    mkdir -p "/tmp/$1/DEBIAN"
    { printf '#!/bin/sh\nset -e\n'; cat; } >"/tmp/$1/DEBIAN/$2"
}

: >"$repo/Packages"

# One with a configuration file and a trigger.
a=nvidia-rehearsal-a
mkdir -p /tmp/$a/etc/rehearsal /tmp/$a/DEBIAN
echo 'colour = green' >/tmp/$a/etc/rehearsal/a.conf
echo /etc/rehearsal/a.conf >/tmp/$a/DEBIAN/conffiles
echo 'interest /usr/share/rehearsal' >/tmp/$a/DEBIAN/triggers
echo '/usr/local/bin/rehearsal-at a-preinst' | script $a preinst
script $a postinst <<'POST'
case $1 in
configure) /usr/local/bin/rehearsal-at a-postinst ;;
triggered) /usr/local/bin/rehearsal-at a-trigger ;;
esac
ls /usr/share/rehearsal >/etc/rehearsal/a.list 2>/dev/null || true
POST
# shellcheck disable=SC2016 # the package's own shell expands it
printf '[ "$1" != purge ] || rm -f /etc/rehearsal/a.list\n' | script $a postrm
build $a ''

# Two that come together: one with much to unpack, and one with a unit that pulls the trigger.
c=nvidia-rehearsal-c
mkdir -p /tmp/$c/opt/rehearsal /tmp/$c/DEBIAN
n=0
while [ "$n" -lt 200 ]; do
    head -c 40000 /dev/zero >"/tmp/$c/opt/rehearsal/file$n"
    n=$((n + 1))
done
echo '/usr/local/bin/rehearsal-at c-preinst' | script $c preinst
echo '/usr/local/bin/rehearsal-at c-postinst' | script $c postinst
build $c ''

b=nvidia-rehearsal-b
mkdir -p /tmp/$b/usr/share/rehearsal /tmp/$b/lib/systemd/system
echo b >/tmp/$b/usr/share/rehearsal/b
cat >/tmp/$b/lib/systemd/system/rehearsal.service <<'UNIT'
[Unit]
Description=says what was there at boot

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'cp /etc/rehearsal/boot.conf /run/rehearsal.booted || true'

[Install]
WantedBy=multi-user.target
UNIT
script $b postinst <<'POST'
/usr/local/bin/rehearsal-at b-postinst
systemctl daemon-reload
systemctl enable -q --now rehearsal.service
POST
script $b prerm <<'POST'
systemctl disable -q --now rehearsal.service || true
POST
build $b nvidia-rehearsal-c

# One that asks whomever it can.
q=nvidia-rehearsal-asks
mkdir -p /tmp/$q/etc/rehearsal /tmp/$q/DEBIAN
echo 'answer = new' >/tmp/$q/etc/rehearsal/asks.conf
echo /etc/rehearsal/asks.conf >/tmp/$q/DEBIAN/conffiles
cat >/tmp/$q/DEBIAN/templates <<'ASK'
Template: nvidia-rehearsal-asks/name
Type: string
Description: What is your name?
 There is no default.
ASK
script $q config <<'ASK'
. /usr/share/debconf/confmodule
db_input critical nvidia-rehearsal-asks/name || true
db_go || true
ASK
chmod 755 /tmp/$q/DEBIAN/config
script $q postinst <<'ASK'
. /usr/share/debconf/confmodule
db_get nvidia-rehearsal-asks/name || true
read -r answer </dev/tty || answer=nobody
echo "$answer" >/etc/rehearsal/asked
ASK
# shellcheck disable=SC2016 # the package's own shell expands it
printf '[ "$1" != purge ] || rm -f /etc/rehearsal/asked\n' | script $q postrm
build $q debconf

rm -rf /tmp/nvidia-rehearsal-*
: >/etc/apt/sources.list
