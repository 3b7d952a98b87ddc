#!/bin/sh
# Packages, by apt or by dnf and yum: one set of functions for the steps, beside lib.sh. Where there is dpkg it is apt.
# shellcheck shell=sh

# How long another's apt or dnf is waited for, in seconds.
LOCK_WAIT=600
[ ! -e "$RUN/lock_wait" ] || read -r LOCK_WAIT <"$RUN/lock_wait"

wait_for_packages() { # until nobody else holds the package manager's lock; gives up with 75. The lock stays theirs.
    waited=0
    while holders=$(package_lock_holders 2>/dev/null) && [ -n "$holders" ]; do
        read -r pid age file command <<END
$holders
END
        words="$command (pid $pid, running for $age s) holds $file"
        if [ "$waited" -ge "$LOCK_WAIT" ]; then
            echo "the package manager is locked: $words; waited $waited s. Let it end, or end it, and try again"
            exit 75
        fi
        [ "$((waited % 10))" -ne 0 ] || tell "waiting $((LOCK_WAIT - waited)) $words"
        sleep 1
        waited=$((waited + 1))
    done
}

by_apt() {
    command -v dpkg >/dev/null
}

apt() { # ARGUMENTS: apt-get that asks nothing, keeps edited configuration files, and waits for another one's lock
    wait_for_packages
    apt-get -y -q -o DPkg::Lock::Timeout="$LOCK_WAIT" -o Dpkg::Use-Pty=0 -o APT::Keep-Downloaded-Packages=false \
        -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}

dnf_or_yum() { # ARGUMENTS: dnf where there is one, else yum 3; asks nothing, and waits for another one's lock
    wait_for_packages
    if command -v dnf >/dev/null; then dnf -y "$@"; else yum -y "$@"; fi
}

configure_packages() { # what is unpacked and not configured, without a question
    dpkg --force-confdef --force-confold --configure -a
}

mend_packages() { # finishes what an interrupted apt, dpkg, dnf or yum left half done; quick where there is nothing
    wait_for_packages
    if ! by_apt; then
        mend_rpm
    elif [ -n "$(dpkg --audit)" ] || [ -n "$(ls /var/lib/dpkg/updates 2>/dev/null)" ]; then
        configure_packages || apt --fix-broken install || true
        unpack_again
        apt --fix-broken install
        configure_packages
    fi
}

unpack_again() { # what was cut off while it was unpacked: dpkg may not even know its files
    for package in $(dpkg-query -W -f '${db:Status-Eflag} ${binary:Package}\n' | sed -n 's/^reinstreq //p'); do
        apt --reinstall --no-install-recommends install "$package" ||
            dpkg --force-remove-reinstreq --remove "$package"
    done
}

mend_rpm() { # yum 3 keeps what it had not done yet; dnf leaves the old version of a package beside the new one
    for left in /var/lib/yum/transaction-all.*; do
        [ -e "$left" ] || break
        if command -v yum-complete-transaction >/dev/null; then
            yum-complete-transaction -y
        else
            echo "yum left a transaction unfinished ($left), and yum-complete-transaction (yum-utils) is not here"
        fi
        break
    done
    command -v dnf >/dev/null || return 0
    [ -z "$(dnf -q repoquery --duplicates 2>/dev/null)" ] || dnf -y remove --duplicates
}

packages() { # FILE: every package that is at least unpacked, with its version; the whole list or no file
    if by_apt; then
        dpkg-query -W -f '${db:Status-Status} ${binary:Package} ${Version}\n' >"$1.raw" || return 1
    else
        rpm -qa --qf 'installed %{NAME}.%{ARCH} %{VERSION}-%{RELEASE}\n' >"$1.raw" || return 1
    fi
    sed -n -e '/^not-installed /d' -e '/^config-files /d' -e 's/^[^ ]* //p' "$1.raw" | LC_ALL=C sort >"$1.part" ||
        return 1
    rm -f "$1.raw"
    mv "$1.part" "$1"
}

install_packages() { # NAMES: as apt (name=version) or dnf and yum (name-version) are asked for them
    mend_packages
    [ -e "$RUN/$STEP.before" ] || packages "$RUN/$STEP.before" || return 1
    for name in $(replaced_by "$@"); do keep_replaced "$name"; done
    if by_apt; then
        apt install --allow-downgrades --no-install-recommends "$@"
    else
        dnf_or_yum install "$@"
    fi
}

reinstall_packages() { # NAMES: at the version that is there, so that lost files come back
    mend_packages
    if by_apt; then apt install --reinstall --no-install-recommends "$@"; else dnf_or_yum reinstall "$@"; fi
}

replaced_by() { # NAMES: the packages here that installing these changes or removes, those that come along among them
    if by_apt; then
        apt-get -s -q install --allow-downgrades --no-install-recommends "$@" |
            sed -n -e 's/^Inst \([^ ]*\) \[.*/\1/p' -e 's/^Remv \([^ ]*\) .*/\1/p'
    else
        printf '%s\n' "$@"
    fi
}

keep_replaced() { # WANTED: the file of the version that is here now, for the undo: its repository may drop it any day
    mkdir -p "$RUN/$STEP.replaced"
    if by_apt; then
        name=${1%%=*}
        have=$(dpkg-query -W -f '${db:Status-Status} ${Version}' "$name" 2>/dev/null | sed -n 's/^installed //p')
        [ -n "$have" ] || return 0
        (cd "$RUN/$STEP.replaced" && apt-get -q download "$name=$have") ||
            echo "$name $have is replaced, and no repository has it any more: it could not be put back"
    else
        name=$1
        case $name in *-*'*') ;; *) return 0 ;; esac
        until have=$(rpm -q "$name" 2>/dev/null); do
            case $name in *-*) name=${name%-*} ;; *) return 0 ;; esac
        done
        dnf_or_yum reinstall --downloadonly --downloaddir="$RUN/$STEP.replaced" "$name" ||
            echo "$have is replaced, and no repository has it any more: it could not be put back"
    fi
}

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
    packages "$RUN/$STEP.now"
    LC_ALL=C comm -23 "$RUN/$STEP.before" "$RUN/$STEP.now" >"$RUN/$STEP.went"
    new=$(LC_ALL=C comm -13 "$RUN/$STEP.before" "$RUN/$STEP.now" | came_new "$RUN/$STEP.went")
    by_apt || put_back
    # shellcheck disable=SC2086 # names of packages, one word each
    if [ -z "$new" ]; then
        :
    elif by_apt; then
        apt -o Dpkg::Options::=--force-remove-reinstreq purge $new
    else
        rpm -e $new
    fi
    ! by_apt || put_back
}

came_new() { # FILE <LINES: of the packages that came, those of which FILE has no other version; as purge and rpm -e want
    awk -v gone="$1" -v apt="$(by_apt && echo yes)" '
        BEGIN { while ((getline line <gone) > 0) { split(line, word, " "); other[word[1]] = 1 } }
        $1 in other { next }
        apt { print $1; next }
        { arch = $1; sub(/.*\./, "", arch); print substr($1, 1, length($1) - length(arch) - 1) "-" $2 "." arch }'
}

put_back() { # the versions that were replaced, from the files that were kept
    set -- "$RUN/$STEP.replaced"/*
    if [ ! -e "$1" ]; then
        sed 's/^\([^ ]*\) \(.*\)/\1 was at \2, of which no file was kept/' "$RUN/$STEP.went"
    elif by_apt; then
        dpkg --install "$@"
    else
        rpm -U --oldpackage --nodeps "$@"
    fi
}
