#!/bin/sh
# Files from elsewhere, by whatever the host has: curl, wget or apt's own helper. Beside lib.sh, whose `checksum` it uses.
# A redirect to another host is told and not followed: a login page and a captive portal answer so. GitHub alone is known
# to keep its releases under other names (docs.github.com, "About GitHub's IP addresses": *.githubusercontent.com).
# shellcheck shell=sh

fetch() { # ADDRESS FILE: the whole file, or one line that says why not, no file, and 1
    if from_address "$1" "$2"; then
        rm -f "$2.said"
        return
    fi
    rm -f "$2" "$2.said"
    return 1
}

fetch_file() { # ADDRESS SHA256 FILE: only what is whole, and what the profile means, is kept
    mkdir -p "${3%/*}"
    said=$(fetch "$1" "$3.part" && is_meant "$3.part" "$2") || {
        rm -f "$3.part"
        echo "${1##*/} from $(origin "$1") cannot be used: $said; nothing was installed"
        return 1
    }
    mv "$3.part" "$3"
}

is_meant() { # FILE SHA256: whether it is the file that the profile names; else what it is
    found=$(checksum "$1")
    [ "$found" != "$2" ] || return 0
    if is_page "$1"; then
        echo "what came is an HTML page: a login or a portal stands before the file. Name a mirror in the profile's [mirrors], or a file"
    else
        echo "its sha256 is $found, and the profile names $2 ($(wc -c <"$1") bytes). Where it comes from, or the profile, is wrong: ask who keeps them"
    fi
    return 1
}

is_page() { # FILE: whether it is an HTML page
    case $(head -c 512 "$1" | tr '[:upper:]' '[:lower:]' | tr -d '\0') in *'<html'* | *'<!doctype html'*) ;; *) return 1 ;; esac
}

origin() { # ADDRESS: its host and port, without a user and a password; a file's folder
    case $1 in
    file://*) place=${1#file://} && echo "${place%/*}" ;;
    *) place=${1#*://} && place=${place%%/*} && echo "${place##*@}" ;;
    esac
}

from_address() { # ADDRESS FILE
    case $1 in
    file://*)
        cp "${1#file://}" "$2" 2>/dev/null || { echo "there is no ${1#file://} on this host" && return 1; }
        return
        ;;
    esac
    address=$1
    for _ in 1 2 3 4 5; do
        if command -v curl >/dev/null; then
            by_curl "$address" "$2"
        elif command -v wget >/dev/null; then
            by_wget "$address" "$2"
        elif [ -x /usr/lib/apt/apt-helper ]; then
            by_apt_helper "$address" "$2"
        else
            echo "there is no curl, wget or apt-helper here to fetch it with: install one"
            false
        fi || return 1
        case $code in
        200) return ;;
        30[12378])
            case $location in /*) location=${address%%://*}://$(origin "$address")$location ;; esac
            may_lead "$(origin "$address")" "$(origin "$location")" || return 1
            address=$location
            ;;
        *) echo "$(origin "$address") answers with status ${code:-none}: is it still there?" && return 1 ;;
        esac
    done
    echo "$(origin "$address") redirects in a circle"
    return 1
}

may_lead() { # HOST HOST: whether a redirect from one to the other is followed
    case "$1 $2" in "github.com "*.githubusercontent.com) return ;; esac
    [ "$1" = "$2" ] || {
        echo "$1 redirects to another host, $2: if the file is there now, name it in the profile, or a mirror in [mirrors]"
        return 1
    }
}

by_curl() { # ADDRESS FILE: sets $code and $location
    answer=$(curl -sS --connect-timeout 30 --speed-limit 1 --speed-time 60 --retry 2 -o "$2" \
        -w '%{http_code} %{redirect_url}' "$1" 2>"$2.said") || { not_whole "$?" 18 "$1" "$2" && return 1; }
    code=${answer%% *} location=${answer#* }
}

by_wget() { # ADDRESS FILE: sets $code and $location
    status=0
    wget -nv -S --max-redirect=0 --tries=1 --timeout=60 -O "$2" "$1" 2>"$2.said" || status=$?
    code=$(sed -n 's|^ *HTTP/[0-9.]* \([0-9]*\).*|\1|p' "$2.said" | tail -n 1)
    location=$(sed -n 's/^ *[Ll]ocation: *\([^ ]*\).*/\1/p' "$2.said" | tail -n 1)
    [ "$status" = 0 ] || { [ -n "$code" ] && [ "$code" != 200 ]; } || { not_whole "$status" 4 "$1" "$2" && return 1; }
}

by_apt_helper() { # ADDRESS FILE: sets $code; it tells no status, and not where a redirect leads
    follow=false
    [ "$(origin "$1")" != github.com ] || follow=true
    code=200
    /usr/lib/apt/apt-helper -q -o Acquire::http::AllowRedirect="$follow" -o Acquire::https::AllowRedirect="$follow" \
        download-file "$1" "$2" >"$2.said" 2>&1 || { not_whole 1 none "$1" "$2" && return 1; }
}

not_whole() { # STATUS CUT ADDRESS FILE: the program's status, and the one with which it says that something was missing
    size=$(wc -c <"$4" 2>/dev/null || echo 0)
    if [ "$1" = "$2" ] && [ "$size" -gt 0 ]; then
        echo "the download from $(origin "$3") was cut off after $size bytes: run the same command again"
    else
        echo "nothing came from $(origin "$3"): $(tail -n 1 "$4.said")"
    fi
}
