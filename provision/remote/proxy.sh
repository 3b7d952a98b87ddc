#!/bin/sh
# The proxies that this host goes out by, for whatever fetches: /etc/environment, else what apt, dnf or yum are told.
# shellcheck shell=sh

setting() { # NAME FILE...: its last value, without quotes
    name_=$1
    shift
    cat "$@" 2>/dev/null |
        sed -n -e 's/[[:space:]]*$//' -e "s/^[[:space:]]*\(export[[:space:]][[:space:]]*\)\{0,1\}$name_=//p" |
        tail -n 1 | sed -e 's/^"\(.*\)"$/\1/' -e "s/^'\(.*\)'\$/\1/"
}

use_proxies() {
    for name in http_proxy https_proxy ftp_proxy no_proxy; do
        upper=$(echo "$name" | tr '[:lower:]' '[:upper:]')
        value=$(setting "$name" /etc/environment)
        [ -n "$value" ] || value=$(setting "$upper" /etc/environment)
        # apt and curl read small letters, some others only capitals.
        [ -z "$value" ] || export "$name=$value" "$upper=$value"
    done
    if [ -n "${http_proxy-}${https_proxy-}" ]; then
        :
    elif command -v apt-config >/dev/null; then
        proxies_of_apt
    else
        value=$(setting 'proxy[[:space:]]*' /etc/dnf/dnf.conf /etc/yum.conf | sed 's/^[[:space:]]*//')
        case $value in
        '' | _none_) ;;
        *) export http_proxy="$value" https_proxy="$value" HTTPS_PROXY="$value" ;;
        esac
    fi
    # The host itself is never behind it: the kubelet is asked how it is at 127.0.0.1.
    [ -z "${http_proxy-}${https_proxy-}" ] || export no_proxy="localhost,127.0.0.1,::1,${no_proxy-}"
}

proxies_of_apt() { # apt-transport-https(1): https goes by http's proxy where it has none of its own
    said=$(apt-config dump 2>/dev/null | grep -E '^Acquire::https?::[Pp]roxy') || return 0
    plain=$(echo "$said" | sed -n 's/^Acquire::http::[Pp]roxy "\(.*\)";$/\1/p')
    secure=$(echo "$said" | sed -n 's/^Acquire::https::[Pp]roxy "\(.*\)";$/\1/p')
    direct=$(echo "$said" | sed -n 's/^Acquire::https*::[Pp]roxy::\(.*\) "DIRECT";$/\1/p' | sort -u | tr '\n' ',')
    [ -n "$secure" ] || secure=$plain
    case $plain in '' | DIRECT) ;; *) export http_proxy="$plain" ;; esac
    case $secure in '' | DIRECT) ;; *) export https_proxy="$secure" HTTPS_PROXY="$secure" ;; esac
    [ -z "$direct" ] || export no_proxy="$direct${no_proxy-}"
}

use_proxies
