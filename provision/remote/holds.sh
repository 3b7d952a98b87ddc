#!/bin/sh
# Packages that stay at their versions: apt's holds, and the list of dnf's and yum's versionlock plugin.
# shellcheck shell=sh

hold_packages() { # NAMES: those of them that are installed, and not held yet
    for name in "$@"; do
        case $(dpkg-query -W -f '${db:Status-Abbrev}' "$name" 2>/dev/null) in
        # Noted first, so that the undo knows it wherever this is cut off.
        ii*) echo "$name" >>"$RUN/$STEP.holds" && apt-mark hold "$name" || return 1 ;;
        hi*) ;;
        *) echo "$name is not installed: not held" ;;
        esac
    done
}

undo_hold() { # of those that this step held
    [ -s "$RUN/$STEP.holds" ] || return 0
    while read -r name; do apt-mark unhold "$name"; done <"$RUN/$STEP.holds"
}

lock_packages() { # LIST NAMES: in place of older locks of theirs; as the plugin of dnf, or of yum, writes them
    list=$1
    shift
    case $list in
    /etc/yum/*) shape='%{EPOCHNUM}:%{NAME}-%{VERSION}-%{RELEASE}.*\n' ;;
    *) shape='%{NAME}-%{EPOCHNUM}:%{VERSION}-%{RELEASE}.*\n' ;;
    esac
    for name in "$@"; do
        rpm -q --qf "$shape" "$name" || echo "$name is not installed: not locked" >&2
    done | grep -v ' is not installed$' | LC_ALL=C sort -u >"$RUN/$STEP.locks"
    {
        [ ! -e "$list" ] || awk -v names="$*" '
            BEGIN { count = split(names, name, " ") }
            { bare = $0; sub(/^[0-9]+:/, "", bare)
              for (i = 1; i <= count; i++)
                  if (substr(bare, 1, length(name[i]) + 1) == name[i] "-" && substr(bare, length(name[i]) + 2) ~ /^[0-9]/) next
              print }' "$list"
        cat "$RUN/$STEP.locks"
    } | put_file "$list" 644
}
