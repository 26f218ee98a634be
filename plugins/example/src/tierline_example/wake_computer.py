"""An action that wakes a sleeping computer.

Six bytes FF and sixteen times its address in one broadcast (Wake-on-LAN).
"""

import socket
from dataclasses import dataclass, field

from tierline.core.plugins.contracts import ActionContext, ActionResult


@dataclass(frozen=True, kw_only=True)
class Params:
    """What the person fills in."""

    address: str = field(
        metadata={
            "label": "Network address (MAC)",
            "help": "Twelve hexadecimal digits, such as 3c:52:82:1a:0b:9f",
            "pattern": r"([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}",
        }
    )
    broadcast: str = field(default="255.255.255.255", metadata={"label": "Broadcast address", "max_length": 45})
    port: int = field(default=9, metadata={"min": 1, "max": 65535})


class WakeComputer:
    key = "wake-computer"
    name = "Wake a computer"
    version = "1.0.0"
    needs_approval = False
    Params = Params

    def describe(self, params: Params) -> str:
        """One sentence for the person who looks at the run."""
        return f"Wakes the computer with the network address {params.address}."

    def run(self, params: Params, context: ActionContext) -> ActionResult:
        """Send the packet once. Nobody answers it, so success means that it was sent."""
        if context.dry_run:
            return ActionResult(ok=True, detail=f"Would wake {params.address}.")
        address = bytes.fromhex(params.address.replace(":", "").replace("-", ""))
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
                sender.sendto(b"\xff" * 6 + address * 16, (params.broadcast, params.port))
        except OSError as error:
            return ActionResult(ok=False, detail=f"The packet was not sent: {error.strerror}.", permanent=False)
        return ActionResult(ok=True, detail=f"Sent the wake-up packet for {params.address}.")
