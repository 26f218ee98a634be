"""The example package, installed for real, is found through its entry points.

    python .ci/check_plugin.py FOLDER      FOLDER: where the package was installed

Exit code 1 and a sentence when a plug-in of it is missing or broken.
"""
# ruff: noqa: INP001, T201 - a folder of scripts, not a package; a script prints

import os
import sys

EXPECTED = {"channels": "spool-folder", "actions": "wake-computer", "analysers": "memory-kills"}


def main() -> int:
    sys.path.append(sys.argv[1])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tierline.config.settings")
    import django

    django.setup()
    from tierline.core.plugins import registry

    found = {(each.group, each.key): each for each in registry.catalogue()}
    wrong = [f"{each.package}: {each.reason}" for each in registry.broken()]
    wrong += [f"{group} {key} was not found" for group, key in EXPECTED.items() if (group, key) not in found]
    for group, key in EXPECTED.items():
        if each := found.get((group, key)):
            print(f"{group}: {key} ({each.name}) from {each.package} {each.version}")
    print("\n".join(wrong), file=sys.stderr)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
