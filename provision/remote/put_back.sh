#!/bin/sh
# The undo of a step's packages, from what replaced.sh kept: what came goes and what was there comes back, in one
# transaction where that can be; then marks and holds, files below /etc, and the services that the step restarted.
# shellcheck shell=sh

undo_packages() { # what came with this step and was not there before goes; what it replaced comes back
    [ -s "$RUN/$STEP.before" ] || return 0
    # What was fetched for it goes first: where the disk is full, that is what makes room for the rest.
    find /var/cache/apt/archives -type f -name '*.deb' -newer "$RUN/$STEP.before" -delete 2>/dev/null || true
    if by_apt; then
        configure_packages || true
        unpack_again || true
    else
        wait_for_packages
    fi
    services >"$RUN/$STEP.services.undo"
    changed_since >"$RUN/$STEP.changed"
    differing
    swapped_at_once || echo 'not in one transaction: in parts, then'
    differing
    swap_in_parts
    differing
    sed 's/^\([^ ]*\) \(.*\)/\1 was at \2, of which no file was kept/' "$RUN/$STEP.went"
    put_back_marks
    put_back_etc
    put_back_driver
    for unit in $(disabled); do systemctl enable "$unit" || echo "$unit was enabled, and cannot be"; done
    put_back_services
}

differing() { # sets $new, what is here and was not; leaves what was here and is not, with its version, in a file
    packages "$RUN/$STEP.now"
    LC_ALL=C comm -23 "$RUN/$STEP.before" "$RUN/$STEP.now" >"$RUN/$STEP.went"
    new=$(LC_ALL=C comm -13 "$RUN/$STEP.before" "$RUN/$STEP.now" | came_new "$RUN/$STEP.went")
}

came_new() { # FILE <LINES: of the packages that came, those of which FILE has no other version; as purge and rpm -e want
    awk -v gone="$1" -v apt="$(by_apt && echo yes)" '
        BEGIN { while ((getline line <gone) > 0) { split(line, word, " "); other[word[1]] = 1 } }
        $1 in other { next }
        apt { print $1; next }
        { arch = $1; sub(/.*\./, "", arch); print substr($1, 1, length($1) - length(arch) - 1) "-" $2 "." arch }'
}

swapped_at_once() { # old for new in one transaction, from the kept files alone, so that nothing in between is missed
    set --
    if by_apt; then
        for file in $(kept deb); do set -- "$@" "$file"; done
        for name in $new; do set -- "$@" "$name-"; done
        [ "$#" -gt 0 ] || return 0
        apt -o Dpkg::Options::=--force-remove-reinstreq install --purge --no-auto-remove --allow-downgrades \
            --allow-change-held-packages --no-install-recommends "$@"
        return
    fi
    # Files on the command line of dnf's shell must be named before anything else, and all at once.
    {
        # shellcheck disable=SC2046 # our own files, one word each
        set -- $(kept rpm)
        [ "$#" -eq 0 ] || echo "install $*"
        for name in $new; do echo "remove $name"; done
    } >"$RUN/$STEP.swap"
    [ -s "$RUN/$STEP.swap" ] || return 0
    echo run >>"$RUN/$STEP.swap"
    dnf_or_yum --disablerepo='*' --disableplugin=versionlock shell "$RUN/$STEP.swap"
}

swap_in_parts() { # whatever is still other than it was
    # shellcheck disable=SC2046,SC2086 # names of packages and of our own files, one word each
    if by_apt; then
        [ -z "$new" ] || apt -o Dpkg::Options::=--force-remove-reinstreq purge $new
        [ -z "$(kept deb)" ] || dpkg --install $(kept deb)
    else
        [ -z "$(kept rpm)" ] || rpm -U --oldpackage --replacepkgs --nodeps $(kept rpm)
        [ -z "$new" ] || rpm -e $new
    fi
}

kept() { # deb or rpm: the files that were kept, while something that was here is not
    [ ! -s "$RUN/$STEP.went" ] || find "$RUN/$STEP.replaced" -name "*.$1" 2>/dev/null | LC_ALL=C sort
}

put_back_marks() { # which packages came along with others, and which are held; a run of before noted neither
    [ -e "$RUN/$STEP.along" ] || return 0
    came_along >"$RUN/$STEP.along.now"
    if [ -s "$RUN/$STEP.along" ] && [ ! -s "$RUN/$STEP.along.now" ]; then
        echo 'which packages came along with others cannot be read now: their marks stay as they are'
        return 0
    fi
    LC_ALL=C comm -23 "$RUN/$STEP.along" "$RUN/$STEP.along.now" | mark auto
    LC_ALL=C comm -13 "$RUN/$STEP.along" "$RUN/$STEP.along.now" | mark manual
    if by_apt; then held | LC_ALL=C comm -23 "$RUN/$STEP.held" - | mark hold; fi
}

