#!/usr/bin/env python3
"""Holds the predictions of two programs against each other, byte by byte.

    tests/project/compare_outputs.py OLD NEW [--only NAME] [--fidelities own,analytic]

Every shipped scenario but those of the machine it runs on is predicted by both programs with --json
at all its points, at its own fidelity and under analytic, with two processes. OLD and NEW are
programs; each is run in the tree that it was built from, two folders above its own, so that both
read scenarios of their own. Two differences are allowed, because files of the newer program say
more: the line "format", and phases and parts of memory that only one of the two prints and that are
0. Prints one line per comparison; exit status 1 if any output differs.
"""

import argparse
import pathlib
import re
import subprocess
import sys

MAY_BE_NEW = {
    "breakdown_s": {"recompute", "server_wait", "offload"},
    "memory_per_device_bytes": {"transient", "framework"},
}


def tree_of(program):
    return program.resolve().parent.parent.parent


def is_local(scenario):
    # The files hold comments, which Python's reader of JSON refuses.
    return re.search(r'"device"\s*:\s*"local"', scenario.read_text()) is not None


def predict(program, name, fidelity):
    tree = tree_of(program)
    command = [str(program.resolve()), "predict", f"scenarios/{name}.json", "--json", "--quiet", "--jobs", "2"]
    if fidelity != "own":
        command += ["--fidelity", fidelity]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr.replace(str(tree), "TREE")


def without_what_is_new(text):
    """The text without the allowed differences, else unchanged to the byte."""
    kept = []
    inside = None
    for line in text.splitlines():
        words = line.strip().rstrip(",")
        if words.startswith('"format":'):
            continue
        key, _, value = words.partition(":")
        key = key.strip('"')
        if value.strip() == "{":
            inside = key
        elif words == "}":
            inside = None
        new_zero = key in MAY_BE_NEW.get(inside, ()) and value.strip() in ("0", "0.0")
        if not new_zero:
            kept.append(line)
    return "\n".join(kept)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("old", type=pathlib.Path)
    parser.add_argument("new", type=pathlib.Path)
    parser.add_argument("--only", help="one scenario, by its name")
    parser.add_argument("--fidelities", default="own,analytic")
    args = parser.parse_args()
    names = sorted(
        file.stem
        for file in (tree_of(args.new) / "scenarios").glob("*.json")
        if not is_local(file) and args.only in (None, file.stem)
    )
    different = 0
    for name in names:
        for fidelity in args.fidelities.split(","):
            old = predict(args.old, name, fidelity)
            new = predict(args.new, name, fidelity)
            same = old[0] == new[0] and without_what_is_new(old[1]) == without_what_is_new(new[1])
            same = same and (old[0] == 0 or old[2] == new[2])
            different += not same
            print(f"{name} ({fidelity}): {'equal' if same else 'DIFFERENT'}", flush=True)
    print(f"{different} of {len(names) * len(args.fidelities.split(','))} differ")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
