#include "oauth/trust_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"

/* The bundle of Debian and of everyone who follows it.  libcurl's own default there is
 * the directory beside it, which takes several times as long to read. */
#define SYSTEM_BUNDLE "/etc/ssl/certs/ca-certificates.crt"

static bool copy_file(int to, const char *path)
{
    char chunk[16 * 1024];
    ssize_t got = -1;
    int from = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    while (from >= 0 && (got = read(from, chunk, sizeof chunk)) > 0) {
        if (write(to, chunk, (size_t)got) != got)
            break;
    }
    if (from >= 0)
        close(from);
    return got == 0;
}

/* Both, one behind the other: the GnuTLS flavour takes one file, and no blob. */
static int join(const char *ca_file)
{
    int bundle = memfd_create("letterbox-trust", MFD_CLOEXEC);

    if (bundle >= 0 && (!copy_file(bundle, SYSTEM_BUNDLE) ||
                        write(bundle, "\n", 1) != 1 || !copy_file(bundle, ca_file))) {
        close(bundle);
        bundle = -1;
    }
    return bundle;
}

void trust_file_open(struct trust_file *trust, const char *ca_file)
{
    bool is_own = ca_file && ca_file[0];

    *trust =
        (struct trust_file){.fd = -1, .has_system = access(SYSTEM_BUNDLE, R_OK) == 0};
    if (!trust->has_system) {
        trust->path = is_own ? mem_copy_text(ca_file) : NULL;
        return;
    }
    if (is_own)
        trust->fd = join(ca_file);
    trust->path = trust->fd >= 0 ? mem_format("/proc/self/fd/%d", trust->fd)
                                 : mem_copy_text(SYSTEM_BUNDLE);
}

void trust_file_close(struct trust_file *trust)
{
    if (trust->fd >= 0)
        close(trust->fd);
    free(trust->path);
    *trust = (struct trust_file){.fd = -1};
}

void trust_file_use(const struct trust_file *trust, CURL *easy)
{
    if (!trust->path)
        return;
    if (trust->has_system)
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(easy, CURLOPT_CAINFO, trust->path);
}
