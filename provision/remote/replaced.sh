#!/bin/sh
# What a step's packages replace is kept before they come: the packages themselves, which of them were held and which had
# come along with others, their files below /etc, the services that ran. put_back.sh puts it back.
# shellcheck shell=sh

note_packages() { # what is here before the step; a second attempt at it keeps what the first one saw
    [ ! -e "$RUN/$STEP.before" ] || return 0
    packages "$RUN/$STEP.first" && held >"$RUN/$STEP.held" && came_along >"$RUN/$STEP.along" &&
        services >"$RUN/$STEP.services" && enabled >"$RUN/$STEP.enabled" || return 1
    cat /sys/module/nvidia/version >"$RUN/$STEP.loaded" 2>/dev/null || true
    mv "$RUN/$STEP.first" "$RUN/$STEP.before"
}

enabled() { # the units that start at boot
    [ -d /run/systemd/system ] || return 0
    systemctl list-unit-files --state=enabled --no-legend 2>/dev/null | awk '{ print $1 }' | LC_ALL=C sort
}

note_what_came() { # what the step made of it: what is other than this later, somebody else has changed
    services >"$RUN/$STEP.services.after"
    sums_of_etc >"$RUN/$STEP.sums"
}

apt_marks() { # ARGUMENTS of apt-mark, with its cache in memory: on a full disk there is no room for one
    apt-mark "$@" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
}

held() { # what apt keeps at its version; dnf's and yum's locks are files, see in_etc
    if by_apt; then apt_marks showhold | LC_ALL=C sort; fi
}

came_along() { # the packages that are here for the sake of others; yum 3 keeps that to itself
    if by_apt; then
        apt_marks showauto
    elif command -v dnf >/dev/null; then
        dnf -q -C repoquery --installed --qf '%{name} %{reason}\n' 2>/dev/null |
            awk 'tolower($2) ~ /^(dep|weak)/ { print $1 }'
    fi | LC_ALL=C sort -u
}

services() { # those that run, each with the moment at which it was started
    [ -d /run/systemd/system ] || return 0
    # shellcheck disable=SC2046 # names of units, one word each
    systemctl show -p Id -p ExecMainStartTimestampMonotonic \
        $(systemctl list-units --type=service --state=running --no-legend --plain 2>/dev/null | awk '{ print $1 }') |
        awk -F= '{ value[$1] = $2 } value["Id"] && value["ExecMainStartTimestampMonotonic"] {
            print value["Id"], value["ExecMainStartTimestampMonotonic"]; delete value["Id"]
            delete value["ExecMainStartTimestampMonotonic"] }' | LC_ALL=C sort
}

keep_replaced() { # NAMES: what installing them changes or removes, that which comes along too, is kept for the undo
    replaced_by "$@" | keep_these
}

keep_these() { # <NAMES
    LC_ALL=C sort -u | were_here >"$RUN/$STEP.more"
    keep_etc && mkdir -p "$RUN/$STEP.keeping" "$RUN/$STEP.replaced" || return 1
    names=$(cat "$RUN/$STEP.more")
    [ -n "$names" ] || return 0
    # shellcheck disable=SC2086 # names of packages, one word each
    if by_apt; then fetch_debs $names; else fetch_rpms $names; fi
    find "$RUN/$STEP.keeping" -type f -exec mv {} "$RUN/$STEP.replaced" \;
}

were_here() { # <NAMES: those that the step found here at the version that they have now: it may install more than once
    packages "$RUN/$STEP.now"
    awk -v before="$RUN/$STEP.before" -v now="$RUN/$STEP.now" '
        function bare(name) { sub(/:.*/, "", name); return name }
        BEGIN {
            while ((getline line <now) > 0) { split(line, word, " "); has[bare(word[1])] = word[2] }
            while ((getline line <before) > 0) { split(line, word, " "); had[bare(word[1]) " " word[2]] = 1 }
        }
        (bare($1) " " has[bare($1)]) in had'
}

replaced_by() { # NAMES: the packages here that installing these changes or removes
    if by_apt; then
        apt-get ${OVER_HOLDS:+--ignore-hold} -s -q install --allow-downgrades --no-install-recommends "$@" |
            sed -n -e 's/^Inst \([^ ]*\) \[.*/\1/p' -e 's/^Remv \([^ ]*\) .*/\1/p'
    else
        # shellcheck disable=SC2046 # an option, or none
        dnf_or_yum --assumeno --setopt=color=never install $(erasing) "$@" 2>/dev/null | replaced_in_table
    fi
}

