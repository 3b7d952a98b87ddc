"""Asking a port of the host itself, with whatever the host has for it: curl, wget, or bash."""

from __future__ import annotations

GET = r"""
get() { # PORT PATH: the body of the answer; fails when there is none, or none with status 200
    if command -v curl >/dev/null; then
        curl -fsS -m 3 "http://127.0.0.1:$1$2" 2>&1
    elif command -v wget >/dev/null; then
        wget -q -O - -T 3 -t 1 "http://127.0.0.1:$1$2" 2>&1
    elif command -v bash >/dev/null; then
        timeout -k 1 3 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$0" && printf "GET %s HTTP/1.0\r\n\r\n" "$1" >&3 &&
            awk "NR == 1 && \$2 != 200 { print \"HTTP\", \$2; exit 22 } body { print } /^\r?\$/ { body = 1 }" <&3' \
            "$1" "$2" 2>&1
    else
        echo untold
    fi
}
"""
