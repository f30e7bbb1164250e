#!/usr/bin/env python3
"""The library's schedules against croniter's (Debian's python3-croniter) and the system's time zones.

    check_cron.py CRON_NEXT    the program built from cron_next.c
"""

import datetime
import random
import subprocess
import sys
import zoneinfo

from croniter import croniter

UTC = datetime.timezone.utc
MINUTE = datetime.timedelta(minutes=1)
ZONES = ["Europe/London", "America/New_York", "Australia/Lord_Howe"]
NAMES = {"month": "jan feb mar apr may jun jul aug sep oct nov dec".split(), "day": "sun mon tue wed thu fri sat".split()}
FIXED = [  # (schedule, instant, the next one), UTC
    ("0 0 29 2 *", "2026-11-30 00:00:00", "2028-02-29 00:00:00"),
    ("0 0 29 2 *", "2096-02-29 00:00:00", "2104-02-29 00:00:00"),  # 2100 has none
    ("0 0 29 2 */1", "2026-01-01 00:00:00", "2028-02-29 00:00:00"),
    ("0 0 31 4 *", "2026-01-01 00:00:00", "never"),
    ("0 0 30 2 *", "2026-01-01 00:00:00", "never"),
    ("0 0 13 * 5", "2026-11-30 00:00:00", "2026-12-04 00:00:00"),  # either is enough
    ("0 0 */2 * 5", "2026-11-30 00:00:00", "2026-12-11 00:00:00"),  # both, since one begins with *
    ("0 0 * * 7", "2026-11-30 00:00:00", "2026-12-06 00:00:00"),
    ("0 0 * * sun", "2026-11-30 00:00:00", "2026-12-06 00:00:00"),
    ("0 0 * * 5-7", "2026-11-28 00:00:00", "2026-11-29 00:00:00"),
    ("@hourly", "2026-12-31 23:59:59", "2027-01-01 00:00:00"),
    ("@daily", "2026-12-31 00:00:00", "2027-01-01 00:00:00"),
    ("@midnight", "2026-12-31 00:00:00", "2027-01-01 00:00:00"),
    ("@weekly", "2026-11-30 00:00:00", "2026-12-06 00:00:00"),
    ("@monthly", "2026-11-30 00:00:00", "2026-12-01 00:00:00"),
    ("@yearly", "2026-11-30 00:00:00", "2027-01-01 00:00:00"),
    ("@annually", "2026-11-30 00:00:00", "2027-01-01 00:00:00"),
    ("*/15 * * * * *", "2026-11-30 00:00:45", "2026-11-30 00:01:00"),
    ("59 59 23 31 12 *", "2026-11-30 00:00:00", "2026-12-31 23:59:59"),
    ("  5/20\t* * JAN,Feb  Mon-Fri ", "2026-11-30 00:00:00", "2027-01-01 00:05:00"),
    ("CRON_TZ=UTC 0 1 * * *", "2026-11-30 00:00:00", "2026-11-30 01:00:00"),
    ("* * * * *", "1969-12-31 23:59:59", "1970-01-01 00:00:00"),
    ("0 0 1 1 *", "1901-05-05 00:00:00", "1902-01-01 00:00:00"),
]
WRONG = ["", "*", "* * * *", "* * * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *", "* * * 0 *",
         "* * * * 8", "-1 * * * *", "1- * * * *", "1-2-3 * * * *", "5-1 * * * *", "*/0 * * * *", "*/ * * * *", "*/x * * * *",
         "1, * * * *", ",1 * * * *", "1,,2 * * * *", "a * * * *", "* * * jann *", "* * * * son", "mon * * * *", "** * * * *",
         "1.5 * * * *", "0x1 * * * *", "+1 * * * *", "99999999999999999999 * * * *", "@never", "@", "@daily x", "@daily *",
         "CRON_TZ= * * * * *", "CRON_TZ=" + "x" * 64 + " * * * * *", "TZ=UTC * * * * *", "* * * * *;", "* * * * \u00e9", "? * * * *",
         "*5 * * * *", "1-* * * * *", "* * * * fri-mon"]


