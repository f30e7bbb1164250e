#!/usr/bin/python3
"""Whether the bindings offer the same: resources, their verbs, the arguments of each, records and errors.

    compare_resources.py NAME=COMMAND NAME=COMMAND...
    compare_resources.py --self-test

Each command prints one JSON object, see list_python.py. What differs is printed.
"""

import json
import shlex
import subprocess
import sys


def differences(first, second, path=""):
    """Each place where two JSON values differ, with both values."""
    if isinstance(first, dict) and isinstance(second, dict):
        for key in sorted({*first, *second}):
            yield from differences(first.get(key, "nothing"), second.get(key, "nothing"), f"{path}.{key}" if path else key)
    elif first != second or type(first) is not type(second):
        yield path, first, second


def plain(offered):
    """Without what the languages write differently: a keyword of Python's ends in an underscore."""
    if isinstance(offered, dict):
        return {key.rstrip("_"): plain(value) for key, value in offered.items()}
    if isinstance(offered, list):
        return [plain(value) for value in offered]
    return offered.rstrip("_") if isinstance(offered, str) else offered


def self_test():
    same = {"resources": {"comments": {"methods": {"create": {"required": ["item"], "optional": {"limit": 25}}}}}}
    assert list(differences(same, json.loads(json.dumps(same)))) == []
    for change in ({"required": []}, {"optional": {"limit": 0}}, {"optional": {}}):
        other = json.loads(json.dumps(same))
        other["resources"]["comments"]["methods"]["create"].update(change)
        assert len(list(differences(same, other))) == 1, change
    assert list(differences({"a": 1}, {"a": True})) and list(differences({"a": 1}, {}))
    assert plain({"from_": ["when"]}) == {"from": ["when"]}


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    offered = {}
    for argument in sys.argv[1:]:
        name, _, command = argument.partition("=")
        done = subprocess.run(shlex.split(command), stdout=subprocess.PIPE, text=True, check=True, timeout=120)
        offered[name] = plain(json.loads(done.stdout))
    (first, wanted), *others = offered.items()
    found = [(name, *difference) for name, seen in others for difference in differences(wanted, seen)]
    for name, path, here, there in found:
        print(f"{path}: {here} in {first}, {there} in {name}")
    methods = sum(len(resource["methods"]) for resource in wanted["resources"].values())
    print(f"{len(wanted['resources'])} resources, {methods} methods, {len(found)} differences")
    return 1 if found or not methods else 0


if __name__ == "__main__":
    sys.exit(main())
