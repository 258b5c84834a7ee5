#include "ui/screen/act.h"

#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "ui/screen/deeds.h"
#include "ui/screen/paste.h"

/* With a question where something would be lost; SIGTERM and the like leave without. */
static void leave(struct view *view)
{
    view->overlay = OVERLAY_NONE;
    deeds_tell_kind(view, WIZARD_LEAVE);
}

/* Editing */

static void tell_edit(struct view *view)
{
    struct wizard_event event = {.kind = WIZARD_EDIT,
                                 .setting = view->field->setting,
                                 .text = view->editor.text.data};
    struct secret *secret = NULL;

    if (view->field->kind == FIELD_SECRET) {
        secret = secret_new(view->editor.text.data, view->editor.text.length);
        event.secret = secret;
        event.text = NULL;
    }
    deeds_tell(view, event);
    secret_free(&secret);
}

static void begin_typing(struct view *view)
{
    if (!view->typing)
        view->notice_stood =
            wizard_field_notice(view->setup->wizard, view->field->setting).level !=
            NOTICE_NONE;
    view->typing = true;
    view->said = NULL;
}

static void type(struct view *view, const struct input *input)
{
    if (!text_is_clean(input->text) ||
        !editor_insert(&view->editor, input->text, input->length)) {
        view->bell = true;
        return;
    }
    begin_typing(view);
    tell_edit(view);
}

/* A pasted value is whole: what is to be said of it is said at once. */
static void paste(struct view *view, const struct input *input)
{
    size_t begin, length;
    enum paste found = paste_look(input->text, &begin, &length);

    if (!view->field || !view_is_typed(view->field)) {
        view->bell = true;
        return;
    }
    view->typing = false;
    if (input->too_long) {
        view->said = _("Nothing was pasted: it is too long.");
    } else if (found == PASTE_WHOLE || found == PASTE_TRIMMED) {
        bool fits = editor_insert(&view->editor, input->text + begin, length);

        view->said =
            fits ? paste_sentence(found) : _("Nothing was pasted: it is too long.");
        if (fits)
            tell_edit(view);
    } else {
        view->said = paste_sentence(found);
    }
}

/* true when the key belongs to the line that is being edited. */
static bool edit(struct view *view, enum key key)
{
    struct editor *editor = &view->editor;
    bool changed = false;

    switch (key) {
    case K_LEFT:
        editor_left(editor);
        return true;
    case K_RIGHT:
        editor_right(editor);
        return true;
    case K_HOME:
        editor_home(editor);
        return true;
    case K_END:
        editor_end(editor);
        return true;
    case K_ERASE:
        changed = editor_backspace(editor);
        break;
    case K_ERASE_NEXT:
        changed = editor_delete(editor);
        break;
    case K_ERASE_WORD:
        /* Where blanks are cannot be seen in a secret. */
        changed = view->field->kind == FIELD_SECRET ? editor_delete_before(editor)
                                                    : editor_delete_word(editor);
        break;
    case K_ERASE_BEFORE:
        changed = editor_delete_before(editor);
        break;
    case K_REVEAL:
        if (view->field->kind != FIELD_SECRET)
            return false;
        view->revealed = !view->revealed;
        return true;
    default:
        return false;
    }
    if (changed) {
        begin_typing(view);
        tell_edit(view);
    }
    return true;
}

/* Choosing */

static void choose(struct view *view, size_t option)
{
    const struct field *field = view->field;
    size_t count;
    const struct choice *choices = field_choices(field, &view->setup->context, &count);
    struct wizard_event event = {.kind = WIZARD_EDIT, .setting = field->setting};

    if (field->kind == FIELD_SWITCH)
        event.text = option == 0 ? "true" : "false";
    else if (option < count)
        event.text = choices[option].value;
    if (!event.text) {
        view->bell = true;
        return;
    }
    view->option = option;
    deeds_tell(view, event);
}

/* The choice `step` away from the chosen one, around the ends. */
static size_t neighbour(const struct view *view, int step)
{
    const struct settings *settings = wizard_settings(view->setup->wizard);
    size_t count, chosen;

    if (view->field->kind == FIELD_SWITCH)
        return settings_is(settings, view->field->setting, "true") ? 1 : 0;
    field_choices(view->field, &view->setup->context, &count);
    chosen = view_chosen(view, view->field);
    if (chosen >= count)
        return step > 0 ? 0 : count - 1;
    return (chosen + count + (size_t)(step + (int)count)) % count;
}

/* Up and Down in an upright list; false at its ends. */
static bool move_option(struct view *view, int step)
{
    size_t count;

    field_choices(view->field, &view->setup->context, &count);
    if ((step < 0 && view->option == 0) || (step > 0 && view->option + 1 >= count))
        return false;
    view->option = step < 0 ? view->option - 1 : view->option + 1;
    return true;
}

