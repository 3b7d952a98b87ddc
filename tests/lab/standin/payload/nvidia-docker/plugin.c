/*
 * Stand-in for nvidia-docker-plugin 1.0.x: docker's volume plugin and the REST API of the real one, over a simulated card.
 *
 * What it says and does follows what the real 1.0.1 did, run and watched on 2026-11-22 (contract.toml).
 * Real: both sockets, the capability, hard links and nothing else, reading ld.so.cache (by ldconfig -p) and ELF files.
 * Simulated: NVML and CUDA, read from /run/gpuwright-lab (which GPUs the driver holds) and /sys/module/nvidia/version.
 * Not there: /mesos/cli, and most of what /gpu/info and /gpu/status say of a GPU.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <regex.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef VERSION
#define VERSION "1.0.1"
#endif
#define LAB "/run/gpuwright-lab/"
#define JSON "application/json"
#define TEXT "text/plain; charset=utf-8"
#define FAILED "internal error, check logs for details"

typedef struct { char *data; size_t size; } Text;
typedef struct { char address[32], uuid[64], model[64], minor[8]; } Gpu;
typedef struct { char path[PATH_MAX]; const char *folder; int exists; } File;

static const char *self, *volumes = "/var/lib/nvidia-docker/volumes", *folder = "/run/docker/plugins";
static const char *listening = "localhost:3476";
static char version[64], socket_path[PATH_MAX];
static Gpu gpus[32];
static int gpu_count;
static File files[256];
static int file_count;

/* ---- words ---- */

static void add(Text *text, const char *format, ...)
{
    va_list words;
    char *more;
    va_start(words, format);
    int size = vasprintf(&more, format, words);
    va_end(words);
    text->data = realloc(text->data, text->size + size + 1);
    memcpy(text->data + text->size, more, size + 1);
    text->size += size;
    free(more);
}

static void say(const char *format, ...)
{
    va_list words;
    char stamp[32];
    time_t now = time(NULL);
    strftime(stamp, sizeof stamp, "%Y/%m/%d %H:%M:%S", localtime(&now));
    fprintf(stderr, "%s | %s ", self, stamp);
    va_start(words, format);
    vfprintf(stderr, format, words);
    va_end(words);
    fputc('\n', stderr);
}

static void die(const char *format, const char *one, const char *two)
{
    char words[2 * PATH_MAX];
    snprintf(words, sizeof words, format, one, two);
    say("Error: %s", words);
    exit(1);
}

/* The error as Go writes it: small letters. */
static const char *reason(void)
{
    static char words[128];
    snprintf(words, sizeof words, "%s", strerror(errno));
    if (errno == EADDRINUSE || errno == EACCES || errno == EPERM || errno == EXDEV || errno == EEXIST || errno == ENOENT)
        words[0] |= 0x20;
    return words;
}

