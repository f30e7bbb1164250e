#!/usr/bin/python3
"""Prints what the Python binding offers, as compare_resources.py wants it."""

import inspect
import json

import microcosm
from microcosm import _operations, _resources


def method(function):
    """Parameters by position, keywords with their defaults (those that must be given have none), what else is taken."""
    told = {"positional": [], "required": [], "optional": {}, "flags": False}
    for name, parameter in list(inspect.signature(function).parameters.items())[1:]:
        has_default = parameter.default is not parameter.empty
        if parameter.kind is parameter.VAR_KEYWORD:
            told["flags"] = True
        elif parameter.kind is parameter.KEYWORD_ONLY and not has_default:
            told["required"].append(name)
        elif has_default:
            told["optional"][name] = parameter.default
        else:
            told["positional"].append(name)
    told["required"].sort()
    return told


def resource(found):
    methods = {name: method(member) for name, member in vars(found).items() if not name.startswith("_")}
    return {"methods": methods, "iterates": found.__iter__ is not None, "index": hasattr(found, "__getitem__")}


print(json.dumps({
    "resources": {name: resource(found) for name, found in _resources.RESOURCES.items()},
    "operations": {name: method(getattr(microcosm.Session, name)) for name in _operations.OPERATIONS},
    "lists": sorted(name for name in microcosm.__all__
                    if inspect.isclass(getattr(microcosm, name)) and issubclass(getattr(microcosm, name), microcosm.Record)
                    and hasattr(getattr(microcosm, name), "__len__")),
    "records": {name: list(getattr(microcosm, name).fields) for name in microcosm.__all__
                if inspect.isclass(getattr(microcosm, name)) and issubclass(getattr(microcosm, name), microcosm.Record)
                and name != "Record"},
    "errors": sorted(name for name in microcosm.__all__
                     if inspect.isclass(getattr(microcosm, name)) and issubclass(getattr(microcosm, name), microcosm.Error)),
}, sort_keys=True))
