/* Folders: opened and listed by libetpan, created by a line of our own. */
#include <libetpan/mailimap.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "imap/names.h"
#include "imap/session.h"
#include "imap/session_private.h"

#define LIST_BUDGET (4 * 1024 * 1024)

typedef int open_command(mailimap *session, const char *name);

static enum imap_status open_folder(struct imap_session *session, const char *folder,
                                    open_command *command, struct imap_folder *opened)
{
    struct mailimap_selection_info *info;
    struct buf name;
    enum imap_status status = IMAP_UNABLE;
    int result = MAILIMAP_ERROR_STREAM;

    *opened = (struct imap_folder){0};
    buf_init(&name, NAMES_MAX);
    if (!names_to_wire(folder, &name))
        goto done;
    session->exists = 0;
    if (session_begin(session, SESSION_BUDGET))
        result = command(session->etpan, name.data);
    status = session_finish(session, result == MAILIMAP_NO_ERROR);
    session->has_news = false;
    info = session->etpan->imap_selection_info;
    if (status == IMAP_OK && info) {
        opened->exists = info->sel_exists;
        opened->uid_validity = info->sel_uidvalidity;
        opened->uid_next = info->sel_uidnext;
        opened->read_only =
            command == mailimap_examine || info->sel_perm == MAILIMAP_MAILBOX_READONLY;
    }
done:
    buf_free(&name);
    return status;
}

enum imap_status imap_session_examine(struct imap_session *session, const char *folder,
                                      struct imap_folder *opened)
{
    return open_folder(session, folder, mailimap_examine, opened);
}

enum imap_status imap_session_select(struct imap_session *session, const char *folder,
                                     struct imap_folder *opened)
{
    return open_folder(session, folder, mailimap_select, opened);
}

static bool can_be_opened(const struct mailimap_mailbox_list *item)
{
    const struct mailimap_mbx_list_flags *flags = item->mb_flag;

    return !flags || flags->mbf_type != MAILIMAP_MBX_LIST_FLAGS_SFLAG ||
           flags->mbf_sflag != MAILIMAP_MBX_LIST_SFLAG_NOSELECT;
}

/* Names that nobody could type, or that no terminal should show, are left out; so are
 * those that repeat the credential. */
static char **collect_names(const struct scrub *hidden, clist *items, size_t max)
{
    char **names = mem_new(max + 1, sizeof *names);
    size_t count = 0;
    struct buf name;

    for (clistiter *at = clist_begin(items); at && count < max; at = clist_next(at)) {
        const struct mailimap_mailbox_list *item = clist_content(at);

        buf_init(&name, NAMES_MAX);
        if (can_be_opened(item) && names_from_wire(item->mb_name, &name) &&
            !scrub_finds(hidden, name.data, name.length))
            names[count++] = buf_take(&name);
        buf_free(&name);
    }
    return names;
}

enum imap_status imap_session_list(struct imap_session *session, size_t max,
                                   char ***names)
{
    clist *items = NULL;
    int result = MAILIMAP_ERROR_STREAM;

    *names = NULL;
    if (session_begin(session, LIST_BUDGET))
        result = mailimap_list(session->etpan, "", "*", &items);
    if (result == MAILIMAP_NO_ERROR)
        *names = collect_names(session->hidden, items, max);
    if (items) /* after a refusal, too */
        mailimap_list_result_free(items);
    return session_finish(session, result == MAILIMAP_NO_ERROR);
}

enum imap_status imap_session_create(struct imap_session *session, const char *folder)
{
    struct buf command;
    enum imap_status status = IMAP_UNABLE;

    buf_init(&command, WIRE_LINE_MAX);
    buf_add_text(&command, "CREATE ");
    if (session_add_folder(&command, folder))
        status =
            session_run(session, SESSION_BUDGET, WIRE_LINE_MAX, NULL, NULL, command.data);
    buf_free(&command);
    return status;
}