static int begins(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

static int first_line(const char *path, char *line, size_t size)
{
    FILE *file = fopen(path, "r");
    line[0] = 0;
    if (!file)
        return 0;
    if (fgets(line, size, file))
        line[strcspn(line, "\n")] = 0;
    fclose(file);
    return line[0] != 0;
}

/* ---- the driver: what NVML and CUDA would say ---- */

static int load_uvm(void)
{
    pid_t child = fork();
    int status = 1;
    if (child == 0) {
        execlp("nvidia-modprobe", "nvidia-modprobe", "-u", "-c=0", (char *)NULL);
        _exit(127);
    }
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The real file of a library in ld.so.cache; 0 when the cache has none. */
static int library(const char *name, char *path)
{
    char line[2048], want[128];
    int found = 0;
    FILE *cache = popen("PATH=/usr/sbin:/sbin:$PATH ldconfig -p 2>/dev/null", "r");
    snprintf(want, sizeof want, "\t%s (libc6,x86-64", name);
    while (cache && fgets(line, sizeof line, cache)) {
        char *at = strstr(line, " => ");
        if (found || !at || !begins(line, want))
            continue;
        at[strcspn(at, "\n")] = 0;
        found = realpath(at + 4, path) != NULL;
    }
    if (cache)
        pclose(cache);
    return found;
}

static void fact(const char *address, const char *field, char *value, size_t size)
{
    char path[PATH_MAX], line[512];
    snprintf(path, sizeof path, LAB "gpus/%s", address);
    FILE *file = fopen(path, "r");
    value[0] = 0;
    while (file && fgets(line, sizeof line, file))
        if (begins(line, field) && line[strlen(field)] == '=') {
            line[strcspn(line, "\n")] = 0;
            snprintf(value, size, "%s", line + strlen(field) + 1);
            break;
        }
    if (file)
        fclose(file);
}

static void find_gpus(void)
{
    FILE *bound = fopen(LAB "bound", "r");
    Gpu *gpu = gpus;
    while (bound && gpu < gpus + 32 && fscanf(bound, "%31s %7s", gpu->address, gpu->minor) == 2) {
        fact(gpu->address, "uuid", gpu->uuid, sizeof gpu->uuid);
        fact(gpu->address, "name", gpu->model, sizeof gpu->model);
        gpu++;
    }
    if (bound)
        fclose(bound);
    gpu_count = gpu - gpus;
}

/* Why NVML does not answer; empty when it does. */
static const char *nvml(void)
{
    char line[64];
    if (!first_line("/sys/module/nvidia/version", line, sizeof line))
        return "nvml: Driver Not Loaded";
    return strcmp(line, version) ? "nvml: Driver/library version mismatch" : "";
}

static const char *lost_gpu(void)
{
    char line[64];
    return first_line(LAB "lost", line, sizeof line) ? "nvml: GPU is lost" : nvml();
}

static void start_driver(void)
{
    char path[PATH_MAX], *at;
    say("Loading NVIDIA unified memory");
    if (!load_uvm())
        die("Could not load UVM kernel module. Is nvidia-modprobe installed?%s%s", "", "");
    say("Loading NVIDIA management library");
    if (!library("libnvidia-ml.so.1", path) || !(at = strstr(path, ".so.")))
        die("could not load NVML library%s%s", "", "");
    snprintf(version, sizeof version, "%s", at + 4);
    /* It stays open, as the real one's does: /proc/PID/maps tells with which driver this process was started. */
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED)
        die("could not load NVML library%s%s", "", "");
    close(fd);
    if (*nvml())
        die("%s%s", nvml(), "");
    say("Discovering GPU devices");
    if (!library("libcuda.so.1", path))
        die("cuda: CUDA driver version is insufficient for CUDA runtime version%s%s", "", "");
    find_gpus();
    while (gpu_count == 0) /* the real one spins for ever, and says nothing */
        ;
}

/* ---- the driver's files, as they were at the start ---- */

static const char *const PROGRAMS[] = {"nvidia-cuda-mps-control", "nvidia-cuda-mps-server", "nvidia-debugdump",
                                       "nvidia-persistenced", "nvidia-smi"};
static const char *const LIBRARIES[] = {
    "libnvidia-ml.so", "libcuda.so", "libnvidia-ptxjitcompiler.so", "libnvidia-fatbinaryloader.so", "libnvidia-opencl.so",
    "libnvidia-compiler.so", "libvdpau_nvidia.so", "libnvidia-encode.so", "libnvcuvid.so", "libnvidia-fbc.so",
    "libnvidia-ifr.so", "libGL.so", "libGLX.so", "libOpenGL.so", "libGLESv1_CM.so", "libGLESv2.so", "libEGL.so",
    "libGLdispatch.so", "libGLX_nvidia.so", "libEGL_nvidia.so", "libGLESv2_nvidia.so", "libGLESv1_CM_nvidia.so",
    "libnvidia-eglcore.so", "libnvidia-egl-wayland.so", "libnvidia-glcore.so", "libnvidia-tls.so", "libnvidia-glsi.so"};

static void take(const char *path, const char *where)
{
    char real[PATH_MAX];
    if (!realpath(path, real) || file_count == 256)
        return;
    for (int i = 0; i < file_count; i++)
        if (strcmp(files[i].path, real) == 0)
            return;
    snprintf(files[file_count].path, PATH_MAX, "%s", real);
    files[file_count++].folder = where;
}

static void find_files(void)
{
    char line[2048], *path = strdup(getenv("PATH") ? getenv("PATH") : ""), *rest;
    for (size_t i = 0; i < sizeof PROGRAMS / sizeof *PROGRAMS; i++) {
        char *copy = strdup(path);
        for (char *at = strtok_r(copy, ":", &rest); at; at = strtok_r(NULL, ":", &rest)) {
            snprintf(line, sizeof line, "%s/%s", at, PROGRAMS[i]);
            if (access(line, X_OK) == 0) {
                take(line, "bin");
                break;
            }
        }
        free(copy);
    }
    free(path);
    FILE *cache = popen("PATH=/usr/sbin:/sbin:$PATH ldconfig -p 2>/dev/null", "r");
    while (cache && fgets(line, sizeof line, cache)) {
        char *at = strstr(line, " => ");
        if (!at)
            continue;
        at[strcspn(at, "\n")] = 0;
        for (size_t i = 0; i < sizeof LIBRARIES / sizeof *LIBRARIES; i++)
            if (begins(line + 1, LIBRARIES[i]))
                take(at + 4, strstr(line, "x86-64") ? "lib64" : "lib");
    }
    if (cache)
        pclose(cache);
}

/* ---- ELF: the soname, what is needed, the ABI note ---- */

typedef struct { char soname[256]; int nvidia, note; } Object;

#define READ_ELF(BITS)                                                                                                   \
    static void read_elf##BITS(const char *data, size_t size, Object *object)                                            \
    {                                                                                                                    \
        const Elf##BITS##_Ehdr *head = (const void *)data;                                                               \
        if (head->e_shoff + (size_t)head->e_shnum * sizeof(Elf##BITS##_Shdr) > size || !head->e_shnum)                   \
            return;                                                                                                      \
        const Elf##BITS##_Shdr *sections = (const void *)(data + head->e_shoff);                                         \
        const char *names = data + sections[head->e_shstrndx].sh_offset;                                                 \
        for (int i = 0; i < head->e_shnum; i++) {                                                                        \
            object->note |= strcmp(names + sections[i].sh_name, ".note.ABI-tag") == 0;                                   \
            if (sections[i].sh_type != SHT_DYNAMIC)                                                                      \
                continue;                                                                                                \
            const char *words = data + sections[sections[i].sh_link].sh_offset;                                          \
            const Elf##BITS##_Dyn *entry = (const void *)(data + sections[i].sh_offset);                                 \
            for (; entry->d_tag != DT_NULL; entry++) {                                                                   \
                const char *word = words + entry->d_un.d_val;                                                            \
                if (entry->d_tag == DT_SONAME)                                                                           \
                    snprintf(object->soname, sizeof object->soname, "%s", word);                                         \
                else if (entry->d_tag == DT_NEEDED)                                                                      \
                    object->nvidia |= begins(word, "libnvidia-glcore.so") || begins(word, "libnvidia-eglcore.so") ||     \
                                      begins(word, "libGLdispatch.so");                                                  \
            }                                                                                                            \
        }                                                                                                                \
    }
READ_ELF(32)
READ_ELF(64)

/* What is in the file; words of an error, or NULL. */
static const char *look_into(const char *path, Object *object)
{
    static char words[3 * PATH_MAX];
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    memset(object, 0, sizeof *object);
    if (fd < 0 || fstat(fd, &about) != 0) {
        snprintf(words, sizeof words, "%s: open %s: %s", path, path, reason());
        return words;
    }
    unsigned char *data = about.st_size ? mmap(NULL, about.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    close(fd);
    if (data == MAP_FAILED || about.st_size < 64 || memcmp(data, ELFMAG, SELFMAG) != 0) {
        unsigned char none[4] = {0}, *start = data == MAP_FAILED ? none : data;
        snprintf(words, sizeof words, "%s: bad magic number '[%d %d %d %d]' in record at byte 0x0", path, start[0],
                 start[1], start[2], start[3]);
        return words;
    }
    if (data[EI_CLASS] == ELFCLASS32)
        read_elf32((char *)data, about.st_size, object);
    else
        read_elf64((char *)data, about.st_size, object);
    munmap(data, about.st_size);
    return NULL;
}

/* ---- a volume ---- */

static void place(char *path, const char *of, const char *below)
{
    snprintf(path, PATH_MAX, "%s/nvidia_driver/%s%s", volumes, of, below);
}

static int remove_tree(const char *path) /* 0, or -1 with what could not be removed in the journal */
{
    struct stat about;
    if (lstat(path, &about) == 0 && S_ISDIR(about.st_mode)) {
        DIR *dir = opendir(path);
        for (struct dirent *entry; dir && (entry = readdir(dir));) {
            char below[PATH_MAX];
            if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                continue;
            snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
            if (remove_tree(below) != 0) {
                closedir(dir);
                return -1;
            }
        }
        if (dir)
            closedir(dir);
    }
    if (remove(path) != 0 && errno != ENOENT) {
        say("Error: unlinkat %s: %s", path, reason());
        return -1;
    }
    return 0;
}

static int make_folder(const char *path)
{
    if (mkdir(path, 0755) == 0 || errno == EEXIST)
        return 0;
    say("Error: mkdir %s: %s", path, reason());
    return -1;
}

static int link_name(const char *root, const char *where, const char *target, const char *name)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s/%s", root, where, name);
    return symlink(target, path) == 0 || errno == EEXIST ? 0 : -1;
}

enum { DONE, BROKEN, CRASHED };

static int fill_one(const File *file, const char *root)
{
    char to[PATH_MAX], stem[256];
    Object object;
    const char *base = strrchr(file->path, '/') + 1, *wrong = look_into(file->path, &object);
    if (wrong) {
        say("Error: %s", wrong);
        return BROKEN;
    }
    snprintf(stem, sizeof stem, "%.*s", (int)(strcspn(base, ".")), base);
    int mesa = !strcmp(stem, "libEGL") || !strcmp(stem, "libGL") || !strcmp(stem, "libGLESv1_CM") || !strcmp(stem, "libGLESv2");
    if (mesa && !object.nvidia)
        return DONE;
    if (strcmp(stem, "libnvidia-tls") == 0 && !object.note)
        return CRASHED;
    snprintf(to, sizeof to, "%s/%s/%s", root, file->folder, base);
    if (link(file->path, to) != 0) {
        say("Error: link %s %s: %s", file->path, to, reason());
        return BROKEN;
    }
    if (strcmp(file->folder, "bin") == 0)
        return DONE;
    if (object.soname[0] && strcmp(object.soname, base) != 0)
        link_name(root, file->folder, base, object.soname);
    if (strcmp(stem, "libcuda") == 0)
        link_name(root, file->folder, base, "libcuda.so");
    if (strcmp(stem, "libGLX_nvidia") == 0)
        link_name(root, file->folder, base, "libGLX_indirect.so.0");
    return DONE;
}

static int fill(const char *of)
{
    static const char *const below[] = {"", "/bin", "/lib", "/lib64"};
    char root[PATH_MAX], path[PATH_MAX];
    snprintf(path, sizeof path, "%s/nvidia_driver", volumes);
    if (make_folder(volumes) != 0 || make_folder(path) != 0)
        return BROKEN;
    for (size_t i = 0; i < sizeof below / sizeof *below; i++) {
        place(path, of, below[i]);
        if (make_folder(path) != 0)
            return BROKEN;
    }
    place(root, of, "");
    for (int i = 0; i < file_count; i++) {
        int status = fill_one(&files[i], root);
        if (status == BROKEN)
            remove_tree(root);
        if (status != DONE)
            return status;
    }
    return DONE;
}

/* ---- docker's volume API: POST on the socket ---- */

static int is_there(const char *of)
{
    char path[PATH_MAX];
    struct stat about;
    place(path, of, "");
    return stat(path, &about) == 0;
}

/* The version in a volume's name; else the words of the error in `wrong`. */
static const char *version_in(const char *name, char *wrong, size_t size)
{
    static char of[256];
    regex_t pattern;
    regmatch_t part[3];
    regcomp(&pattern, "^([a-zA-Z0-9_.-]+)_([0-9.]+)$", REG_EXTENDED);
    int fits = regexec(&pattern, name, 3, part, 0) == 0;
    regfree(&pattern);
    if (!fits)
        snprintf(wrong, size, "bad volume format: %s", name);
    else if (strncmp(name, "nvidia_driver", part[1].rm_eo) != 0 || part[1].rm_eo != (int)strlen("nvidia_driver"))
        snprintf(wrong, size, "unsupported volume: %s", name);
    else {
        snprintf(of, sizeof of, "%s", name + part[2].rm_so);
        return of;
    }
    return NULL;
}

static void list(Text *body)
{
    char path[PATH_MAX];
    int count = 0;
    snprintf(path, sizeof path, "%s/nvidia_driver", volumes);
    DIR *dir = opendir(path);
    add(body, "{\"Volumes\":");
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (entry->d_name[0] != '.') {
            place(path, entry->d_name, "");
            add(body, "%s{\"Name\":\"nvidia_driver_%s\",\"Mountpoint\":\"%s\"}", count++ ? "," : "[", entry->d_name, path);
        }
    add(body, "%s,\"Err\":null}", count ? "]" : "null");
    if (dir)
        closedir(dir);
}

static int journal(const char *verb, const char *name)
{
    if (strcmp(verb, "Get") == 0 || strcmp(verb, "Path") == 0)
        return 0;
    char word[16];
    snprintf(word, sizeof word, "%s", verb);
    word[0] |= 0x20;
    say("Received %s request for volume '%s'", word, name);
    return 0;
}

static int volume_request(const char *verb, const char *name, Text *body) /* the HTTP status */
{
    char wrong[512], path[PATH_MAX];
    journal(verb, name);
    const char *of = version_in(name, wrong, sizeof wrong);
    int get = strcmp(verb, "Get") == 0;
    int status = DONE;
    if (of && strcmp(verb, "Create") == 0) {
        if (!is_there(of) && strcmp(of, version) != 0)
            snprintf(wrong, sizeof wrong, "invalid volume version: %s", name), of = NULL;
        else if (!is_there(of))
            status = fill(of);
    } else if (of && !is_there(of)) {
        snprintf(wrong, sizeof wrong, "no such volume: %s", name), of = NULL;
    } else if (of && strcmp(verb, "Remove") == 0) {
        place(path, of, "");
        status = remove_tree(path) == 0 ? DONE : BROKEN;
    }
    if (status != DONE) {
        add(body, FAILED "\n");
        return 500;
    }
    if (of)
        place(path, of, "");
    if (!of)
        add(body, get ? "{\"Volume\":null,\"Err\":\"%s\"}" : "{\"Err\":\"%s\"}", wrong);
    else if (get)
        add(body, "{\"Volume\":{\"Name\":\"%s\",\"Mountpoint\":\"%s\"},\"Err\":null}", name, path);
    else if (strcmp(verb, "Mount") == 0 || strcmp(verb, "Path") == 0)
        add(body, "{\"Mountpoint\":\"%s\",\"Err\":null}", path);
    else
        add(body, "{\"Err\":null}");
    return 200;
}

static int plugin_api(const char *method, const char *path, const char *accept, const char *given, Text *body)
{
    static const char *const verbs[] = {"Create", "Remove", "Mount", "Unmount", "Path", "Get"};
    char name[256];
    if (strcmp(method, "POST") != 0) {
        add(body, "404 page not found\n");
        return 404;
    }
    if (strcmp(accept, "application/vnd.docker.plugins.v1.1+json") != 0 &&
        strcmp(accept, "application/vnd.docker.plugins.v1.2+json") != 0) {
        say("Unsupported plugin API %s", accept);
        return 406;
    }
    if (strcmp(path, "/Plugin.Activate") == 0) {
        say("Received activate request");
        say("Plugins activated [VolumeDriver]");
        add(body, "{\"Implements\":[\"VolumeDriver\"]}");
    } else if (strcmp(path, "/VolumeDriver.Capabilities") == 0)
        add(body, "{\"Capabilities\":{\"Scope\":\"local\"}}");
    else if (strcmp(path, "/VolumeDriver.List") == 0)
        list(body);
    else {
        for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
            const char *at = strstr(given, "\"Name\":\"");
            if (!begins(path, "/VolumeDriver.") || strcmp(path + strlen("/VolumeDriver."), verbs[i]) != 0)
                continue;
            if (!at || sscanf(at, "\"Name\":\"%255[^\"]", name) != 1) {
                add(body, FAILED "\n");
                return 500;
            }
            return volume_request(verbs[i], name, body);
        }
        add(body, "404 page not found\n");
        return 404;
    }
    return 200;
}

/* ---- REST: GET on localhost:3476 ---- */

/* The GPUs that `dev=` names, one bit each; -1 with the word that names none. */
static long chosen(const char *query, char *wrong, size_t size)
{
    char words[512] = "", *rest;
    const char *at = strstr(query, "dev=");
    long found = 0;
    if (at)
        snprintf(words, sizeof words, "%.*s", (int)strcspn(at + 4, "&"), at + 4);
    if (words[0] == 0 || strcmp(words, "*") == 0)
        return (1L << gpu_count) - 1;
    for (char *each; (each = strstr(words, "%20"));)
        memmove(each + 1, each + 3, strlen(each + 3) + 1), *each = '+';
    for (char *word = strtok_r(words, "+", &rest); word; word = strtok_r(NULL, "+", &rest)) {
        long before = found;
        for (int i = 0; i < gpu_count; i++) {
            char index[8];
            snprintf(index, sizeof index, "%d", i);
            if (strcmp(word, index) == 0 || (begins(word, "GPU-") && begins(gpus[i].uuid, word)))
                found |= 1L << i;
        }
        if (found == before) {
            snprintf(wrong, size, "invalid device: %s", word);
            return -1;
        }
    }
    return found;
}

static int docker_cli(const char *query, int json, Text *body)
{
    char wrong[512], driver[64];
    struct stat about;
    const char *vol = strstr(query, "vol="), *quote = json ? "\"" : "--device=", *after = json ? "\"," : " ";
    long which = chosen(query, wrong, sizeof wrong);
    if (which >= 0 && vol) {
        char name[256];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(vol + 4, "&"), vol + 4);
        if (name[0] && strcmp(name, "*") != 0 && strcmp(name, "nvidia_driver") != 0) {
            snprintf(wrong, sizeof wrong, "invalid volume: %s", name);
            which = -1;
        }
    }
    if (which < 0) {
        add(body, "%s\n", wrong);
        return 400;
    }
    first_line("/sys/module/nvidia/version", driver, sizeof driver); /* asked now, unlike the list of files */
    add(body,
        json ? "{\"VolumeDriver\":\"nvidia-docker\",\"Volumes\":[\"nvidia_driver_%s:/usr/local/nvidia:ro\"],\"Devices\":["
             : "--volume-driver=nvidia-docker --volume=nvidia_driver_%s:/usr/local/nvidia:ro ",
        driver[0] ? driver : version);
    add(body, "%s/dev/nvidiactl%s%s/dev/nvidia-uvm%s", quote, after, quote, after);
    if (stat("/dev/nvidia-uvm-tools", &about) == 0) /* access(2) asks the lab's rule about devices */
        add(body, "%s/dev/nvidia-uvm-tools%s", quote, after);
    for (int i = 0; i < gpu_count; i++)
        if (which & 1L << i)
            add(body, "%s/dev/nvidia%s%s", quote, gpus[i].minor, after);
    body->data[--body->size] = 0;
    add(body, json ? "]}" : "");
    return 200;
}

static int gpu_info(int json, Text *body)
{
    char driver[64];
    first_line("/sys/module/nvidia/version", driver, sizeof driver);
    add(body, json ? "{\"Version\":{\"Driver\":\"%s\"},\"Devices\":[" : "\nDriver version:          %s\n", driver);
    for (int i = 0; i < gpu_count; i++)
        add(body,
            json ? "%s{\"UUID\":\"%s\",\"Path\":\"/dev/nvidia%s\",\"Model\":\"%s\"}"
                 : "%s\n  Device\n      UUID:          %s\n      Path:          /dev/nvidia%s\n      Model:         %s\n",
            json && i ? "," : "", gpus[i].uuid, gpus[i].minor, gpus[i].model);
    add(body, json ? "]}" : "");
    return 200;
}

static int gpu_status(int json, Text *body)
{
    const char *wrong = lost_gpu();
    if (*wrong) {
        if (json)
            say("Error: %s", wrong);
        else
            say("Error: template: :1:30: executing \"\" at <.Status>: error calling Status: %s", wrong);
        add(body, FAILED "\n");
        return 500;
    }
    add(body, json ? "{\"Devices\":[" : "");
    for (int i = 0; i < gpu_count; i++)
        add(body, json ? "%s{\"Power\":49,\"Temperature\":31,\"Processes\":null}" : "%sDevice\n  Processes:  None\n",
            json && i ? "," : "");
    add(body, json ? "]}" : "");
    return 200;
}

static int rest(const char *method, char *path, Text *body, const char **kind)
{
    char *query = path + strcspn(path, "?");
    if (*query)
        *query++ = 0;
    if (begins(path, "/v1.0/"))
        path += strlen("/v1.0");
    char *end = path + strlen(path);
    int json = end - path > 5 && strcmp(end - 5, "/json") == 0;
    if (json)
        end[-5] = 0;
    if (strcmp(method, "GET") == 0) {
        *kind = json ? JSON : TEXT;
        int status = strcmp(path, "/docker/cli") == 0   ? docker_cli(query, json, body)
                     : strcmp(path, "/gpu/info") == 0   ? gpu_info(json, body)
                     : strcmp(path, "/gpu/status") == 0 ? gpu_status(json, body)
                                                        : 0;
        if (status != 200)
            *kind = TEXT;
        if (status)
            return status;
    }
    *kind = TEXT;
    add(body, "404 page not found\n");
    return 404;
}

/* ---- HTTP, one request after the other ---- */

static const char *header(const char *head, const char *name, char *value, size_t size)
{
    const char *at = strcasestr(head, name);
    value[0] = 0;
    if (at)
        snprintf(value, size, "%.*s", (int)strcspn(at + strlen(name), "\r\n"), at + strlen(name));
    return value;
}

static void serve(int listener, int plugin)
{
    static char request[65536];
    char method[16] = "", path[1024] = "", accept[256], length[32];
    struct timeval limit = {5, 0};
    size_t have = 0;
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    char *body = NULL;
    for (ssize_t got; have < sizeof request - 1 && (got = read(fd, request + have, sizeof request - 1 - have)) > 0;) {
        have += got;
        request[have] = 0;
        body = strstr(request, "\r\n\r\n");
        if (body && strlen(body + 4) >= strtoul(header(request, "\nContent-Length: ", length, sizeof length), NULL, 10))
            break;
    }
    if (body && sscanf(request, "%15s %1023s", method, path) == 2) {
        Text answer = {strdup(""), 0};
        const char *kind = plugin ? "application/vnd.docker.plugins.v1.1+json" : TEXT;
        body[2] = 0;
        int status = plugin ? plugin_api(method, path, header(request, "\nAccept: ", accept, sizeof accept), body + 4, &answer)
                            : rest(method, path, &answer, &kind);
        const char *word = status == 200 ? "OK" : status == 400 ? "Bad Request" : status == 404 ? "Not Found"
                           : status == 406 ? "Not Acceptable" : "Internal Server Error";
        dprintf(fd, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", status, word,
                kind, answer.size, strcmp(method, "HEAD") ? answer.data : "");
        free(answer.data);
    }
    close(fd);
}

static int listen_socket(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(socket_path, sizeof socket_path, "%s/nvidia-docker.sock", folder);
    snprintf(address.sun_path, sizeof address.sun_path, "%.100s", socket_path);
    unlink(socket_path); /* also another copy's that runs */
    if (bind(fd, (void *)&address, sizeof address) != 0 || listen(fd, 64) != 0) {
        const char *why = reason();
        usleep(250000); /* the real one comes so far only after NVML and CUDA: the unit's ExecStartPost are done by then */
        die("listen unix %s: bind: %s", socket_path, why);
    }
    return fd;
}

static int listen_port(void)
{
    const char *colon = strrchr(listening, ':');
    unsigned port = colon ? strtoul(colon + 1, NULL, 10) : 3476;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
    char name[32];
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    snprintf(name, sizeof name, "127.0.0.1:%u", port);
    if (bind(fd, (void *)&address, sizeof address) != 0 || listen(fd, 64) != 0) {
        unlink(socket_path);
        die("listen tcp %s: bind: %s", name, reason());
    }
    return fd;
}

static volatile sig_atomic_t ended;
static void end(int signal) { ended = signal; }

static void options(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        char *word = argv[i] + 1 + (argv[i][1] == '-'), *value = strchr(word, '=');
        if (argv[i][0] != '-')
            break;
        if (strcmp(word, "v") == 0) {
            printf("NVIDIA Docker plugin: %s\n", VERSION);
            fputs("(stand-in of a simulated host, no NVIDIA program)\n", stderr);
            exit(0);
        }
        value = value ? value + 1 : i + 1 < argc ? argv[++i] : "";
        if (word[0] == 'l')
            listening = value;
        else if (word[0] == 'd')
            volumes = value;
        else if (word[0] == 's')
            folder = value;
        else {
            fprintf(stderr, "Usage of %s:\n  -d string\n  -l string\n  -s string\n  -v\n", self);
            exit(word[0] == 'h' ? 0 : 2);
        }
    }
}

int main(int argc, char **argv)
{
    self = argv[0];
    options(argc, argv);
    signal(SIGPIPE, SIG_IGN);
    start_driver();
    find_files();
    struct sigaction on_end = {.sa_handler = end};
    sigaction(SIGTERM, &on_end, NULL);
    sigaction(SIGINT, &on_end, NULL);
    say("Provisioning volumes at %s", volumes);
    say("Serving plugin API at %s", folder);
    say("Serving remote API at %s", listening);
    struct pollfd both[] = {{listen_socket(), POLLIN, 0}, {listen_port(), POLLIN, 0}};
    while (!ended) {
        if (poll(both, 2, -1) <= 0)
            continue;
        for (int i = 0; i < 2; i++)
            if (both[i].revents & POLLIN)
                serve(both[i].fd, i == 0);
    }
    unlink(socket_path);
    say("Successfully terminated");
    return 0;
}
