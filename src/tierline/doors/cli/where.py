"""Which data folder is meant. Imports nothing heavy: a program that runs for every single mail asks here too."""

import os

_REPOSITORY = os.path.abspath(__file__).rsplit(os.sep, 5)[0]  # noqa: PTH100 (pathlib takes as long as all the rest)


def folder(given: str | None = None) -> str:
    """`given`, else TIERLINE_DATA, else `data` in the checkout, else (not writable) the account's own data folder."""
    named = given or os.environ.get("TIERLINE_DATA")
    if named:
        return os.path.realpath(os.path.expanduser(named))  # noqa: PTH111 (as above)
    beside = f"{_REPOSITORY}/data"
    if os.access(beside if os.path.exists(beside) else _REPOSITORY, os.W_OK):  # noqa: PTH110 (as above)
        return beside
    home = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")  # noqa: PTH111 (as above)
    return f"{os.path.realpath(home)}/tierline"
