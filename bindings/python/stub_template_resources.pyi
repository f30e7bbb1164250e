# Made by make_stubs.py from stub_template_resources.pyi, the C headers and the library's field tables; not to be
# edited.

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import microcosm

class Resource: ...

#<resources>
