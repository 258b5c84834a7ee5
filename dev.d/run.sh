# ./dev run: the wizard on the sandbox, and the mail it leads to.  On a terminal a person
# walks; without one, the four answers files do.

messages_each=$(ls tests/sandbox/messages | wc -l)

letterbox() {
    attend build/release/ui/letterbox "$@" --config-dir "$work/config" --state-dir "$work/state"
}

values() {
    . "$work/sandbox/env"
    cat <<END
What to enter, in one of four ways:

  Basic auth        Username         $SANDBOX_BASIC_USER
                    Password         $SANDBOX_BASIC_PASSWORD

  OAuth             Token URL        $SANDBOX_EXCHANGE_URL
  Microsoft         Client ID        $SANDBOX_EXCHANGE_ID
  Exchange          Client secret    $SANDBOX_EXCHANGE_SECRET
                    Scope            $SANDBOX_EXCHANGE_SCOPE (F3 puts it)
                    Mailbox address  $SANDBOX_EXCHANGE_USER

  OAuth             Provider         Sandbox OpenID server
  OpenID provider   Scope            $SANDBOX_SCOPE
                    Mailbox address  $SANDBOX_PROVIDER_USER

  OAuth             Token URL        $SANDBOX_CUSTOM_URL
  Custom            Client ID        $SANDBOX_CUSTOM_ID
                    Client secret    $SANDBOX_CUSTOM_SECRET
                    Scope            $SANDBOX_SCOPE
                    Mailbox address  $SANDBOX_CUSTOM_USER

  All of them       IMAP host, Port  $SANDBOX_IMAP_HOST, $SANDBOX_IMAPS_PORT, with TLS
                    CA file          $SANDBOX_CA_FILE (filled in)
                    Target           $work/mail/NAME (a Maildir, any name)
END
}

ask() { # QUESTION; yes when only Enter is pressed
    printf '%s [Y/n] ' "$1"
    read -r answer || return 1
    case $answer in
    [nN]*) return 1 ;;
    esac
}

# The Maildir of a saved mailbox; nothing when its mail goes elsewhere.
maildir_of() { # NAME
    node -e 'const { ingest } = JSON.parse(require("fs").readFileSync(process.argv[1]));
        if (ingest.deliver === "maildir") console.log(ingest.target);' \
        "$work/config/mailboxes/$1.json"
}

fetch() { # NAME
    say
    say "letterbox ingest $1 --once"
    # Its log has a line per message; the messages themselves are shown below.
    letterbox ingest "$1" --once 2>"$work/ingest.log" || {
        cat "$work/ingest.log" >&2
        return 1
    }
    maildir=$(maildir_of "$1")
    [ -z "$maildir" ] || node tests/sandbox/subjects.mjs "$maildir"
}

# The messages are put back after each run, so that the next one finds them too.
put_messages_back() {
    for way in basic exchange provider custom; do
        tests/sandbox/sandbox refill "$work/sandbox" "$way@sandbox.test"
    done
}

newest_mailbox() {
    ls -t "$work/config/mailboxes" 2>/dev/null | sed -n '1s/\.json$//p'
}

run_with_person() {
    values >"$work/values"
    cat "$work/values"
    say
    say "The wizard takes the whole window. In another one: cat $work/values"
    ask "Open the wizard?" || return 0
    while :; do
        saved=yes
        letterbox setup || saved=
        name=$(newest_mailbox)
        if [ -n "$saved" ] && [ -n "$name" ] && ask "Fetch the mail of \"$name\" now?"; then
            fetch "$name" || note "the mail could not be fetched."
            put_messages_back
        fi
        printf 'Open the wizard again? [y/N] '
        read -r answer || return 0
        case $answer in
        [yY]*) ;;
        *) return 0 ;;
        esac
    done
}

walk() { # WAY
    answers=$work/$1.answers
    say
    say "=== $1"
    (umask 077 && node tests/sandbox/answers.mjs "$work/sandbox" "$1" \
        "ingest.target=$work/mail/$1" >"$answers")
    letterbox setup --answers "$answers" --no-test || return 1
    say
    letterbox test "$1" || return 1
    fetch "$1" || return 1
    fetched=$(ls "$work/mail/$1/new" | wc -l)
    [ "$fetched" -eq "$messages_each" ] || {
        say "Fetched $fetched of $messages_each messages."
        return 1
    }
}

run_alone() {
    values
    good=0
    bad=
    for way in basic exchange provider custom; do
        if walk "$way"; then
            good=$((good + 1))
        else
            bad="$bad $way"
        fi
    done
    say
    say "$good of 4 ways lead from the answers to fetched messages."
    [ -z "$bad" ] || die 1 "failed:$bad"
}

dev_run() {
    need_sandbox $packages_build
    build release letterbox || die 70 "letterbox does not build."
    make_work_directory
    say "Starting the sandbox: Dovecot and an OpenID server"
    start_sandbox "$work/sandbox"
    mkdir -p "$work/mail"
    export LETTERBOX_CA_FILE="$work/sandbox/tls/ca.pem"
    letterbox provider add sandbox "$work/sandbox/provider.json" --ca-file "$LETTERBOX_CA_FILE"
    say
    if [ -t 0 ] && [ -t 1 ]; then
        run_with_person
    else
        run_alone
    fi
}
