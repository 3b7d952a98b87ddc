#!/bin/sh
# What the package of nvidia-docker 1.0.1 does once its files are in place: its user, its folder, the capability.
set -e
id -u nvidia-docker >/dev/null 2>&1 ||
    useradd -r -M -d /var/lib/nvidia-docker -s /usr/sbin/nologin -c "NVIDIA Docker plugin" nvidia-docker
mkdir -p /var/lib/nvidia-docker
chown nvidia-docker: /var/lib/nvidia-docker
setcap cap_fowner+pe /usr/bin/nvidia-docker-plugin
