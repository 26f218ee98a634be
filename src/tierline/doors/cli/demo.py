"""`tierline demo`: `up` with the demo company in it."""

import argparse

from . import up


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    up.add_parser(subparsers, "demo")


run = up.run
