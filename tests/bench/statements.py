"""The statements that a request makes the daemon send, as PostgreSQL's own log tells them, for pgbench.

So the script that pgbench gets is never older than the daemon: the same statements with the same parameters, in
the same trips. Statements between two syncs are one transaction, and the log names the transaction.
"""

import re
import time
from collections import namedtuple

PREFIX = "@@%a|%v@@ "
ENTRY = re.compile(r"^@@(?P<application>[^|]*)\|(?P<transaction>[^@]*)@@ (?P<level>[A-Z]+):  (?P<text>.*)\Z", re.S)
EXECUTE = re.compile(r"execute [^:]+: (.*)\Z", re.S)
PARAMETER = re.compile(r"\$(\d+) = (?:NULL|'((?:[^']|'')*)')")

Statement = namedtuple("Statement", "transaction text values")  # values: text or None each

# What the library sets on its connections (libmicrocosm/db/pool.c).
SESSION = {"plan_cache_mode": "force_generic_plan", "jit": "off", "timezone": "UTC"}


def read_log(text):
    """Statements of an excerpt of the log, those of the library only."""
    found = []
    for part in re.split(r"^(?=@@)", text, flags=re.M):
        entry = ENTRY.match(part.rstrip("\n").replace("\n\t", "\n"))
        if not entry or entry["application"] != "microcosm":
            continue
        execute = EXECUTE.match(entry["text"])
        if entry["level"] == "LOG" and execute:
            found.append(Statement(entry["transaction"], execute.group(1), []))
        elif entry["level"] == "DETAIL" and found and entry["text"].startswith("parameters: "):
            found[-1].values.extend(None if value.group(2) is None and "NULL" in value.group() else
                                    (value.group(2) or "").replace("''", "'")
                                    for value in PARAMETER.finditer(entry["text"]))
    return found


class Recorder:
    """Reads along in the log while requests are made."""

    def __init__(self, postgres):
        self.postgres = postgres

    def __enter__(self):
        self._set(log_statement="'all'", log_line_prefix=f"'{PREFIX}'", log_parameter_max_length="-1")
        return self

    def __exit__(self, *unused):
        self._set(log_statement="DEFAULT", log_line_prefix="DEFAULT", log_parameter_max_length="DEFAULT")

    def _set(self, **settings):
        self.postgres.as_superuser(*(f"ALTER SYSTEM SET {name} = {value}" for name, value in settings.items()),
                                   "SELECT pg_reload_conf()")
        time.sleep(0.3)  # until all processes have heard of it

    def statements_of(self, request):
        with open(self.postgres.log_path, encoding="utf-8") as log:
            log.seek(0, 2)
            request()
            time.sleep(0.05)
            return read_log(log.read())

    def pair(self, first, second):
        """Statements of two requests of the same kind; tried again when other work came in between."""
        for _ in range(10):
            one, two = self.statements_of(first), self.statements_of(second)
            if one and [s.text for s in one] == [s.text for s in two]:
                return one, two
        raise SystemExit("bench: two requests of the same kind did not send the same statements")


def trips(statements):
    """Lists of numbers of statements that travelled together."""
    together = []
    for number, statement in enumerate(statements):
        if number and statement.transaction == statements[number - 1].transaction:
            together[-1].append(number)
        else:
            together.append([number])
    return together


def place_parameters(statement, number, changing, variables):
    """The statement with pgbench's variables; those that are the same in both requests become constants."""
    def replace(match):
        at = int(match.group(1)) - 1
        if statement.values[at] is None:
            return "NULL"
        if (number, at) in changing:
            return ":item"
        name = f"s{number}_{at + 1}"
        variables[name] = statement.values[at]
        return f":{name}"

    return re.sub(r"\$(\d+)", replace, statement.text)


def to_script(one, two, id_of_one, id_of_two, items):
    """Text of a pgbench script that asks for one of the items by chance, and its variables."""
    changing, variables, lines = set(), {}, [f"\\set item random({items[0]}, {items[1]})"]
    for number, (a, b) in enumerate(zip(one, two)):
        for at, (x, y) in enumerate(zip(a.values, b.values)):
            if x != y:
                if (x, y) != (str(id_of_one), str(id_of_two)):
                    raise SystemExit(f"bench: parameter {at + 1} differs by more than the item: {a.text}")
                changing.add((number, at))
    for trip in trips(one):
        if len(trip) > 1:
            lines.append("\\startpipeline")
        lines += [place_parameters(one[number], number, changing, variables) + ";" for number in trip]
        if len(trip) > 1:
            lines.append("\\endpipeline")
    return "\n".join(lines) + "\n", variables