mark() { # WORD of apt-mark <NAMES: those of them that are here; dnf 4 and dnf 5 have words of their own
    while read -r name; do
        if by_apt; then
            ! dpkg-query -W "$name" >/dev/null 2>&1 || apt_marks "$1" -q "$name"
        elif rpm -q "$name" >/dev/null 2>&1; then
            case $1 in auto) words='remove dependency' ;; *) words='install user' ;; esac
            dnf -q -C -y mark "${words% *}" "$name" || dnf -q -C -y mark "${words#* }" "$name"
        fi
    done
}

changed_since() { # the kept paths that are neither what they were nor what the step made of them: a person's work
    [ -e "$RUN/$STEP.sums" ] || return 0
    sums_of_etc | LC_ALL=C sort >"$RUN/$STEP.sums.now"
    LC_ALL=C sort "$RUN/$STEP.sums" | LC_ALL=C comm -13 - "$RUN/$STEP.sums.now" | sed 's/^[^ ]* //'
}

put_back_etc() { # byte for byte, with owner, mode and times; a person's work stays beside it
    [ -e "$RUN/$STEP.paths" ] || return 0
    while read -r path; do
        old=$RUN/$STEP.etc$path
        remove_besides "$path"
        ! same_file "$old" "$path" || continue
        if grep -qxF -e "$path" "$RUN/$STEP.changed" && [ -e "$path" ]; then
            cp -a "$path" "$path.after-${RUN##*/}"
            echo "$path has been changed since; that version is kept as $path.after-${RUN##*/}"
        fi
        mkdir -p "${path%/*}" && fresh=$(beside "$path") && rm "$fresh" && cp -a "$old" "$fresh" &&
            mv -fT "$fresh" "$path" && flush "${path%/*}"
    done <"$RUN/$STEP.paths"
}

same_file() { # TWO PATHS: content, kind, owner and mode; of links, where they lead
    [ "$(stat -c '%f %u %g' "$1")" = "$(stat -c '%f %u %g' "$2" 2>/dev/null)" ] || return 1
    if [ -L "$1" ]; then [ "$(readlink "$1")" = "$(readlink "$2")" ]; else cmp -s "$1" "$2"; fi
}

remove_besides() { # PATH: what the package manager put beside it, in the step or just now, and in no other time
    for beside in "$1".rpmnew "$1".rpmsave "$1".rpmorig "$1".dpkg-dist "$1".dpkg-old "$1".dpkg-new; do
        [ -e "$beside" ] || continue
        find "$beside" -maxdepth 0 -cnewer "$RUN/$STEP.before" ! -cnewer "$RUN/$STEP.sums" -delete 2>/dev/null || true
        find "$beside" -maxdepth 0 -cnewer "$RUN/$STEP.services.undo" -delete 2>/dev/null || true
    done
}

put_back_driver() { # one that was loaded is loaded again, and the daemon that keeps it so runs if it did
    [ -s "$RUN/$STEP.loaded" ] && [ ! -d /sys/module/nvidia ] || return 0
    load_driver || echo "driver $(cat "$RUN/$STEP.loaded") was loaded, and does not load again"
    ! grep -q '^nvidia-persistenced.service ' "$RUN/$STEP.services" || systemctl start nvidia-persistenced.service || true
}

disabled() { # the units that started at boot before the step, and do not now
    enabled >"$RUN/$STEP.enabled.now"
    [ ! -e "$RUN/$STEP.enabled" ] || LC_ALL=C comm -23 "$RUN/$STEP.enabled" "$RUN/$STEP.enabled.now"
}

put_back_services() { # those that the step restarted or stopped run the programs that are here now
    services >"$RUN/$STEP.services.now"
    for unit in $(restarted); do
        echo "restarting $unit, as the step did"
        systemctl restart "$unit" || echo "$unit does not start: systemctl status $unit"
    done
}

restarted() { # never those that logins and the bus hang on
    awk -v file="$RUN/$STEP.services" '
        function load(name, into) {
            while ((getline line <name) > 0) { split(line, word, " "); into[word[1]] = word[2]; there[name] = 1 }
        }
        BEGIN {
            load(file, before); load(file ".undo", undo); load(file ".now", now)
            # A step that was cut off has not noted what it made of them.
            load(file ".after", after); if (!((file ".after") in there)) load(file ".undo", after)
            for (unit in before) {
                if (unit ~ /^(dbus|systemd-|ssh|user@|getty|gpuwright-)/ || after[unit] == before[unit]) continue
                stale = (unit in undo) ? !(unit in now) || now[unit] == undo[unit] : after[unit] == "" && !(unit in now)
                if (stale) print unit
            }
        }'
}
