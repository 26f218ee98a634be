"""The demo company: sixty days of a fictional maker of instruments, played by the real operations."""

from .play import SignIn, load

__all__ = ["SignIn", "load"]