def seconds(text):
    return int(datetime.datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def part(source, least, most, names):
    """A part of a field, as people write them."""
    def value(number):
        return source.choice([names[number - least], names[number - least].title()]) if names and source.random() < 0.5 else str(number)
    first = source.randint(least, most)
    last = source.randint(first, most)
    return source.choice([value(first), f"{value(first)}-{value(last)}", f"{first}-{last}/{source.randint(1, 9)}"])


def field(source, least, most, names=None):
    if source.random() < 0.4:
        return "*"
    if source.random() < 0.3:
        return f"*/{source.randint(1, most)}"
    return ",".join(part(source, least, most, names) for _ in range(source.choice([1, 1, 1, 2, 3])))


def schedule(source):
    return " ".join([field(source, 0, 59), field(source, 0, 23), field(source, 1, 31), field(source, 1, 12, NAMES["month"]),
                     field(source, 0, 6, NAMES["day"])])


def has_other_days(text):
    """Whether croniter takes the days otherwise: only a lone * is one to it, and so is a list of all days."""
    fields = text.split()
    return any((days == ["*"]) != field.startswith("*")
               for days, field in ((croniter.expand(text)[0][i], fields[i]) for i in (2, 4)))


def offsets(zone, first, last):
    """Those of a zone between two instants: (from, seconds ahead of UTC)."""
    def ahead(instant):
        return int(datetime.datetime.fromtimestamp(instant, zone).utcoffset().total_seconds())
    found = [(first, ahead(first))]
    for day in range(first, last, 86400):
        if ahead(day + 86400) != ahead(day):
            below, above = day, day + 86400
            while above - below > 1:
                middle = (below + above) // 2
                below, above = (middle, above) if ahead(middle) == ahead(below) else (below, middle)
            found.append((above, ahead(above)))
    return found


def local_matches(text, start, end):
    """The local times that a schedule names, from one until another."""
    times = croniter(text, start - MINUTE)
    found = []
    while (time := times.get_next(datetime.datetime)) < end:
        found.append(time)
    return found


def due_around(text, zone, instant):
    """All instants in the two days around an instant that a schedule is due at, by going through them."""
    middle = datetime.datetime.fromtimestamp(instant, zone).replace(tzinfo=None, second=0)
    times = local_matches(text, middle - datetime.timedelta(days=2), middle + datetime.timedelta(days=2))
    if any(part.startswith("*") for part in text.split()[:2]):
        wanted = set(times)
        start = instant - instant % 60 - 86400
        return [at for at in range(start, start + 2 * 86400, 60)
                if datetime.datetime.fromtimestamp(at, zone).replace(tzinfo=None) in wanted]
    found = set()
    for time in times:
        at = int(time.replace(tzinfo=zone).timestamp())
        if datetime.datetime.fromtimestamp(at, zone).replace(tzinfo=None) != time:  # the clock leaves it out: when it is put forward
            at = next(second for second in range(at - 7200, at + 7200, 60)
                      if datetime.datetime.fromtimestamp(second, zone).replace(tzinfo=None) > time)
        found.add(at)
    return sorted(found)


def clock_cases(source):
    """Schedules and instants around each change of the clocks in 2026 and 2027."""
    for name in ZONES:
        zone = zoneinfo.ZoneInfo(name)
        known = offsets(zone, seconds("2026-01-01 00:00:00"), seconds("2028-01-01 00:00:00"))
        given = ",".join(f"{start}:{ahead}" for start, ahead in known)
        for change, _ in known[1:]:
            for text in ["30 1 * * *", "0 2 * * *", "15 2 * * *", "30 2 * * *", "*/30 * * * *", "0 * * * *", "10 */2 * * *",
                         "45 1,2 * * *", "0 3 * * *", f"{source.randint(0, 59)} {source.randint(0, 4)} * * *"]:
                due = due_around(text, zone, change)
                for after in (change - 5400, change - 1800, change - 1, change, change + 1800, change + 3600):
                    yield text, after, given, next(at for at in due if at > after)


def cases():
    source = random.Random(5)
    for text, after, expected in FIXED:
        yield text, seconds(after), "0:0", expected if expected == "never" else seconds(expected)
    for _ in range(600):
        text = schedule(source)
        after = seconds("2026-01-01 00:00:00") + source.randint(0, 8 * 365 * 86400)
        if not has_other_days(text):
            try:
                expected = int(croniter(text, after).get_next(float))
            except Exception:
                expected = "never"
            yield text, after, "0:0", expected
    yield from clock_cases(source)


def ask(program, lines):
    done = subprocess.run([program], input="".join(lines), capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.splitlines()


def main():
    wanted = list(cases())
    found = ask(sys.argv[1], [f"{after}\t{given}\t{text}\n" for text, after, given, _ in wanted])
    faults = [f"{text} after {after}: {answer} instead of {expected}"
              for (text, after, _, expected), answer in zip(wanted, found, strict=True) if answer != str(expected)]
    refused = ask(sys.argv[1], [f"0\t0:0\t{text}\n" for text in WRONG])
    faults += [f"{text!r} is taken for a schedule" for text, answer in zip(WRONG, refused, strict=True) if answer.isdigit() or answer == "never"]
    print("\n".join(faults[:20]))
    print(f"{len(wanted) + len(WRONG)} schedules, {len(faults)} wrong")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
