"""A supervisor to be killed: starts the embedded server, commits rows and prints each once it is safe.

python committer.py FOLDER
"""

import sys
from itertools import count
from pathlib import Path

import psycopg

from tierline.core.kernel import embedded


def main() -> None:
    server = embedded.start(Path(sys.argv[1]))
    print("postmaster", server.process.pid, flush=True)
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (number int PRIMARY KEY, filler text)")
        first = connection.execute("SELECT coalesce(max(number), 0) + 1 FROM kept").fetchone()[0]
        for number in count(first):
            connection.execute("INSERT INTO kept VALUES (%s, repeat('x', 2000))", [number])
            print("committed", number, flush=True)


if __name__ == "__main__":
    main()
