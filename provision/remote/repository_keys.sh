#!/bin/sh
# The keys of package repositories: fetched (fetch.sh), and held against the fingerprint that the profile names. Neither
# gpg nor anything else has to be installed for it: OpenPGP's packets are read here (RFC 4880, section 4).
# shellcheck shell=sh

fetch_key() { # ADDRESS FILE
    said=$(fetch "$1" "$2") || {
        echo "E: the key $1 cannot be fetched: $said"
        return 1
    }
}

bare_key() { # FILE: prints the key without its armor
    if grep -q -a '^-----BEGIN PGP PUBLIC KEY BLOCK-----' "$1"; then
        tr -d '\r' <"$1" | sed -n '/^-----BEGIN PGP PUBLIC KEY BLOCK-----/,/^-----END PGP/p' |
            sed -e '1,/^$/d' -e '/^-----/d' -e '/^=/d' | base64 -d 2>/dev/null
    else
        cat "$1"
    fi
}

key_fingerprints() { # FILE of bare keys: one line for each primary key in it; nothing where it is no such file
    od -An -v -tu1 "$1" | awk '
        function whole(from, count, value) { for (value = 0; count > 0; count--) value = value * 256 + b[from++]; return value }
        { for (i = 1; i <= NF; i++) b[n++] = $i }
        END {
            for (at = 0; at < n; at = body + size) {
                if (b[at] >= 192) {
                    tag = b[at] - 192; first = b[at + 1]
                    if (first < 192) { size = first; body = at + 2 }
                    else if (first < 224) { size = (first - 192) * 256 + b[at + 2] + 192; body = at + 3 }
                    else if (first == 255) { size = whole(at + 2, 4); body = at + 6 }
                    else exit
                } else if (b[at] >= 128 && b[at] % 4 < 3) {
                    tag = int((b[at] - 128) / 4); count = 2 ^ (b[at] % 4); size = whole(at + 1, count); body = at + 1 + count
                } else exit
                if (body + size > n) exit
                if (tag == 6) found = found body " " size "\n"
            }
            printf "%s", found
        }' | while read -r body size; do
        {
            # shellcheck disable=SC2059 # the bytes that a fingerprint begins with: 0x99 and the length
            printf "\\231\\$(printf %03o $((size / 256)))\\$(printf %03o $((size % 256)))"
            tail -c +$((body + 1)) "$1" | head -c "$size"
        } | sha1sum | cut -c1-40 | tr abcdef ABCDEF
    done
}

check_key() { # FILE FINGERPRINT NAME: writes FILE.bare, and ends with 1 unless exactly this key is in it
    # A fingerprint may be a key's id: its last 8 or 16 digits.
    bare_key "$1" >"$1.bare" || true
    found=$(key_fingerprints "$1.bare" | tr '\n' ' ')
    if [ -z "$found" ]; then
        echo "E: $3 is no OpenPGP key; it begins with: $(tr -cd '[:print:]' <"$1" | head -c 60)"
        return 1
    fi
    case $found in
    *" "*" ") ;;
    *"$2 ") return 0 ;;
    esac
    echo "E: $3 holds the key ${found% }, and the profile asks for $2"
    return 1
}
