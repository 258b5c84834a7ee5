/*
 * The trust of a request as libcurl takes it: one PEM bundle.
 */
#ifndef LETTERBOX_OAUTH_TRUST_FILE_H
#define LETTERBOX_OAUTH_TRUST_FILE_H

#include <curl/curl.h>

/* Makes `easy` trust the system's bundle and ca_file (NULL or "": none) beside it.  The
 * descriptor that must be closed after the transfer, or -1 when there is none. */
int trust_file_use(CURL *easy, const char *ca_file);

#endif
