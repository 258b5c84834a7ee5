/*
 * The two registers that decide a system call, of a thread stopped by ptrace(2).
 *
 * Known for x86-64 and 64-bit ARM; elsewhere registers_known() is false, and nothing else
 * is called.
 */
#ifndef LETTERBOX_TESTS_TRACE_REGISTERS_H
#define LETTERBOX_TESTS_TRACE_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

bool registers_known(void);

/* At the entry: it will not be carried out. */
bool registers_skip_call(pid_t thread);
/* At the exit: that is what it returned. */
bool registers_set_result(pid_t thread, int64_t result);

#endif
