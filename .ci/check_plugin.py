"""The example package, installed for real, is found through its entry points.

    python .ci/check_plugin.py FOLDER      FOLDER: where the package was installed

Exit code 1 and a sentence when a plug-in of it is missing or broken.
"""
# ruff: noqa: INP001, T201 - a folder of scripts, not a package; a script prints

import os
import sys

EXPECTED = {
    "channels": "spool-folder",
    "actions": "wake-computer",
    "analysers": "memory-kills",
    "detectors": "badge-numbers",
}


def main() -> int:
    sys.path.append(sys.argv[1])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tierline.config.settings")
    import django

    django.setup()
    from tierline.core.plugins import registry
    from tierline.work.diagnosis.operations.detecting import detectors_in_force
    from tierline.work.diagnosis.rules.guarded import load
    from tierline.work.diagnosis.rules.redact import Redactor

    found = {(each.group, each.key): each for each in registry.catalogue()}
    wrong = [f"{each.package}: {each.reason}" for each in registry.broken()]
    wrong += [f"{group} {key} was not found" for group, key in EXPECTED.items() if (group, key) not in found]
    for group, key in EXPECTED.items():
        if each := found.get((group, key)):
            print(f"{group}: {key} ({each.name}) from {each.package} {each.version}")
    in_force = detectors_in_force()
    said = Redactor(detectors=load(in_force["detectors"], in_force["path"])).redact("B-123450 and B-123455 enter")
    print(f"masked as reading does: {said}")
    wrong += [] if said == "B-123450 and <badge-1> enter" else [f"the badge number is not masked: {said}"]
    print("\n".join(wrong), file=sys.stderr)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
