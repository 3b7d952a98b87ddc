"""What lab hosts cannot show, on a machine with a kernel of its own under QEMU: a real modprobe, a real reboot."""
