/*
 * initrd-config IMAGE DIRECTORY: the configuration inside an initramfs (its /etc and modprobe.d), as a tree in DIRECTORY.
 *
 * The simulated kernel has to know what the *booted* initramfs says about nouveau, not what /etc says now; that
 * difference is what a forgotten update-initramfs leaves behind. unmkinitramfs unpacks the whole image (seconds);
 * this walks its cpio archives (newc, one after another, the last ones compressed) and stops at the modules.
 * Exit status: 0 read, 1 not readable as an initramfs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *destination;

static unsigned long hex(const char *field)
{
    char digits[9];
    memcpy(digits, field, 8);
    digits[8] = '\0';
    return strtoul(digits, NULL, 16);
}

static int skip(FILE *in, unsigned long bytes)
{
    char buffer[65536];
    while (bytes > 0) {
        size_t step = bytes < sizeof buffer ? bytes : sizeof buffer;
        if (fread(buffer, 1, step, in) != step)
            return -1;
        bytes -= step;
    }
    return 0;
}

/* All of etc: mkinitramfs keeps modprobe.d's links into /etc/alternatives or /etc/nvidia as links. */
static int wanted(const char *name)
{
    return !strstr(name, "..") && (!strncmp(name, "etc/", 4) || strstr(name, "lib/modprobe.d/") || !strncmp(name, "run/modprobe.d/", 15));
}

static void parents(char *path)
{
    for (char *slash = strchr(path + strlen(destination) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0755);
        *slash = '/';
    }
}

static int keep(FILE *in, const char *name, unsigned long size, int is_link)
{
    char path[8192], target[8192], *text = malloc(size + 1);
    if (!text || fread(text, 1, size, in) != size)
        return -1;
    text[size] = '\0';
    snprintf(path, sizeof path, "%s/%s", destination, name);
    parents(path);
    if (is_link) {
        snprintf(target, sizeof target, "%s%s", text[0] == '/' ? destination : "", text);
        if (symlink(target, path) != 0)
            return -1;
    } else {
        FILE *out = fopen(path, "w");
        if (out) {
            fwrite(text, 1, size, out);
            fclose(out);
        }
    }
    free(text);
    return 0;
}

/*
 * One archive, its header's first 6 bytes already read. 1: more may follow, 0: nothing of interest follows, -1: broken.
 * mkinitramfs sorts the last archive by name: past usr/lib/modprobe.d only modules and firmware follow, most of the image.
 */
static int archive(FILE *in, int last)
{
    char header[104], name[4096], before[4096] = "";
    int sorted = 1;
    for (;;) {
        if (fread(header, 1, 104, in) != 104)
            return -1;
        unsigned long size = hex(header + 48), length = hex(header + 88), mode = hex(header + 8);
        if (length == 0 || length > sizeof name || fread(name, 1, length, in) != length)
            return -1;
        name[length - 1] = '\0';
        if (skip(in, (4 - (110 + length) % 4) % 4))
            return -1;
        if (strcmp(name, "TRAILER!!!") == 0)
            return 1;
        const char *path = strncmp(name, "./", 2) == 0 ? name + 2 : name;
        sorted = sorted && strcmp(before, path) <= 0;
        strcpy(before, path);
        if (last && sorted && strcmp(path, "usr/lib/modules") >= 0)
            return 0;
        unsigned long kind = mode & 0170000;
        int take = wanted(path) && (kind == 0100000 || kind == 0120000);
        if (take ? keep(in, path, size, kind == 0120000) : skip(in, size))
            return -1;
        if (skip(in, (4 - size % 4) % 4))
            return -1;
        char magic[6];
        if (fread(magic, 1, 6, in) != 6 || memcmp(magic, "07070", 5) != 0)
            return -1;
    }
}

static const char *unpacker(const unsigned char *magic)
{
    if (!memcmp(magic, "\x28\xb5\x2f\xfd", 4))
        return "zstd -q -dc";
    if (!memcmp(magic, "\x1f\x8b", 2))
        return "gzip -dc";
    if (!memcmp(magic, "\xfd" "7zXZ", 5))
        return "xz -dc";
    if (!memcmp(magic, "\x02\x21\x4c\x18", 4))
        return "lz4 -q -dc";
    if (!memcmp(magic, "BZh", 3))
        return "bzip2 -dc";
    return NULL;
}

static int stream(FILE *in, const char *image)
{
    unsigned char magic[6];
    int first, archives = 0;
    while ((first = getc(in)) != EOF) {
        if (first == 0)
            continue; /* archives are padded with zeros */
        magic[0] = (unsigned char)first;
        if (fread(magic + 1, 1, 5, in) != 5)
            break;
        if (memcmp(magic, "07070", 5) == 0) {
            int more = archive(in, image == NULL);
            if (more <= 0)
                return more;
            archives++;
            continue;
        }
        const char *command = image ? unpacker(magic) : NULL;
        if (!command)
            return -1;
        char line[8192];
        snprintf(line, sizeof line, "tail -c +%ld '%s' 2>/dev/null | %s 2>/dev/null", ftell(in) - 5, image, command);
        FILE *pipe = popen(line, "r");
        if (!pipe)
            return -1;
        int inner = stream(pipe, NULL); /* NULL: already unpacked, and so the last one */
        pclose(pipe);
        return inner;
    }
    return archives ? 0 : -1;
}

int main(int argc, char **argv)
{
    if (argc != 3 || strchr(argv[1], '\''))
        return 1;
    destination = argv[2];
    FILE *in = fopen(argv[1], "r");
    return in && stream(in, argv[1]) == 0 ? 0 : 1;
}
