"""The part of the fictional client that renews keys, as in 5.2.0 and 5.2.1."""

REKEY_AFTER = 600


class Tunnel:
    def __init__(self, roaming):
        self.roaming = roaming
        self.key_age = 0
        self.path_changes = 0

    def tick(self, second):
        self.key_age += 1
        if self.roaming and second % 90 == 0:
            self.path_changes += 1
        if self.key_age > REKEY_AFTER:
            return "rekey window exceeded after 600 s, roaming=on"
        # With roaming the path changes while a key is renewed, and the renewal is forgotten.
        if self.key_age > REKEY_AFTER - 30 and not self.path_changes:
            self.key_age = 0
        return ""
