#!/bin/sh
# What the cases of contract.toml are written in; sourced before each of them.
# shellcheck shell=sh disable=SC2016
exec 2>&1
read -r version </sys/module/nvidia/version
export DIR=/var/lib/nvidia-docker
export MADE=$DIR/volumes/nvidia_driver/"$version"
rest() { # PATH: the status and the body, or 7 where nobody listens
    bash -c 'exec 3<>/dev/tcp/127.0.0.1/3476' 2>/dev/null || { echo 7; return; }
    bash -c 'exec 3<>/dev/tcp/127.0.0.1/3476; printf "GET %s HTTP/1.0\r\n\r\n" "$0" >&3; cat <&3' "$1" | answer
}
answer() { awk 'NR == 1 { printf "%s ", $2 } body { printf "%s%s", more, $0; more = "\n" } /^\r?$/ { body = 1 } END { exit }
    ' | sed '$ s/^\(404\|400\|500\) .*/&\n/'; }
ask() { # PATH JSON [ACCEPT]
    perl -MIO::Socket::UNIX -e '
        my $s = IO::Socket::UNIX->new(Peer => "/var/lib/nvidia-docker/nvidia-docker.sock");
        printf $s "POST %s HTTP/1.1\r\nHost: x\r\nAccept: %s\r\nContent-Length: %d\r\n\r\n%s", $ARGV[0], $ARGV[2], length $ARGV[1],
            $ARGV[1]; print while <$s>' "$1" "$2" "${3:-application/vnd.docker.plugins.v1.2+json}" | answer
}
now() { journalctl --sync; cursor=$(journalctl -u nvidia-docker -n 0 --show-cursor | sed -n 's/^-- cursor: //p'); }
now
said() {
    journalctl --sync
    journalctl -u nvidia-docker -o cat --no-pager ${cursor:+--after-cursor "$cursor"} |
        sed -n 's|^/usr/bin/nvidia-docker-plugin . [0-9/]* [0-9:]* ||p'
}
again() {
    systemctl stop nvidia-docker; now; systemctl reset-failed nvidia-docker 2>/dev/null; systemctl start nvidia-docker
    for _ in 1 2 3 4 5; do [ "$(rest /x)" = 7 ] || break; sleep 0.1; done
}
create() { docker volume create -d nvidia-docker --name "nvidia_driver_$1"; }
uuid() { nvidia-smi --query-gpu=uuid --format=csv,noheader -i "$1"; }