/* true when the key belongs to the choices that have the focus. */
static bool pick(struct view *view, enum key key)
{
    bool upright = view_is_upright(view, view->field);

    switch (key) {
    case K_LEFT:
        choose(view, neighbour(view, -1));
        return true;
    case K_RIGHT:
        choose(view, neighbour(view, 1));
        return true;
    case K_UP:
        return upright && move_option(view, -1);
    case K_DOWN:
        return upright && move_option(view, 1);
    default:
        return false;
    }
}

static void pick_by_space(struct view *view)
{
    choose(view, view_is_upright(view, view->field) ? view->option : neighbour(view, 1));
}

/* Enter */

static void press_test_button(struct view *view)
{
    switch (wizard_test_state(view->setup->wizard)) {
    case WIZARD_PASSED:
        deeds_tell_kind(view, WIZARD_NEXT_PAGE);
        break;
    case WIZARD_FAILED:
        if (view_blamed(view))
            deeds_tell(view,
                       (struct wizard_event){.kind = WIZARD_FOCUS,
                                             .setting = view->setup->diagnosis->field});
        else
            deeds_test(view);
        break;
    case WIZARD_TESTING:
        view->bell = true;
        break;
    case WIZARD_UNTESTED:
    case WIZARD_STALE:
        deeds_test(view);
        break;
    }
}

static void press_button(struct view *view)
{
    const struct wizard *wizard = view->setup->wizard;

    if (view->page == PAGE_TEST)
        press_test_button(view);
    else if (view->page != PAGE_REVIEW)
        deeds_tell_kind(view, WIZARD_NEXT_PAGE);
    else if (wizard_is_saved(wizard) && !wizard_is_changed(wizard))
        deeds_tell_kind(view, WIZARD_LEAVE);
    else
        deeds_tell_kind(view, WIZARD_SAVE);
}

static void accept(struct view *view)
{
    enum page_id way[PAGE_COUNT];
    size_t count;

    if (view->group >= 0) {
        count = wizard_way(view->setup->wizard, way);
        if ((size_t)view->group < count)
            deeds_tell(view, (struct wizard_event){.kind = WIZARD_GO_PAGE,
                                                   .page = way[view->group]});
        return;
    }
    if (!view->field) {
        press_button(view);
        return;
    }
    if (view_is_upright(view, view->field))
        choose(view, view->option);
    deeds_tell_kind(view, WIZARD_FOCUS_NEXT);
}

/* Moving */

/* The last of Review's groups of values: of the way's pages, the last with fields. */
static int last_group(const struct view *view)
{
    enum page_id way[PAGE_COUNT];
    int last = (int)wizard_way(view->setup->wizard, way) - 1;

    while (last >= 0 &&
           (way[last] == PAGE_REVIEW || wizard_pages[way[last]].field_count == 0))
        last--;
    return last;
}

/* The groups come behind Review's button.  true when the key moved in them. */
static bool move_group(struct view *view, int step)
{
    if (view->page != PAGE_REVIEW || view->field)
        return false;
    if (step > 0 && view->group >= last_group(view)) {
        view->group = -1;
        return false;
    }
    if (step < 0 && view->group < 0)
        return false;
    view->group += step;
    return true;
}

static void move(struct view *view, int step)
{
    bool from_field = view->field != NULL;

    if (move_group(view, step))
        return;
    deeds_tell_kind(view, step > 0 ? WIZARD_FOCUS_NEXT : WIZARD_FOCUS_PREVIOUS);
    /* Backwards from the first field: the last group, not the button. */
    if (step < 0 && view->page == PAGE_REVIEW && from_field && !view->field)
        view->group = last_group(view);
}

static void scroll(struct view *view, int step)
{
    int to = view->scrolled.at + step;

    if (to > view->scrolled.most)
        to = view->scrolled.most;
    view->scroll = to < 0 ? 0 : to;
}

static void open_overlay(struct view *view, enum overlay overlay)
{
    view->overlay = overlay;
    view->scroll = 0;
}

static void close_overlay(struct view *view)
{
    view->overlay = OVERLAY_NONE;
    view->scroll = view->page == PAGE_TEST ? SCROLL_FOLLOWS : 0;
}

/* On Test what the diagnosis knows to be right, and the test again; else the fix that the
 * page offers. */
static void fix(struct view *view)
{
    view->typing = false;
    view->said = NULL;
    if (view->page == PAGE_TEST && view_has_repair(view))
        deeds_repair(view);
    else
        deeds_tell_kind(view, WIZARD_FIX);
}

/* Keys by what is open on top */

static void on_question_key(struct view *view, enum key key)
{
    size_t count = wizard_question(view->setup->wizard)->choice_count;

    switch (key) {
    case K_UP:
    case K_LEFT:
    case K_PREVIOUS:
        view->answer = (view->answer + count - 1) % count;
        break;
    case K_DOWN:
    case K_RIGHT:
    case K_NEXT:
        view->answer = (view->answer + 1) % count;
        break;
    case K_ACCEPT:
        deeds_tell(view,
                   (struct wizard_event){.kind = WIZARD_ANSWER, .answer = view->answer});
        break;
    case K_ESCAPE:
        deeds_tell_kind(view, WIZARD_DISMISS);
        break;
    default:
        view->bell = true;
    }
}

