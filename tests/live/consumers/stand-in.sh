# What the stand-ins share: each keeps the contract of a command that takes mail (options as
# documented, the whole of standard input, exit status), and nothing else of it.
#
# Beside the directory it is started from: received/ gets a file per message that was taken;
# answer holds the exit status to end with (0 without it); wrong is told of a wrong call.
set -eu
room=$(dirname "$0")/..

wrong() { # WORDS …
    echo "$(basename "$0"): wrong call: $*" | tee -a "$room/wrong" >&2
    exit 64
}

# Each of the rest is NAME=VALUE with a name of the list.
options() { # LIST [NAME=VALUE …]
    list=" $1 "
    shift
    for option; do
        case $list in
        *" ${option%%=*} "*) ;;
        *) wrong "$option" ;;
        esac
        case $option in *=?*) ;; *) wrong "$option" ;; esac
    done
}

take() {
    answer=0
    [ ! -e "$room/answer" ] || answer=$(cat "$room/answer")
    message=$(mktemp "$room/taken.XXXXXX")
    cat >"$message"
    if [ "$answer" -eq 0 ]; then
        mv "$message" "$room/received/"
    else
        rm "$message"
        echo "ended as it was told to: $answer" >&2
    fi
    exit "$answer"
}
