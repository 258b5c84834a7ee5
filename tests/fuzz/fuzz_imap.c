/* A whole IMAP session against any server.  Byte 0 picks the mechanism, byte 1 what is
 * done after the login and how the bytes are cut; the rest is what the server sends
 * (script_stream.h has two bytes with a meaning). */
#include <stdlib.h>
#include <string.h>

#include "base/argv.h"
#include "fuzz/fuzz.h"
#include "fuzz/script_stream.h"
#include "imap/session.h"

#define BODY_MAX    (64 * 1024)
#define FOLDER_MAX  20
#define PREVIEW_MAX 5

/* libetpan loses a few bytes where it gives up in the middle of an answer.  The session
 * ends with such an answer, so that is once for a connection and not ours to mend. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libetpan\n";
}

static void check_answer(const struct imap_session *session)
{
    const struct imap_answer *answer = imap_session_answer(session);

    fuzz_need_clean(answer->code);
    fuzz_need_clean(answer->text);
    fuzz_need_clean(answer->challenge);
    fuzz_need_clean(answer->bye);
    fuzz_need_clean(imap_session_failure(session)->text);
    fuzz_need_clean(imap_session_greeting(session));
}

static bool shows_canary(const struct imap_session *session)
{
    const struct imap_answer *answer = imap_session_answer(session);
    const char *texts[] = {answer->code, answer->text, answer->challenge, answer->bye,
                           imap_session_failure(session)->text};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (fuzz_has_canary(texts[i], strlen(texts[i])))
            return true;
    }
    return false;
}

static bool log_in(struct imap_session *session, unsigned choice)
{
    static const enum imap_mechanism mechanisms[] = {IMAP_XOAUTH2, IMAP_OAUTHBEARER,
                                                     IMAP_PLAIN, IMAP_LOGIN};
    struct secret *credential = secret_new(FUZZ_CANARY, strlen(FUZZ_CANARY));
    enum imap_status status =
        imap_session_authenticate(session, mechanisms[choice % 4], "support@example.org",
                                  credential, "mail.example.org", 993);

    check_answer(session);
    FUZZ_NEED(!shows_canary(session));
    secret_free(&credential);
    return status == IMAP_OK;
}

static bool count_body(void *closure, const char *bytes, size_t length)
{
    uint64_t *total = closure;

    (void)bytes;
    *total += length;
    return true;
}

static void list(struct imap_session *session)
{
    char **names = NULL;

    imap_session_list(session, FOLDER_MAX, &names);
    FUZZ_NEED(!names || argv_count(names) <= FOLDER_MAX);
    argv_free(&names);
}

static void look(struct imap_session *session, const struct imap_uids *uids)
{
    struct imap_preview previews[PREVIEW_MAX] = {0};
    struct imap_message messages[PREVIEW_MAX] = {0};
    size_t wanted = uids->count < PREVIEW_MAX ? uids->count : PREVIEW_MAX, count = 0;

    imap_session_previews(session, uids->items, wanted, previews, &count);
    FUZZ_NEED(count <= wanted);
    for (size_t i = 0; i < count; i++) {
        fuzz_need_clean(previews[i].subject);
        fuzz_need_clean(previews[i].from);
    }
    check_answer(session);
    count = 0;
    imap_session_describe(session, uids->items, wanted, messages, &count);
    FUZZ_NEED(count <= wanted);
    for (size_t i = 0; i < count; i++)
        fuzz_need_clean(messages[i].message_id);
    check_answer(session);
}

static void change(struct imap_session *session, uint32_t uid)
{
    bool news = false;

    imap_session_noop(session, &news);
    imap_session_mark_seen(session, &uid, 1);
    imap_session_create(session, "Done");
    imap_session_move(session, &uid, 1, "Done");
    imap_session_copy(session, &uid, 1, "Done");
    imap_session_delete(session, &uid, 1);
    imap_session_idle(session, 0, -1, &news);
    check_answer(session);
}

static void work(struct imap_session *session, unsigned choice)
{
    struct imap_folder folder;
    struct imap_uids uids = {0};
    uint64_t total = 0;

    if (choice & 1)
        list(session);
    if (imap_session_examine(session, "Anfragen/Ämter", &folder) != IMAP_OK)
        return;
    if (imap_session_search_unseen(session, &uids) == IMAP_OK && uids.count > 0) {
        for (size_t i = 1; i < uids.count; i++)
            FUZZ_NEED(uids.items[i - 1] < uids.items[i]);
        if (choice & 2)
            look(session, &uids);
        imap_session_fetch(session, uids.items[0], BODY_MAX, count_body, &total);
        FUZZ_NEED(total <= BODY_MAX);
        if (choice & 4)
            change(session, uids.items[0]);
    }
    check_answer(session);
    free(uids.items);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    unsigned mechanism = fuzz_byte(&input), choice = fuzz_byte(&input), bits;
    const char *line;
    enum imap_status status;
    struct imap_session *session = imap_session_open(
        script_stream_new(input.data, input.size, choice & 8 ? 1 : 4096), 1000, NULL,
        &status);

    check_answer(session);
    if (status == IMAP_OK) {
        imap_session_capabilities(session, &bits, &line);
        fuzz_need_clean(line);
        imap_choose_mechanism(bits, mechanism % 2);
        if (log_in(session, mechanism))
            work(session, choice);
    }
    imap_session_free(&session);
    return 0;
}
