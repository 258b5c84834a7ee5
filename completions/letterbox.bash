# Completion for bash: commands and options as the program's own --help has them, and the
# names of saved mailboxes.

_letterbox_commands() {
  letterbox --help 2>/dev/null | sed -n 's/^  \([a-z]\{1,\}\) .*/\1/p'
}

_letterbox_options() {
  letterbox "$@" --help 2>/dev/null | sed -n 's/^  \(--[a-z-]*\) .*/\1/p'
}

_letterbox_mailboxes() {
  letterbox list 2>/dev/null | sed -n 's/^\([a-z0-9][a-z0-9._-]*\) .*/\1/p'
}

_letterbox() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  local command=${COMP_WORDS[1]} words=
  COMPREPLY=()
  case $before in
  --answers | --ca-file | --report | --metrics | --config-dir | --state-dir)
    compopt -o default 2>/dev/null
    return
    ;;
  --format) words='raw xoauth2 json' ;;
  --state) words='delivering deferred delivered refused again' ;;
  --retry) words=all ;;
  --limit | --max-age | --connections) return ;;
  *)
    case $COMP_CWORD:$current:$command in
    *:-*:-*) words=$(_letterbox_options) ;;
    *:-*) words=$(_letterbox_options "$command") ;;
    1:*) words="$(_letterbox_commands) $(_letterbox_mailboxes)" ;;
    2:*:provider) words='list add remove' ;;
    *:setup | *:test | *:ingest | *:status | *:messages | *:token | *:show)
      words=$(_letterbox_mailboxes)
      ;;
    esac
    ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _letterbox letterbox
