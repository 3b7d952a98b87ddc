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

# Where provisioning set the holds, its own steps go over them: OVER_HOLDS is set.
apt() { # ARGUMENTS: apt-get that asks nothing, keeps edited configuration files, and waits for another one's lock
    wait_for_packages
    apt-get ${OVER_HOLDS:+--ignore-hold --allow-change-held-packages} -y -q -o DPkg::Lock::Timeout="$LOCK_WAIT" -o Dpkg::Use-Pty=0 -o APT::Keep-Downloaded-Packages=false \
        -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}

dnf_or_yum() { # ARGUMENTS: dnf where there is one, else yum 3; asks nothing, and waits for another one's lock
    wait_for_packages
    set -- ${OVER_HOLDS:+--disableplugin=versionlock --disableexcludes=main} "$@"
    if command -v dnf >/dev/null; then dnf -y "$@"; else yum -y "$@"; fi
}

who_answers() { # NAMES: what stands in the place of their packages, which dnf and yum do not tell: another host, a page
    command -v curl >/dev/null || return 0
    if command -v dnf >/dev/null; then locate='dnf -q repoquery'; else locate='repoquery'; fi
    for address in $($locate --location "$@" 2>/dev/null | grep '^http' | head -n 3); do
        answer=$(curl -sS --max-time 20 -r 0-511 -o "$RUN/$STEP.first" -w '%{http_code} %{redirect_url}' "$address" 2>&1) || answer=
        case $answer in
        30*) may_lead "$(origin "$address")" "$(origin "${answer#* }")" || break ;;
        20*) ! is_page "$RUN/$STEP.first" || { echo "$(origin "$address") answers with an HTML page" && break; } ;;
        esac
    done
    rm -f "$RUN/$STEP.first"
}

ask_anew() { # after a failure: lists that no longer say what the repository holds would fail the next run too
    dnf_or_yum -q clean expire-cache || true
}

fetch_lists() { # as the repositories have them now; another's source may be out of order: what is lacking, the installation says
    if by_apt; then apt update || true; else ask_anew; fi
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
    finish_dnf
}

finish_dnf() { # what it had put into rpm's database when it was cut off: the scripts of these packages may not have run
    dnf -q -C history info last >"$RUN/$STEP.last" 2>/dev/null && grep -q '^End rpmdb *: *[*][*]' "$RUN/$STEP.last" || return 0
    # shellcheck disable=SC2046 # names, one word each
    set -- $(sed -n 's/^ *[*][*] Install \([^ ]*\) .*/\1/p' "$RUN/$STEP.last" | while read -r name; do
        ! rpm -q "$name" >/dev/null 2>&1 || echo "$name"
    done)
    [ "$#" -gt 0 ] || return 0
    # As an installation: a reinstallation runs other scripts, which enable no unit. Their files stay meanwhile.
    dnf_or_yum reinstall --downloadonly "$@" || return 0
    rpm -e --justdb --nodeps --noscripts --notriggers "$@" || return 0
    dnf_or_yum install "$@" || { register_again "$@" && return 1; }
}

register_again() { # NAMES: what could not be installed anew is known to rpm as before, out of dnf's cache
    for name; do
        find /var/cache/dnf -name "$(echo "$name" | sed 's/-[0-9]*:/-/').rpm" \
            -exec rpm -i --justdb --nodeps --noscripts --notriggers {} \;
    done
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

fetch_missing_lists() { # those of apt that were never fetched: a run may have been cut off between the source and its list
    by_apt || return 0
    apt-get -q --print-uris update 2>/dev/null | sed -n "s/^'[^']*' \([^ ]*Release\) .*/\1/p" >"$RUN/$STEP.lists"
    while read -r name; do
        if [ ! -e "/var/lib/apt/lists/$name" ] && [ ! -e "/var/lib/apt/lists/${name%InRelease}Release" ]; then
            fetch_lists
            return
        fi
    done <"$RUN/$STEP.lists"
}

install_packages() { # NAMES: as apt (name=version) or dnf and yum (name-version) are asked for them
    mend_packages
    fetch_missing_lists
    note_packages && keep_replaced "$@" || return 1
    failed=0
    if by_apt; then
        apt install --allow-downgrades --no-install-recommends "$@" || failed=$?
    else
        # shellcheck disable=SC2046 # an option, or none
        dnf_or_yum install $(erasing) "$@" || failed=$?
    fi
    note_what_came
    if [ "$failed" -ne 0 ] && ! by_apt; then
        who_answers "$@"
        ask_anew
    fi
    return "$failed"
}

package_version() { # NAME: the upstream part of the version that is installed
    if by_apt; then
        dpkg-query -W -f '${source:Upstream-Version}' "$1"
    else
        rpm -q --qf '%{VERSION}' "$1"
    fi
}

erasing() { # dnf's word for letting a package go that stands against the new one, where the step means that: ERASING is set
    [ -z "${ERASING:-}" ] || ! command -v dnf >/dev/null || echo --allowerasing
}

use_stream() { # NAME:STREAM: dnf's module of NVIDIA's repository, where it has modules; the one before is kept for the undo
    command -v dnf >/dev/null || return 0
    state=/etc/dnf/modules.d/${1%:*}.module
    [ -e "$RUN/$STEP.stream" ] || sed -n 's/^stream=//p' "$state" >"$RUN/$STEP.stream" 2>/dev/null || true
    dnf -q module list "${1%:*}" 2>/dev/null | awk '{ print $1 ":" $2 }' | grep -qxF "$1" || return 0
    dnf_or_yum module reset "${1%:*}"
    dnf_or_yum module enable "$1"
}

undo_stream() { # NAME: the stream that was enabled before the step, or none
    [ -e "$RUN/$STEP.stream" ] && [ -e "/etc/dnf/modules.d/$1.module" ] || return 0
    dnf_or_yum module reset "$1"
    read -r stream <"$RUN/$STEP.stream" || return 0
    dnf_or_yum module enable "$1:$stream"
}

reinstall_packages() { # NAMES: at the version that is there, so that lost files come back
    mend_packages
    fetch_missing_lists
    if by_apt; then
        # shellcheck disable=SC2046 # one word each; by its name alone apt takes the newest one
        apt install --reinstall --no-install-recommends $(dpkg-query -W -f '${binary:Package}=${Version}\n' "$@")
    else
        dnf_or_yum reinstall "$@"
    fi
}
