# What takes nvidia-docker 1.x away, and gives it back; read beside lib.sh by the steps of component old_stack.
# shellcheck shell=sh

SOCKET=/var/run/docker.sock

docker_keeps() { # NAMES: all that docker needs to make these containers again, their own files included
    command -v curl >/dev/null || command -v perl >/dev/null || {
        echo "neither curl nor perl is here, by which docker would make the containers again; nothing was removed"
        return 1
    }
    for name; do
        kept=$RUN/$STEP.containers/$name
        mkdir -p "$kept"
        if ! { inspected '{{.State.Running}}' "$name" >"$kept/running" &&
            inspected '{{json .Config}}' "$name" >"$kept/config" &&
            inspected '{{json .HostConfig}}' "$name" >"$kept/host" &&
            timeout 900 docker commit "$name" "$(image_of "$name")"; }; then
            echo "container $name could not be kept; nothing was removed"
            return 1
        fi
    done
}

inspected() { # TEMPLATE NAME
    timeout 60 docker inspect -f "$1" "$2"
}

image_of() { # NAME: the image that its files are kept in
    echo "gpuwright-kept:${RUN##*/}-$1"
}

remove_containers() { # NAMES: without their anonymous volumes, which stay
    docker_keeps "$@" || return 1
    for name; do
        timeout 120 docker stop "$name"
        timeout 60 docker rm "$name"
    done
}

undo_containers() { # as they were created, from the kept files; those that ran run again
    for kept in "$RUN/$STEP.containers"/*; do
        [ -s "$kept/host" ] || continue
        name=${kept##*/}
        if ! timeout 60 docker inspect "$name" >/dev/null 2>&1; then
            # Of a key that is there twice docker takes the last.
            {
                sed 's/}[[:space:]]*$//' "$kept/config"
                printf ',"HostConfig":%s,"Image":"%s"}' "$(cat "$kept/host")" "$(image_of "$name")"
            } >"$kept/body"
            docker_creates "$name" "$kept/body" || {
                echo "container $name could not be made again; all of it is in $kept and in $(image_of "$name")"
                continue
            }
        fi
        [ "$(cat "$kept/running")" != true ] || timeout 120 docker start "$name" || echo "container $name does not start"
    done
}

docker_creates() { # NAME BODY: the one thing that docker's own command cannot do, from a file
    path="/containers/create?name=$1"
    if command -v curl >/dev/null; then
        curl -fsS -m 120 --unix-socket "$SOCKET" -H 'Content-Type: application/json' --data-binary "@$2" "http://docker$path"
    else
        perl -MIO::Socket::UNIX -e '
            my ($socket, $path, $file) = @ARGV;
            open(my $in, "<", $file) or die "$file: $!\n";
            my $body = do { local $/; <$in> };
            my $docker = IO::Socket::UNIX->new(Peer => $socket) or die "$socket: $!\n";
            print $docker "POST $path HTTP/1.0\r\nHost: docker\r\nContent-Type: application/json\r\n",
                "Content-Length: ", length($body), "\r\n\r\n", $body;
            my @answer = <$docker>;
            print @answer;
            exit($answer[0] =~ m{^HTTP/1\.[01] 201} ? 0 : 1);' "$SOCKET" "$path" "$2"
    fi
}

remove_volumes() { # NAMES
    for name; do
        timeout 60 docker volume rm "$name"
        echo "$name" >>"$RUN/$STEP.volumes"
    done
}

undo_volumes() { # the plugin fills them from the driver that is here
    [ -s "$RUN/$STEP.volumes" ] || return 0
    while read -r name; do
        timeout 60 docker volume create --driver=nvidia-docker --name="$name" </dev/null ||
            echo "the plugin does not make $name again: is that driver loaded?"
    done <"$RUN/$STEP.volumes"
    rm "$RUN/$STEP.volumes"
}

owner_of() { # FILE: the package that brought it; empty where none did
    if by_apt; then
        dpkg-query -S "$1" 2>/dev/null | sed -n '1s/:.*//p'
    else
        rpm -qf --qf '%{NAME}\n' "$1" 2>/dev/null | grep -v ' ' | head -n 1
    fi
}

rebuild_deb() { # PACKAGE FILE: a package of what is installed of it, as no repository has it any more
    tree=$RUN/$STEP.tree
    rm -rf "$tree" && mkdir -p "$tree/DEBIAN"
    dpkg-query -L "$1" | while read -r path; do
        # A folder may be a link here (/lib), and is none in the package.
        if [ -d "$path" ]; then mkdir -p "$tree$path"; else mkdir -p "$tree${path%/*}" && cp -a "$path" "$tree$path"; fi
    done
    for script in preinst postinst prerm postrm conffiles; do
        [ ! -e "/var/lib/dpkg/info/$1.$script" ] || cp -a "/var/lib/dpkg/info/$1.$script" "$tree/DEBIAN/$script"
    done
    dpkg-query -s "$1" | sed -e '/^Status:/d' -e '/^Conffiles:/,/^[^ ]/{/^Conffiles:/d;/^ /d}' >"$tree/DEBIAN/control"
    dpkg-deb -b "$tree" "$2" >/dev/null
    rm -rf "$tree"
}

remove_plugin() { # PATHS that no package owns, or that its package leaves
    systemctl is-active -q nvidia-docker.service && : >"$RUN/$STEP.active"
    systemctl is-enabled -q nvidia-docker.service 2>/dev/null && : >"$RUN/$STEP.enabled"
    systemctl disable --now nvidia-docker.service 2>/dev/null || true
    package=$(owner_of /usr/bin/nvidia-docker-plugin)
    echo "$package" >"$RUN/$STEP.package"
    set -- /usr/bin/nvidia-docker /usr/bin/nvidia-docker-plugin "$@"
    for path; do [ ! -e "$path" ] || echo "${path#/}"; done >"$RUN/$STEP.paths"
    [ ! -s "$RUN/$STEP.paths" ] || tar -C / -cpf "$RUN/$STEP.tar" -T "$RUN/$STEP.paths"
    if [ -n "$package" ] && by_apt; then
        rebuild_deb "$package" "$RUN/$STEP.deb"
        wait_for_packages
        dpkg --purge "$package"
    elif [ -n "$package" ]; then
        wait_for_packages
        rpm -e "$package"
    fi
    rm -f "$@"
    rmdir /etc/systemd/system/nvidia-docker.service.d 2>/dev/null || true
    systemctl daemon-reload
    systemctl reset-failed nvidia-docker.service 2>/dev/null || true
    # docker keeps the address of a plugin that it has used, and waits 15 s for it at each volume command.
    ! systemctl is-active -q docker.service || restart_docker
}

undo_plugin() {
    [ -e "$RUN/$STEP.package" ] || return 0
    if [ -s "$RUN/$STEP.deb" ]; then
        wait_for_packages
        dpkg -i "$RUN/$STEP.deb"
    elif [ -s "$RUN/$STEP.package" ]; then
        echo "its package is not here any more: its files come back, and rpm does not know of them"
    fi
    [ ! -s "$RUN/$STEP.tar" ] || tar -C / -xpf "$RUN/$STEP.tar"
    setcap cap_fowner+pe /usr/bin/nvidia-docker-plugin || true
    systemctl daemon-reload
    [ ! -e "$RUN/$STEP.enabled" ] || systemctl enable nvidia-docker.service
    [ ! -e "$RUN/$STEP.active" ] || systemctl restart nvidia-docker.service
    rm -f "$RUN/$STEP.package"
}
