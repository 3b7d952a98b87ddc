# shellcheck shell=sh
# Ubuntu: the real apt and dpkg of Debian are in charge; its sources are those that Ubuntu's installer leaves.
codename=${codename:?} kernel=${kernel:?}

apt-get update -qq
apt-get install -qq -y --no-install-recommends curl gnupg lsb-release apt-utils iptables libdevmapper1.02.1 >/dev/null
no_kernel

sources() {
    rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*
    case $codename in
        noble)
            cat >/etc/apt/sources.list.d/ubuntu.sources <<END_OF_FILE
Types: deb
URIs: http://archive.ubuntu.com/ubuntu/
Suites: $codename $codename-updates $codename-security
Components: main restricted universe multiverse
Signed-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg
END_OF_FILE
            ;;
        *)
            for suite in "$codename" "$codename-updates" "$codename-security"; do
                echo "deb http://archive.ubuntu.com/ubuntu/ $suite main restricted universe multiverse"
            done >/etc/apt/sources.list
            ;;
    esac
    rm -rf /var/lib/apt/lists/*
}

finish() {
    keyring=/usr/share/keyrings/ubuntu-archive-keyring.gpg
    curl -sSf -o "$keyring" http://archive.ubuntu.com/lab/distribution.gpg
    cp "$keyring" /etc/apt/trusted.gpg.d/ubuntu-keyring.gpg
    sources
    apt-get update -qq
    apt-get install -qq -y "linux-image-$kernel" >/dev/null
    rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb
}
