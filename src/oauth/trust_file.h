/*
 * The trust of requests as libcurl takes it: one PEM bundle, of the system's and our own.
 */
#ifndef LETTERBOX_OAUTH_TRUST_FILE_H
#define LETTERBOX_OAUTH_TRUST_FILE_H

#include <curl/curl.h>
#include <stdbool.h>

struct trust_file {
    char *path;      /* NULL: libcurl's own default */
    int fd;          /* of the bundle behind the path, when it has no other name; or -1 */
    bool has_system; /* the system's trust is in it */
};

/* The system's bundle, and ca_file (NULL or "": none) beside it. */
void trust_file_open(struct trust_file *trust, const char *ca_file);
/* When no transfer uses it any more. */
void trust_file_close(struct trust_file *trust);

/* Transfers that trust the same struct trust_file can share a connection. */
void trust_file_use(const struct trust_file *trust, CURL *easy);

#endif
