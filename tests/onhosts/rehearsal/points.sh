#!/bin/sh
# Puts, on a lab host, something before the commands by which steps change a host, so that a step can be held right before
# any of them: /run/rehearsal.pause has the beginning of "COMPONENT COMMAND ARGUMENTS". Steps find it by their PATH.
set -eu
folder=/usr/local/lib/rehearsal
mkdir -p "$folder"
cat >/usr/local/bin/rehearsal-at <<'AT'
#!/bin/sh
echo "$*" >>/run/rehearsal.events
read -r point 2>/dev/null </run/rehearsal.pause || exit 0
case "$*" in "$point"*) ;; *) exit 0 ;; esac
: >/run/rehearsal.at
n=0
while [ "$(cat /run/rehearsal.pause 2>/dev/null)" = "$point" ] && [ "$n" -lt 600 ]; do
    sleep 0.1
    n=$((n + 1))
done
AT
cat >"$folder/at" <<'AT'
#!/bin/sh
name=${0##*/}
rehearsal-at "$REHEARSED $name $*"
exec "$(PATH=${PATH#*:} command -v "$name")" "$@"
AT
chmod 755 /usr/local/bin/rehearsal-at "$folder/at"
# What is not here is not pretended to be: steps look for apt and dnf in this way.
for name in sync mv ln cp systemctl apt-get apt-mark dpkg dnf rpm ldconfig modprobe usermod update-alternatives; do
    ! command -v "$name" >/dev/null || ln -f "$folder/at" "$folder/$name"
done
