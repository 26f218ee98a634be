"""An init that never waits for its children, as some containers have: whoever dies below it stays a zombie.

python careless_init.py COMMAND...
"""

import ctypes
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36


def main() -> None:
    if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise SystemExit("cannot become a subreaper")
    subprocess.Popen(sys.argv[1:])
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main()
