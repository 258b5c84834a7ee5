/*
 * letterbox on a machine of the test's own: on_a_machine DIRECTORY [ARGUMENT …].
 *
 * systemd "runs" when DIRECTORY/booted is there, the units serve DIRECTORY/config and
 * DIRECTORY/state, drop-ins go to DIRECTORY/units, and whoever runs it counts as root.
 */
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "ui/commands/command.h"
#include "ui/systemd.h"

static uid_t root(void)
{
    return 0;
}

static bool find_user(const char *name, uid_t *uid, gid_t *gid)
{
    (void)name;
    *uid = *gid = 995;
    return true;
}

int main(int argc, char **argv)
{
    static struct systemd_host host = {.user = root, .find_user = find_user};

    if (argc < 2)
        return 64;
    host.marker = mem_format("%s/booted", argv[1]);
    host.config_dir = mem_format("%s/config", argv[1]);
    host.state_dir = mem_format("%s/state", argv[1]);
    host.unit_dir = mem_format("%s/units", argv[1]);
    host.program = "/usr/local/bin/letterbox";
    systemd_host_use(&host);
    setlocale(LC_ALL, "");
    argv[1] = argv[0];
    return command_main(argc - 1, argv + 1);
}
