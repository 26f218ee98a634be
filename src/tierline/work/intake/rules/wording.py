"""Words that a desk wrote for its mails; what stands for a ticket in them is put in by `kernel.wording`."""

NAMES = ("reference", "name", "desk")
USUAL = """\
Thank you. Your message has arrived and is in good hands: {reference}.

You need not do anything now. If you have more to say, simply answer this mail.
"""
