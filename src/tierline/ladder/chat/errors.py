"""What this room refuses, in words for people."""

from tierline.core.kernel.errors import Refused


class ChatOver(Refused):
    """The chat has ended; a new one begins with the next message."""

    code = "chat_over"
    default = "This chat has ended. Write again to begin a new one."
