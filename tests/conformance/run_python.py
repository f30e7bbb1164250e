#!/usr/bin/python3
"""Goes through the steps by the Python binding: run_python.py STEPS CONNINFO

Prints the transcript that README.md describes.
"""

import inspect
import json
import os
import sys
import tempfile

import microcosm


def resolve(value, saved):
    """Put saved ids where their names stand."""
    if isinstance(value, dict):
        return {key: resolve(inner, saved) for key, inner in value.items()}
    if isinstance(value, list):
        return [resolve(inner, saved) for inner in value]
    if isinstance(value, str) and value.startswith("$"):
        return saved[value[1:]]
    return value


def keyword_arguments(arguments):
    """The binding takes the members of structs as keywords, beside the other parameters."""
    flat = {}
    for name, value in arguments.items():
        if name == "ops":
            flat[name] = [(op["path"], op["value"]) for op in value]
        elif isinstance(value, dict):
            flat.update(value)
        else:
            flat[name] = value
    return flat


def left_out(method):
    """None for each parameter that must be given: what the steps leave out is the library's to judge."""
    return {name: None for name, parameter in inspect.signature(method).parameters.items()
            if parameter.kind is parameter.KEYWORD_ONLY and parameter.default is parameter.empty}


# What bindings have by other names than C, as they read and write files.
FILES = {"file_put": lambda session, name, text: json.loads(session.upload(text.encode(), name).json()),
         "file_read": lambda session, file_hash: session.download(file_hash).decode()}


def call(app, steps, step, saved):
    """Do one step in a session of its own; return what the transcript has of the result."""
    site = None if step["as"] == "operator" else steps["site"]
    with app.session(site, act_as=steps["people"].get(step["as"])) as session:
        if step["do"] in FILES:
            return FILES[step["do"]](session, **resolve(step["args"], saved))
        method = getattr(session, step["do"])
        result = method(**{**left_out(method), **keyword_arguments(resolve(step.get("args", {}), saved))})
    if isinstance(result, microcosm.Record):
        return json.loads(result.json())
    return json.loads(result) if isinstance(result, str) else result


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        steps = json.load(file)
    saved = {}
    with tempfile.TemporaryDirectory() as folder, microcosm.open(database=sys.argv[2], files=folder) as app:
        os.chdir(folder)  # what the steps write into files is beside those of no other runner
        for step in steps["steps"]:
            if "python" in step.get("skip", ()):
                continue
            line = {"step": step["name"]}
            try:
                result = line["ok"] = call(app, steps, step, saved)
                for name, key in step.get("save", {}).items():
                    saved[name] = result[key] if key else result
            except microcosm.Error as error:
                line["error"] = {"slug": error.slug, "reason": error.reason, "faults": error.faults}
            print(json.dumps(line, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
