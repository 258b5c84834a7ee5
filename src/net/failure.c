#include "net/failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

bool net_fail(struct net_failure *failure, enum net_reason reason, int code,
              const char *format, ...)
{
    char text[sizeof failure->text];
    va_list args;

    if (!failure)
        return false;
    failure->reason = reason;
    failure->code = code;
    failure->text[0] = '\0';
    if (format) {
        va_start(args, format);
        vsnprintf(text, sizeof text, format, args);
        va_end(args);
        text_copy_safe(failure->text, sizeof failure->text, text, strlen(text));
    }
    return false;
}

static enum net_reason reason_of_errno(int error)
{
    switch (error) {
    case ECONNREFUSED:
        return NET_REFUSED;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
        return NET_UNREACHABLE;
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
        return NET_RESET;
    case ETIMEDOUT:
        return NET_TIMED_OUT;
    default:
        return NET_SYSTEM;
    }
}

bool net_fail_errno(struct net_failure *failure, int error)
{
    return net_fail(failure, reason_of_errno(error), error, "%s", strerrordesc_np(error));
}
