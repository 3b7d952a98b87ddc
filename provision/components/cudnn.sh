#!/bin/sh
# Installs cuDNN from NVIDIA's archive into a CUDA toolkit's folder: as a whole, or not at all. Part of a step's script,
# with $ROOT, $VERSION, $SHA256 and $SOURCE set, and the functions of lib.sh.
# shellcheck shell=sh disable=SC2154

CONF=/etc/ld.so.conf.d/gpuwright-cudnn.conf

fail() { # WORDS
    echo "$*; nothing was installed"
    exit 1
}

named_version() { # FOLDER: the version of the header in it
    for header in "$1/cudnn_version.h" "$1/cudnn.h"; do
        [ ! -f "$header" ] || sed -n 's/^#define CUDNN_\(MAJOR\|MINOR\|PATCHLEVEL\) \{1,\}\([0-9]*\).*/\1 \2/p' "$header"
    done | awk '!($1 in n) { n[$1] = $2 } END { print n["MAJOR"] "." n["MINOR"] "." n["PATCHLEVEL"] }'
}

same_version() { # HEADER'S: the first three parts of the profile's
    case $VERSION. in
    "$1".*) ;;
    *) case $1. in "$VERSION".*) ;; *) return 1 ;; esac ;;
    esac
}

unpack() { # FILE: sets $top to the archive's one folder, and $libraries
    if [ "$(head -c 6 "$1" | od -An -tx1 | tr -d ' \n')" = fd377a585a00 ] && ! command -v xz >/dev/null; then
        fail "this host has no xz to unpack the archive with: install xz-utils (xz on EL)"
    fi
    tar -xf "$1" -C "$work" --no-same-owner || { echo "the archive cannot be unpacked; nothing was installed"; exit 1; }
    set -- "$work"/*/include/cudnn.h
    top=${1%/include/cudnn.h}
    libraries=$top/lib64
    [ -d "$libraries" ] || libraries=$top/lib
    set -- "$libraries"/libcudnn.so.[0-9]*
    if [ ! -e "$top/include/cudnn.h" ] || [ ! -e "$1" ]; then
        fail "the archive has not the layout of cuDNN: one folder with include/cudnn.h, and lib64/ or lib/ with libcudnn.so"
    fi
    held=$(named_version "$top/include")
    same_version "$held" || fail "the archive holds cuDNN $held, the profile asks for $VERSION"
    chmod -R a+rX,go-w "$top"
}

place() { # FOLDER FILE...: by renames; a link stays a link, and what is there is kept for the undo
    folder=$1
    shift
    for file; do
        path=$folder/${file##*/}
        kept=$RUN/$STEP.old$path
        if [ -e "$path" ] || [ -L "$path" ]; then
            mkdir -p "${kept%/*}"
            cp -al "$path" "$kept" 2>/dev/null || cp -a "$path" "$kept"
        else
            echo "$path" >>"$RUN/$STEP.placed"
        fi
        [ -L "$file" ] || flush "$file"
        mv -f "$file" "$path"
    done
}

loader_knows() { # FOLDER
    folder=$(readlink -f "$1")
    for path in $(ldconfig -p | sed -n 's/^[[:space:]]*libcudnn\.so\.[0-9]* .*=> //p'); do
        [ "$(readlink -f "${path%/*}")" != "$folder" ] || return 0
    done
    return 1
}

of_manifest() { # FIELD VARIANT <MANIFEST: what NVIDIA's manifest says of this machine's archive
    case $(uname -m) in x86_64) platform=linux-x86_64 ;; aarch64) platform=linux-sbsa ;; *) platform=linux-$(uname -m) ;; esac
    tr -d ' \n\t\r' | awk -v platform="\"$platform\":{" -v variant="\"$2\":{" -v field="\"$1\":\"" '
        function after(mark) {
            if (!(at = index($0, mark))) exit
            $0 = substr($0, at + length(mark))
        }
        function until(mark) { if (at = index($0, mark)) $0 = substr($0, 1, at - 1) }
        { after(platform); until("}}"); after(variant); until("}"); after(field); until("\""); print }'
}

obtain_by_manifest() { # VARIANT: sets $archive, and $SHA256 to what the manifest at $SOURCE says of it
    manifest=$RUN/$STEP.manifest archive=$RUN/$STEP.fetched
    said=$(fetch "$SOURCE" "$manifest") || fail "the manifest cannot be fetched: $said"
    [ -z "$SHA256" ] || said=$(is_meant "$manifest" "$SHA256") || fail "the manifest cannot be used: $said"
    place=$(of_manifest relative_path "$1" <"$manifest")
    SHA256=$(of_manifest sha256 "$1" <"$manifest")
    case $place in
    *..* | /*) place= ;;
    esac
    if [ -z "$place" ] || [ "${#SHA256}" != 64 ]; then fail "$SOURCE names no archive for $(uname -m) and $1"; fi
    said=$(fetch "${SOURCE%/*}/$place" "$archive") || fail "cuDNN cannot be fetched: $said"
}

install_cudnn() { # FILE
    said=$(is_meant "$1" "$SHA256") || fail "the archive cannot be used: $said"
    rm -rf "$ROOT"/.gpuwright-cudnn.*
    work=$(mktemp -d "$ROOT/.gpuwright-cudnn.XXXXXX")
    trap 'rm -rf "$work" "$RUN/$STEP.fetched" "$RUN/$STEP.fetched.said"' EXIT
    unpack "$1"
    target=$ROOT/lib64
    [ -d "$target" ] || target=$ROOT/lib
    mkdir -p "$ROOT/include" "$target"
    # The header comes last: what is cut off half way still names the old version, and is done again.
    place "$target" "$libraries"/libcudnn*
    place "$ROOT/include" "$top"/include/cudnn*
    ldconfig
    loader_knows "$target" || {
        readlink -f "$target" | put_file "$CONF" 644
        ldconfig
        loader_knows "$target" || { echo "the loader does not take the libraries in $target: are they for this machine?"; exit 1; }
    }
    same_version "$(named_version "$ROOT/include")"
    echo "cuDNN $(named_version "$ROOT/include") is in $ROOT"
}

undo_cudnn() {
    [ ! -e "$RUN/$STEP.placed" ] || while read -r path; do rm -f "$path"; done <"$RUN/$STEP.placed"
    if [ -d "$RUN/$STEP.old" ]; then
        (cd "$RUN/$STEP.old" && find . ! -type d) | while read -r path; do
            path=${path#.}
            cp -a "$RUN/$STEP.old$path" "${path%/*}/.gpuwright-undo" && mv -f "${path%/*}/.gpuwright-undo" "$path"
        done
    fi
    rm -rf "$ROOT"/.gpuwright-cudnn.*
    undo_file "$CONF"
    ldconfig
}
