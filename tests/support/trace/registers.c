#include "support/trace/registers.h"

#include <elf.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#if defined(__x86_64__)

static bool poke(pid_t thread, size_t offset, int64_t value)
{
    return ptrace(PTRACE_POKEUSER, thread, (void *)offset, (void *)(intptr_t)value) == 0;
}

bool registers_known(void)
{
    return true;
}

bool registers_skip_call(pid_t thread)
{
    return poke(thread, offsetof(struct user, regs.orig_rax), -1);
}

bool registers_set_result(pid_t thread, int64_t result)
{
    return poke(thread, offsetof(struct user, regs.rax), result);
}

#elif defined(__aarch64__)

#ifndef NT_ARM_SYSTEM_CALL
#define NT_ARM_SYSTEM_CALL 0x404
#endif

bool registers_known(void)
{
    return true;
}

bool registers_skip_call(pid_t thread)
{
    int none = -1;
    struct iovec io = {&none, sizeof none};

    return ptrace(PTRACE_SETREGSET, thread, (void *)NT_ARM_SYSTEM_CALL, &io) == 0;
}

bool registers_set_result(pid_t thread, int64_t result)
{
    struct user_regs_struct regs;
    struct iovec io = {&regs, sizeof regs};

    if (ptrace(PTRACE_GETREGSET, thread, (void *)NT_PRSTATUS, &io) != 0)
        return false;
    regs.regs[0] = (unsigned long long)result;
    return ptrace(PTRACE_SETREGSET, thread, (void *)NT_PRSTATUS, &io) == 0;
}

#else

bool registers_known(void)
{
    return false;
}

bool registers_skip_call(pid_t thread)
{
    (void)thread;
    return false;
}

bool registers_set_result(pid_t thread, int64_t result)
{
    (void)thread;
    (void)result;
    return false;
}

#endif
