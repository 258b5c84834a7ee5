#include "ui/start_needs.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/argv.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "settings/mailbox.h"
#include "ui/systemd.h"

enum { DROP_IN_MAX = 64 * 1024 };

struct needs {
    const char *name;
    const struct settings *settings;
    struct start_lines *lines;
    bool has_user;
    uid_t uid;
    gid_t gid;
};

static void say(const struct needs *needs, char *text)
{
    start_lines_take(needs->lines, START_WARN, text);
}

static void command(const struct needs *needs, char *text)
{
    start_lines_take(needs->lines, START_COMMAND, text);
}

static bool is_below(const char *path, const char *directory)
{
    size_t length = strlen(directory);

    return strncmp(path, directory, length) == 0 && path[length] == '/';
}

/* What the units hide: ProtectHome=, PrivateTmp=. */
static bool is_hidden(const char *path)
{
    static const char *const hidden[] = {"/home", "/root", "/run/user", "/tmp",
                                         "/var/tmp"};

    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
        if (is_below(path, hidden[i]))
            return true;
    }
    return false;
}

/* A path as one word of a unit file (systemd.syntax(7)): quoted where it has to be, and
 * "%" doubled. */
static char *unit_word(const char *path)
{
    bool is_plain = path[strcspn(path, " \t\"'\\")] == '\0';
    struct buf word;
    char *text;

    buf_init(&word, 16384);
    if (!is_plain)
        buf_add_char(&word, '"');
    for (; *path; path++) {
        if (*path == '"' || *path == '\\')
            buf_add_char(&word, '\\');
        else if (*path == '%')
            buf_add_char(&word, '%');
        buf_add_char(&word, *path);
    }
    if (!is_plain)
        buf_add_char(&word, '"');
    text = buf_take(&word);
    buf_free(&word);
    return text;
}

/* ---- The user ---------------------------------------------------------------------- */

static void need_user(const struct needs *needs)
{
    if (needs->has_user)
        return;
    say(needs, mem_format(_("The service's user %s is not there yet:"), SYSTEMD_USER));
    command(needs, mem_copy_text(
                       "systemd-sysusers && systemd-tmpfiles --create letterbox.conf"));
}

/* A run by root before the service had its directory. */
static void need_state(const struct needs *needs)
{
    char *path = mem_format("%s/%s", systemd_host()->state_dir, needs->name);
    char *quoted = file_quote_path(path);
    struct stat status;

    if (needs->has_user && lstat(path, &status) == 0 && status.st_uid != needs->uid) {
        say(needs, mem_format(_("%s belongs to another user than the service's:"), path));
        command(needs,
                mem_format("chown -R %s:%s %s", SYSTEMD_USER, SYSTEMD_USER, quoted));
    }
    free(quoted);
    free(path);
}

/* ---- Where messages go ------------------------------------------------------------- */

static void need_owner(const struct needs *needs, const char *path, const char *quoted)
{
    struct stat status;

    if (lstat(path, &status) != 0) {
        say(needs, mem_copy_text(_("The service can make no Maildir there. Make it:")));
        command(needs, mem_format("install -d -m 700 -o %s -g %s %s", SYSTEMD_USER,
                                  SYSTEMD_USER, quoted));
    } else if (!needs->has_user || status.st_uid != needs->uid) {
        say(needs, mem_copy_text(_("The Maildir belongs to another user. When nobody "
                                   "else writes into it, give it to the service's:")));
        command(needs,
                mem_format("chown -R %s:%s %s", SYSTEMD_USER, SYSTEMD_USER, quoted));
    }
}

/* Has a drop-in the path, or one above it?  A quoted one (`word`) is looked for whole. */
static bool lets_in(const char *file, const char *path, const char *word)
{
    struct buf text;
    bool found;

    buf_init(&text, DROP_IN_MAX);
    if (!file_read(AT_FDCWD, file, file, FILE_PUBLIC, &text, NULL, NULL)) {
        buf_free(&text);
        return false;
    }
    found = strcmp(word, path) != 0 && strstr(text.data, word);
    for (char *rest = text.data, *at;
         !found && (at = strtok_r(rest, "= \t\n:", &rest));) {
        at += strspn(at, "-+");
        found = at[0] == '/' && (strcmp(at, path) == 0 || is_below(path, at));
    }
    buf_free(&text);
    return found;
}

static void need_way_in(const struct needs *needs, const char *path)
{
    const char *setting = is_hidden(path) ? "BindPaths" : "ReadWritePaths";
    char *folder = mem_format("%s/letterbox-ingest.service.d", systemd_host()->unit_dir);
    char *file = mem_format("%s/%s.conf", folder, needs->name);
    char *word = unit_word(path);
    char *quoted = file_quote_path(word);

    if (!lets_in(file, path, word)) {
        say(needs, mem_format(_("The service may write below %s alone. Let it into the "
                                "Maildir, too:"),
                              systemd_host()->state_dir));
        command(needs, mem_format("mkdir -p %s", folder));
        command(needs, mem_format("printf '[Service]\\n%s=%%s\\n' %s >%s", setting,
                                  quoted, file));
        command(needs, mem_copy_text("systemctl daemon-reload"));
    }
    free(quoted);
    free(word);
    free(file);
    free(folder);
}

