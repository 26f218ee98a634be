"""The detectors of secrets that come with Tierline, offered like those of any package."""

from tierline.core.plugins.registry import built_in

from .rules.built_in import BUILT_IN

for one in BUILT_IN:
    built_in("detectors")(one)