static void on_overlay_key(struct view *view, enum key key)
{
    switch (key) {
    case K_UP:
        scroll(view, -1);
        break;
    case K_DOWN:
        scroll(view, 1);
        break;
    case K_PAGE_BACK:
        scroll(view, -8);
        break;
    case K_PAGE_NEXT:
        scroll(view, 8);
        break;
    case K_HOME:
        view->scroll = 0;
        break;
    case K_END:
        scroll(view, view->scrolled.most);
        break;
    case K_ACCEPT:
    case K_ESCAPE:
    case K_HELP:
        close_overlay(view);
        break;
    case K_LEAVE:
        leave(view);
        break;
    default:
        view->bell = true;
    }
}

static void on_saved_key(struct view *view, enum key key)
{
    if (key == K_ACCEPT)
        leave(view);
    else if (key == K_HELP)
        view->bell = true;
    else
        on_overlay_key(view, key);
}

static void escape(struct view *view)
{
    if (view->page == PAGE_TEST &&
        (view->setup->check || view->repeat.state == REPEAT_ON))
        deeds_cancel_test(view);
    else if (view->revealed)
        view->revealed = false;
    else
        view->said = NULL;
}

static void on_page_key(struct view *view, enum key key)
{
    switch (key) {
    case K_NEXT:
        move(view, 1);
        break;
    case K_PREVIOUS:
        move(view, -1);
        break;
    case K_DOWN:
        view->page == PAGE_TEST ? scroll(view, 1) : move(view, 1);
        break;
    case K_UP:
        view->page == PAGE_TEST ? scroll(view, -1) : move(view, -1);
        break;
    case K_ACCEPT:
        accept(view);
        break;
    case K_PAGE_NEXT:
        deeds_tell_kind(view, WIZARD_NEXT_PAGE);
        break;
    case K_PAGE_BACK:
        deeds_tell_kind(view, WIZARD_PREVIOUS_PAGE);
        break;
    case K_HELP:
        open_overlay(view, OVERLAY_HELP);
        break;
    case K_FIX:
        fix(view);
        break;
    case K_MORE:
        deeds_tell_kind(view, WIZARD_ADVANCED);
        break;
    case K_TEST:
        deeds_test(view);
        break;
    case K_LEAVE:
        leave(view);
        break;
    case K_ESCAPE:
        escape(view);
        break;
    default:
        view->bell = true;
    }
}

static void on_key(struct view *view, enum key key)
{
    bool typed = view->field && view_is_typed(view->field);

    if (wizard_question(view->setup->wizard))
        on_question_key(view, key);
    else if (view->overlay == OVERLAY_SAVED)
        on_saved_key(view, key);
    else if (view->overlay != OVERLAY_NONE)
        on_overlay_key(view, key);
    else if (typed && edit(view, key))
        return;
    else if (view->field && !typed && pick(view, key))
        return;
    else
        on_page_key(view, key);
}

/* Letters where nothing is typed */

static void on_letter(struct view *view, char letter)
{
    const struct setup *setup = view->setup;

    if (letter == ' ' && wizard_question(setup->wizard))
        on_question_key(view, K_ACCEPT);
    else if (letter == 's' && view->overlay == OVERLAY_SAVED)
        deeds_start_ingest(view);
    else if (wizard_question(setup->wizard) || view->overlay != OVERLAY_NONE)
        view->bell = true;
    else if (letter == ' ' && view->field)
        pick_by_space(view);
    else if (letter == ' ')
        accept(view);
    else if (letter == 'n' && view->page == PAGE_REVIEW &&
             wizard_is_saved(setup->wizard) && !wizard_is_changed(setup->wizard))
        deeds_show_next(view);
    else if (letter == 'c' && view->page == PAGE_TEST &&
             wizard_test_state(setup->wizard) == WIZARD_TESTING)
        deeds_cancel_test(view);
    else if (letter == 'c' && view->page == PAGE_TEST && view_has_commands(view))
        view->commands = true;
    else if (letter == 'm' && view->page == PAGE_TEST)
        deeds_repeat(view);
    else if (letter == 'd' && view->page == PAGE_TEST && setup->facts)
        open_overlay(view, OVERLAY_DETAILS);
    else if (letter == 'w' && view->page == PAGE_TEST && setup->facts)
        deeds_tell_kind(view, WIZARD_REPORT);
    else
        view->bell = true;
}

void act_on_input(struct view *view, const struct input *input)
{
    bool covered = wizard_question(view->setup->wizard) || view->overlay != OVERLAY_NONE;

    if (input->kind == INPUT_KEY) {
        on_key(view, input->key);
    } else if (input->kind == INPUT_PASTE) {
        if (covered)
            view->bell = true;
        else
            paste(view, input);
    } else if (!covered && view->field && view_is_typed(view->field)) {
        type(view, input);
    } else {
        for (size_t i = 0; i < input->length && !view->commands; i++)
            on_letter(view, input->text[i]);
    }
}