replaced_in_table() { # <WHAT DNF OR YUM SAYS BEFORE IT ASKS: after a name too long for its column comes another line
    awk '/^=+$/ { lines++; next } lines != 2 || /^Transaction Summary/ { next }
        /^[^ ]/ { goes = /^(Upgrad|Updat|Downgrad|Remov|Eras)/; name = ""; next }
        $1 == "replacing" { print $2; next }
        !goes { next }
        name != "" { print name "." $1; name = ""; next }
        NF == 1 { name = $1; next }
        /^ [^ ]/ { print $1 "." $2 }'
}

fetch_debs() { # NAMES: the versions that are here; what no repository has any more may still lie in the cache
    for name; do
        have=$(dpkg-query -W -f '${db:Status-Status} ${Version}' "$name" 2>/dev/null | sed -n 's/^installed //p')
        [ -z "$have" ] || echo "$name=$have"
    done >"$RUN/$STEP.versions"
    # shellcheck disable=SC2046 # names with versions, one word each
    (cd "$RUN/$STEP.keeping" && apt-get -q download $(cat "$RUN/$STEP.versions")) || while read -r each; do
        (cd "$RUN/$STEP.keeping" && apt-get -q download "$each") </dev/null || true
    done <"$RUN/$STEP.versions"
    while IFS='=' read -r name have; do
        file="${name%%:*}_$(echo "$have" | sed 's/:/%3a/g')_"
        find "$RUN/$STEP.keeping" -name "$file*.deb" | grep -q . ||
            find /var/cache/apt/archives -maxdepth 1 -name "$file*.deb" -exec cp {} "$RUN/$STEP.keeping" \; 2>/dev/null
        find "$RUN/$STEP.keeping" -name "$file*.deb" | grep -q . || not_kept "$name $have"
    done <"$RUN/$STEP.versions"
}

fetch_rpms() { # NAMES, with their architecture
    dnf_or_yum reinstall --downloadonly --downloaddir="$RUN/$STEP.keeping" "$@" || true
    rpm -q --qf '%{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}\n' "$@" >"$RUN/$STEP.versions" 2>/dev/null || true
    while read -r each; do
        [ -e "$RUN/$STEP.keeping/$each.rpm" ] ||
            find /var/cache/dnf /var/cache/yum -name "$each.rpm" -exec cp {} "$RUN/$STEP.keeping" \; 2>/dev/null
        [ -e "$RUN/$STEP.keeping/$each.rpm" ] || not_kept "$each"
    done <"$RUN/$STEP.versions"
}

not_kept() { # WORDS
    echo "$1 is replaced, and no repository has it any more: it could not be put back"
}

in_etc() { # the files below /etc of what is replaced, and where dnf and yum keep their locks on versions
    ls /etc/dnf/plugins/versionlock.list /etc/dnf/versionlock.toml /etc/yum/pluginconf.d/versionlock.list 2>/dev/null
    while read -r name; do
        if by_apt; then dpkg -L "$name"; else rpm -ql "$name"; fi 2>/dev/null | grep '^/etc/' || true
    done <"$RUN/$STEP.more"
}

keep_etc() { # a copy that was cut off must never be taken for the whole: its path is noted last
    mkdir -p "$RUN/$STEP.etc" && touch "$RUN/$STEP.paths" || return 1
    in_etc | LC_ALL=C sort -u | while read -r path; do
        [ -f "$path" ] || [ -L "$path" ] || continue
        ! grep -qxF -e "$path" "$RUN/$STEP.paths" || continue
        (cd / && cp -a --parents ".$path" "$RUN/$STEP.etc") && echo "$path" >>"$RUN/$STEP.paths" || return 1
    done
}

sums_of_etc() { # of the kept paths, as they are now
    [ -e "$RUN/$STEP.paths" ] || return 0
    while read -r path; do
        if [ -L "$path" ]; then echo "$(readlink "$path") $path"; else echo "$(checksum "$path") $path"; fi
    done <"$RUN/$STEP.paths"
}