static void need_maildir(const struct needs *needs)
{
    const char *path = settings_text(needs->settings, SET_INGEST_TARGET);
    char *quoted;

    if (path[0] != '/' || is_below(path, systemd_host()->state_dir))
        return;
    quoted = file_quote_path(path);
    need_owner(needs, path, quoted);
    need_way_in(needs, path);
    free(quoted);
}

static void need_command(const struct needs *needs)
{
    char *folder = mem_format("%s/letterbox-ingest@%s.service.d",
                              systemd_host()->unit_dir, needs->name);
    char *file = mem_format("%s/command.conf", folder);

    if (access(file, F_OK) != 0) {
        say(needs,
            mem_format(_("The command runs as %s, and can write nothing. When it needs "
                         "another user or more than that, give this mailbox a unit of "
                         "its own, and enter in the file what the command needs:"),
                       SYSTEMD_USER));
        command(needs, mem_format("install -D -m 644 %s/examples/command.conf %s",
                                  LETTERBOX_DOC_DIR, file));
        command(needs, mem_format("systemctl daemon-reload"));
        command(needs, mem_format("systemctl enable --now letterbox-ingest@%s.service",
                                  needs->name));
    }
    free(file);
    free(folder);
}

/* A socket of this machine wants the right to write. */
static void need_socket(const struct needs *needs)
{
    const char *path = settings_text(needs->settings, SET_INGEST_TARGET);
    struct stat status;

    if (path[0] != '/' || !needs->has_user || stat(path, &status) != 0)
        return;
    if ((status.st_mode & S_IWOTH) ||
        (status.st_uid == needs->uid && (status.st_mode & S_IWUSR)) ||
        (status.st_gid == needs->gid && (status.st_mode & S_IWGRP)))
        return;
    say(needs, mem_format(_("The user %s may not write to the socket %s. The mail server "
                            "that makes it has a setting for its owner and mode."),
                          SYSTEMD_USER, path));
}

/* ---- What is read ------------------------------------------------------------------ */

/* By the bits alone; who may pass through the directories is not looked at. */
static bool can_read(const struct needs *needs, const char *path)
{
    struct stat status;

    if (is_hidden(path) || stat(path, &status) != 0)
        return false;
    if (needs->has_user && status.st_uid == needs->uid)
        return status.st_mode & S_IRUSR;
    if (needs->has_user && status.st_gid == needs->gid)
        return status.st_mode & S_IRGRP;
    return status.st_mode & S_IROTH;
}

static void need_ca_file(const struct needs *needs)
{
    const char *path = settings_text(needs->settings, SET_TLS_CA_FILE);
    char *quoted;

    if (!path[0] || can_read(needs, path))
        return;
    quoted = file_quote_path(path);
    say(needs, mem_format(_("The service cannot read the CA file %s. Copy it, and enter "
                            "the copy in letterbox setup %s:"),
                          path, needs->name));
    command(needs, mem_format("install -m 644 %s %s/%s-ca.pem", quoted,
                              systemd_host()->config_dir, needs->name));
    free(quoted);
}

static void need_secret(const struct needs *needs, enum setting_id id)
{
    const struct secret_ref *ref = settings_secret_const(needs->settings, id);
    const char *key = setting_defs[id].key;

    if (ref->place == SECRET_FILE && !can_read(needs, ref->name))
        say(needs, mem_format(_("The service cannot read the file %s (%s). Enter the "
                                "secret itself in letterbox setup %s: what letterbox "
                                "keeps, systemd hands to the service."),
                              ref->name, key, needs->name));
    else if (ref->place == SECRET_ENV)
        say(needs, mem_format(_("The service has no environment variable %s (%s). Enter "
                                "the secret itself in letterbox setup %s."),
                              ref->name, key, needs->name));
    else if (ref->place == SECRET_COMMAND)
        say(needs, mem_format(_("The command %s (%s) runs as %s, and can write nothing."),
                              ref->argv[0], key, SYSTEMD_USER));
}

void start_needs(const char *name, const struct settings *settings,
                 struct start_lines *lines)
{
    static const enum setting_id secrets[] = {SET_BASIC_PASSWORD, SET_OAUTH_CLIENT_SECRET,
                                              SET_INGEST_HTTP_SECRET};
    const char *deliver = settings_text(settings, SET_INGEST_DELIVER);
    struct needs needs = {.name = name, .settings = settings, .lines = lines};

    needs.has_user = systemd_host()->find_user(SYSTEMD_USER, &needs.uid, &needs.gid);
    need_user(&needs);
    need_state(&needs);
    if (strcmp(deliver, "maildir") == 0)
        need_maildir(&needs);
    else if (strcmp(deliver, "command") == 0)
        need_command(&needs);
    else if (strcmp(deliver, "lmtp") == 0)
        need_socket(&needs);
    need_ca_file(&needs);
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        if (setting_is_used(settings, secrets[i]))
            need_secret(&needs, secrets[i]);
    }
}
