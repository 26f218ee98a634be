"""The part of the fictional client that renews keys, as in 5.2.2."""

REKEY_AFTER = 600


class Tunnel:
    def __init__(self, roaming):
        self.roaming = roaming
        self.key_age = 0

    def tick(self, second):
        self.key_age += 1
        if self.key_age > REKEY_AFTER - 30:
            self.key_age = 0
        if self.key_age > REKEY_AFTER:
            return "rekey window exceeded after 600 s"
        return ""
