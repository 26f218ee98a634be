"""libFuzzer, Centipede, honggfuzz and AFL: what the harness noticed, and detectors that run beside it."""

import re

from tierline.work.diagnosis.rules.stacks.forms import ACCESS, DETECTED, FOUND, STOPPED, Runtime, Sign, says

RUNTIME = Runtime(
    "fuzzers",
    signs=(
        Sign("BUG DETECTED: ", re.compile(r"===BUG DETECTED: Arbitrary file open===?"),
             says("Arbitrary file open", DETECTED)),
        Sign("BUG DETECTED: ", re.compile(r"===BUG DETECTED: Shell (?:injection|corruption)===?"),
             says("Command injection", DETECTED)),
        Sign("BUG DETECTED: ", re.compile(r"===BUG DETECTED: Arbitrary domain name resolution===?"),
             says("Arbitrary DNS resolution", DETECTED)),
        Sign("libFuzzer: timeout", re.compile(r"[^\n]{0,40}ERROR: libFuzzer: timeout"), says("Timeout", ACCESS + 1)),
        Sign("libFuzzer: out-of-memory", re.compile(r"[^\n]{0,40}ERROR: libFuzzer: out-of-memory"),
             says("Out-of-memory", FOUND)),
        Sign("timeout", re.compile(r"={0,20}\s*(?:Per-input|Per-batch) timeout exceeded"), says("Timeout", ACCESS + 1)),
        Sign("RSS limit", re.compile(r"={0,20}\s*RSS limit exceeded"), says("Out-of-memory", DETECTED)),
        Sign("fuzz target exited", re.compile(r"[^\n]{0,40}ERROR: libFuzzer: fuzz target exited"),
             says("Unexpected-exit", STOPPED)),
        Sign("deadly signal", re.compile(r"[^\n]{0,40}ERROR: libFuzzer: deadly signal"), says("Fatal-signal", STOPPED)),
        Sign("overwrites-const-input", re.compile(r"[^\n]{0,40}ERROR: libFuzzer: fuzz target overwrites"),
             says("Overwrites-const-input", FOUND)),
    ),
)  # fmt: skip
