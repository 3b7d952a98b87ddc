/*
 * The seam between a lab host's unmodified programs and its simulated kernel.
 *
 * Every program of a lab host loads this library (/etc/ld.so.preload), because all hosts share one real kernel
 * whose release and modules are not theirs. It does two things and nothing else:
 *   1. uname(2) names the release that the host's own boot chose (/run/gpuwright-lab/osrelease, /version), so that
 *      `uname -r`, modinfo, depmod, dkms and update-initramfs agree on it. Without those files: the real answer.
 *   2. The few programs that need the card itself are replaced by /usr/lib/gpuwright-lab/bin/<name>. The real one
 *      runs when GPUWRIGHT_LAB_REAL is 1 or names it.
 * It prints nothing, ever, and it is loaded into sudo: only absolute paths, no allocation, no symbol newer than
 * glibc 2.2.5 (see test_build.py).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#define LAB "/usr/lib/gpuwright-lab/bin/"
#define HARDWARE "/run/gpuwright-lab/"

extern char **environ;

static const char *const replaced[] = {
    "nvidia-smi", "modprobe", "rmmod", "insmod", "nvidia-persistenced", "nvidia-modprobe", "runc", "dmesg",
};

/* The first line of a file; 0 when it cannot be read or is empty. */
static size_t first_line(const char *path, char *line, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t got = read(fd, line, size - 1);
    close(fd);
    if (got <= 0)
        return 0;
    line[got] = '\0';
    line[strcspn(line, "\n")] = '\0';
    return strlen(line);
}

static void copy_bounded(char *to, const char *from, size_t size)
{
    size_t length = strlen(from);
    if (length >= size)
        length = size - 1;
    memcpy(to, from, length);
    to[length] = '\0';
}

int uname(struct utsname *answer)
{
    long status = syscall(SYS_uname, answer);
    if (status != 0)
        return -1;
    int saved = errno;
    char line[1024];
    if (first_line(HARDWARE "osrelease", line, sizeof line)) {
        copy_bounded(answer->release, line, sizeof answer->release);
        const char *build = first_line(HARDWARE "version", line, sizeof line) ? strchr(line, '#') : NULL;
        if (build)
            copy_bounded(answer->version, build, sizeof answer->version);
    }
    errno = saved;
    return 0;
}

static const char *base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The program that this process is, by its file; kmod is many programs, told apart by how it was called. */
static const char *program(const char *argv0, char *path, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", path, size - 1);
    if (length <= 0)
        return "";
    path[length] = '\0';
    const char *name = base(path);
    return strcmp(name, "kmod") == 0 && argv0 ? base(argv0) : name;
}

static const char *variable(const char *name)
{
    size_t length = strlen(name);
    for (char **entry = environ; entry && *entry; entry++)
        if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=')
            return *entry + length + 1;
    return NULL;
}

__attribute__((constructor)) static void stand_in(int argc, char **argv)
{
    char exe[512] = "GPUWRIGHT_LAB_EXE=", target[128];
    const size_t prefix = sizeof "GPUWRIGHT_LAB_EXE=" - 1;
    const char *name = program(argc > 0 ? argv[0] : NULL, exe + prefix, sizeof exe - prefix);
    size_t i = 0, count = sizeof replaced / sizeof *replaced;
    while (i < count && strcmp(name, replaced[i]) != 0)
        i++;
    if (i == count)
        return;
    const char *real = variable("GPUWRIGHT_LAB_REAL");
    if (real && (strcmp(real, "1") == 0 || strcmp(real, name) == 0))
        return;
    memcpy(target, LAB, sizeof LAB);
    copy_bounded(target + sizeof LAB - 1, name, sizeof target - sizeof LAB);
    int saved = errno;
    if (access(target, X_OK) != 0) {
        errno = saved;
        return;
    }
    if (getauxval(AT_SECURE)) {
        /* Set-uid (nvidia-modprobe): a script keeps its rights only as a real uid, and must not get the caller's variables. */
        char *clean[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", exe, NULL};
        if (geteuid() != 0 || syscall(SYS_setresgid, 0, 0, 0) != 0 || syscall(SYS_setresuid, 0, 0, 0) != 0)
            return;
        execve(target, argv, clean);
    } else {
        size_t used = 0;
        while (environ && environ[used])
            used++;
        char *more[used + 2];
        size_t out = 0;
        for (size_t in = 0; in < used; in++)
            if (strncmp(environ[in], exe, prefix) != 0)
                more[out++] = environ[in];
        more[out++] = exe;
        more[out] = NULL;
        execve(target, argv, more);
    }
    errno = saved;
}
