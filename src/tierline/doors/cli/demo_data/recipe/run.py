"""Keeps a tunnel open for 15 simulated minutes with roaming on and says what happened."""

from tunneld import Tunnel

tunnel = Tunnel(roaming=True)
for second in range(15 * 60):
    event = tunnel.tick(second)
    if event:
        print(event)
        break
else:
    print("tunnel stayed up for 900 s")
