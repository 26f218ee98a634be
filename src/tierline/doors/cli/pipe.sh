# `tierline mail pipe`: one message from standard input into the desk's spool, for a mail server's pipe.
#
# Started for every single mail, so it is a shell and two small programs. The launcher reads it in; without the launcher
# the Python command runs it. `beside` is the data folder beside the checkout, if there is a checkout.
#
# A file of the spool is whole when it ends with its own name (core/kernel/spool.py), which is written after the message
# is on the disk. Then the name itself is brought to the disk, and only then this ends with 0. The exit codes are those
# of sysexits.h, which mail servers read; whatever goes wrong in a way that nobody thought of is 75 as well: the mail
# server keeps the message and tries again.
#
# For any POSIX shell on Linux, macOS and the BSDs.

MOST=157286400 # bytes: 150 MiB, as `MAX_MESSAGE` of the intake
USAGE=64 REFUSED=65 LATER=75

code=$LATER
trap 'exit $code' EXIT
trap 'exit' HUP INT TERM

help="usage: tierline mail pipe [--data FOLDER] < MESSAGE

Keeps one message (RFC 5322) for the desk of the data folder, which takes it as soon as it runs.
Exit codes: 0 kept, 75 not now (keep the message and try again), 65 refused for good, 64 wrong words."

end() { # CODE WORDS...
    code=$1
    shift
    printf 'tierline: %s\n' "$*" >&2
    exit
}

discard() { # CODE WORDS...
    rm -f "$file"
    end "$@"
}

why() { # WHAT A PROGRAM SAID
    first=${1%%"
"*}
    printf '%s\n' "${first##*: }"
}

case ${1:-} in
-h | --help)
    printf '%s\n' "$help"
    code=0
    exit
    ;;
esac
folder=${TIERLINE_DATA:-}
case $#,${1:-} in
0,) ;;
2,--data) folder=$2 ;;
1,--data=*) folder=${1#--data=} ;;
*) end $USAGE "$help" ;;
esac

# The same folder as `data_folder.choose` finds.
case $folder in
'')
    parent=${beside:+${beside%/*}}
    if [ -n "${beside:-}" ] && { [ -w "$beside" ] || { [ ! -e "$beside" ] && [ -w "$parent" ]; }; }; then
        folder=$beside
    else
        folder=${XDG_DATA_HOME:-${HOME:-/nonexistent}/.local/share}/tierline
    fi
    ;;
'~') folder=$HOME ;;
'~'/*) folder=$HOME/${folder#'~/'} ;;
esac

spool=$folder/spool
[ -d "$spool" ] || end $LATER "There is no desk in $folder. Name its data folder with --data; a new desk has to be" \
    "started once (tierline up)."
[ -O "$spool" ] && [ -w "$spool" ] || end $LATER "The desk in $folder belongs to another account: run this as the" \
    "account that runs the desk."

umask 077
{ IFS= read -r name </proc/sys/kernel/random/uuid; } 2>/dev/null || name=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
file=$spool/$name

# Where dd knows no fsync it ends before it makes the file or reads anything.
told=$(LC_ALL=C dd bs=65536 conv=fsync of="$file" 2>&1) ||
    { [ ! -e "$file" ] && told=$({ cat >"$file" && sync; } 2>&1); } ||
    discard $LATER "The message could not be kept: $(why "$told")"
[ -s "$file" ] || discard $REFUSED "There is no message."
size=${told%% bytes*}
size=${size##*[!0-9]}
[ "${size:-0}" -le $MOST ] || discard $REFUSED "The message has $((size / 1000000)) MB; $((MOST / 1000000)) MB is the limit."

# By its descriptor: the desk may have taken the file by the time it is brought to the disk.
{ exec 9>>"$file" && printf '\nend of %s\n' "$name" >&9; } 2>/dev/null || discard $LATER "The message could not be kept."
sync /dev/fd/9 "$spool" || end $LATER "The message could not be brought to the disk."
code=0
exit
