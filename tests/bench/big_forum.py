"""A large forum as the files of docs/moving.md: what an import reads.

    big_forum.py ARCHIVE.tar.zst --comments N [--seed S]

Words are made of syllables, and are as common as words are: the n-th most common one is used 1/n times as often as the
first. The same numbers and the same seed give the same files. Run as a program it writes the archive alone; other
scripts ask it which titles there are, too.
"""

import argparse
import itertools
import json
import random
import subprocess
import tarfile

VOCABULARY = 40000
COMMENTS_OF_A_THREAD = 25
FORUMS = 40
EPOCH = 1262304000  # 2010-01-01


class Forum:
    """What is in it; comments are made while they are written."""

    def __init__(self, comments, seed=1):
        self.random = random.Random(seed)
        self.comments = comments
        self.threads = max(comments // COMMENTS_OF_A_THREAD, 20)
        self.people = max(comments // 100, 20)
        self.words = self._make_words()
        self.weights = list(itertools.accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))
        self.titles = self._make_titles()

    def _make_words(self):
        onsets = "b br c ch cl d dr f fl g gr h j k l m n p pl pr qu r s sh sl st t th tr v w z".split() + [""]
        vowels = "a ai e ea ee i o oa oo ou u".split()
        ends = "b ck d ft g l ll m mp n nd ng nt p r rd rk s ss st t tch w x".split() + ["", "", ""]
        words = {}
        while len(words) < VOCABULARY:
            syllables = self.random.choice((1, 2, 2, 2, 3))
            word = "".join(self.random.choice(part) for _ in range(syllables) for part in (onsets, vowels, ends))
            if 2 <= len(word) <= 14:
                words[word] = None
        return list(words)

    def some_words(self, count):
        return self.random.choices(self.words, cum_weights=self.weights, k=count)

    def _make_titles(self):
        """No two have the same words, as then neither could be asked for; rarer words are more common in them."""
        titles = {}
        while len(titles) < self.threads:
            words = self.some_words(self.random.randint(1, 4)) + self.random.choices(self.words[100:], k=self.random.randint(1, 3))
            self.random.shuffle(words)
            titles[" ".join(words)] = None
        return [title.capitalize() for title in titles]

    @staticmethod
    def time(number, of):
        """Of a thing, by how many come before it."""
        seconds = EPOCH + number * 400000000 // of
        day, rest = divmod(seconds, 86400)
        hour, rest = divmod(rest, 3600)
        year, month, date = civil(day)
        return f"{year:04}-{month:02}-{date:02}T{hour:02}:{rest // 60:02}:{rest % 60:02}Z"

    def text(self):
        words = self.some_words(self.random.randint(8, 70))
        for at in range(0, len(words), 12):
            words[at] = words[at].capitalize()
        if self.random.random() < 0.1:
            words[0] = f"**{words[0]}**"
        return ". ".join(" ".join(words[at:at + 12]) for at in range(0, len(words), 12)) + "."

    def thread_rows(self):
        """Number, title, forum, author, time."""
        for n, title in enumerate(self.titles, 1):
            yield n, title, n % FORUMS + 1, self.random.randint(1, self.people), self.time(n - 1, self.threads)

    def comment_rows(self):
        """Number, thread, author, time, text. First one in each thread, then mostly in those of the same time."""
        for n in range(1, self.comments + 1):
            near = n * self.threads // self.comments - int(self.random.expovariate(.02))
            thread = n if n <= self.threads else min(self.threads, max(1, near))
            yield n, thread, self.random.randint(1, self.people), self.time(n, self.comments), self.text()

    def files(self):
        """All of them, as kind, number and body."""
        for n in range(1, self.people + 1):
            yield "profiles", n, {"name": f"{self.words[n % VOCABULARY]}{n}", "email": f"p{n}@big.example",
                                  "dateCreated": self.time(0, 1)}
        for n in range(1, FORUMS + 1):
            yield "forums", n, {"name": f"Forum {self.words[200 + n]}", "author": 1, "isOpen": True}
        for n, title, forum, author, created in self.thread_rows():
            yield "conversations", n, {"name": title, "forumId": forum, "author": author, "dateCreated": created}
        for n, thread, author, created, text in self.comment_rows():
            yield "comments", n, {"onType": "conversation", "onId": thread, "author": author, "dateCreated": created,
                                  "versions": [{"text": text}]}
        yield "roles", 1, {"name": "Everybody", "default": True, "includeGuests": True, "includeRegisteredUsers": True,
                           "forumPermissions": {"canView": True, "canPostNew": True}}

    def write(self, archive):
        """Write the archive, by the program zstd."""
        with open(archive, "wb") as out:
            squeeze = subprocess.Popen(["zstd", "-q", "-3", "-"], stdin=subprocess.PIPE, stdout=out)
            with squeeze.stdin as sink:
                for kind, number, body in self.files():
                    sink.write(entry(f"{kind}/{number // 1000}/{number % 1000}.json", {"id": number, **body}))
                sink.write(entry("site.json", {"product": "vbulletin", "title": "Big", "owner": 1}))
                sink.write(bytes(2 * tarfile.BLOCKSIZE))
            if squeeze.wait() != 0:
                raise SystemExit("big_forum: zstd failed")


def civil(day):
    """Year, month and date of a day since 1970 (Howard Hinnant's algorithm)."""
    day += 719468
    era, of_era = divmod(day, 146097)
    year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    return year + era * 400 + (month > 9), month + 3 if month < 10 else month - 9, of_year - (153 * month + 2) // 5 + 1


def entry(path, body):
    data = json.dumps(body, ensure_ascii=False).encode()
    head = tarfile.TarInfo(path)
    head.size = len(data)
    return head.tobuf(tarfile.USTAR_FORMAT) + data + bytes(-len(data) % tarfile.BLOCKSIZE)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive")
    parser.add_argument("--comments", type=int, default=1000000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    Forum(given.comments, given.seed).write(given.archive)


if __name__ == "__main__":
    main()
