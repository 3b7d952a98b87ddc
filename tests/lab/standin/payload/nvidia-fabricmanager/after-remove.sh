# shellcheck shell=sh
systemctl daemon-reload || :
