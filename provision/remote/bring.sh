#!/bin/sh
# Takes the files that a run brings from standard input, before the run starts. Sourced with $RUN set, after lock.sh,
# and with the function `refuse`. A file has its own name only when it is whole.
# shellcheck shell=sh disable=SC2154

sweep() { # what earlier runs were brought and no longer need: their upload was cut off, or the power
    for left in "${RUN%/*}"/*/files; do
        run=${left%/files}
        if [ ! -d "$left" ] || [ "$run" = "$RUN" ] || alive "$run" || being_brought "$run"; then continue; fi
        # Where the log is empty nothing was ever begun.
        if [ -s "$run/log" ]; then rm -rf "$left" "$run/bringing"; else rm -rf "$run"; fi
    done
}

being_brought() { # RUN-DIRECTORY: whether somebody is still sending it its files
    [ -e "$1/bringing" ] && ! flock -n "$1/bringing" true
}

not_locked() { # who would be refused in the end need not send anything first
    owner=$(readlink "$LOCK")
    if [ -n "$owner" ] && [ "$owner" != "$RUN" ] && alive "$owner"; then refuse 75 "locked $(holder "$owner")"; fi
}

open_files() { # BYTES of all files: a folder for them, which is ours until this shell ends
    mkdir -p "$RUN/files"
    : >"$RUN/bringing.new"
    exec 8<"$RUN/bringing.new"
    flock 8
    mv "$RUN/bringing.new" "$RUN/bringing"
    free=$(df -Pk "$RUN" | awk 'NR == 2 { print $4 }')
    [ "${free:-0}" -gt $(($1 / 1024 + 1024)) ] || no_room "all that the run brings" "$1" "there is not enough room"
}

no_room() { # NAME BYTES WORDS
    refuse 73 "no-room $(df -Pk "$RUN" | awk 'NR == 2 { print $6, $4 }') $(($2 / 1024)) $1: $3"
}

bring() { # NAME BYTES SHA256
    part=$RUN/files/$1.part
    said=$(head -c "$2" 2>&1 >"$part") || case $said in
    *'No space left'* | *'quota exceeded'*) no_room "$1" "$2" "$said" ;;
    *) refuse 1 "unwritable $said" ;;
    esac
    [ "$(wc -c <"$part")" -eq "$2" ] || refuse 1 "cut $1"
    [ "$(sha256sum <"$part" | cut -c1-64)" = "$3" ] || refuse 1 "differs $1"
    mv "$part" "$RUN/files/$1"
}
