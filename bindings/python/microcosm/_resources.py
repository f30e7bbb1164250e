"""The operations of a session as objects: conversation_create(…) is session.conversations.create(…).

A resource is made for each thing that operations are about, by these rules:

    <thing>_<verb>     session.<things>.<verb>(); the thing is the longest beginning that a type of
                       record is called by, in the singular or plural, else the first word
    <verb>_save        <verb>
    x_id               the parameter x, which takes the id or the record
    list               a List; the resource can be iterated over
    get                also session.<things>[id]
    get, if the record has pages of others: session.<things>.comments(id) is a List of them
    next, by a cursor  since(cursor) gives Changes; the resource can be iterated over

so a function that the headers gain is there without a line here.
"""

from . import _docs
from ._library import lib, text
from ._lists import Changes, List
from ._operations import OPERATIONS, THINGS, Method, class_of, split
from ._records import BY_NAME, is_record_type


def _label(parameter):
    """What a parameter is called here."""
    return parameter.name[:-len("_id")] if parameter.name.endswith("_id") else parameter.name


class Resource:
    """What can be done with the things of one kind; an attribute of a Session, such as session.conversations."""

    __slots__ = ("_session",)
    __iter__ = None  # else [0], [1], … would be tried
    __contains__ = None  # would fetch everything, and compare

    def __init__(self, session):
        self._session = session

    def __repr__(self):
        return f"<{type(self).__name__} of {self._session!r}>"


class Lister:
    """A method that returns a List: of what an operation lists, or of the pages inside what it gets."""

    def __init__(self, operation, name, page_of, item, told):
        self.operation = operation
        self.item = item
        self.page_of = page_of
        self.method = Method(operation, name, _label)
        self.told = told

    def run(self, session, given):
        """The List; nothing is asked for yet."""
        def fetch(limit, offset):
            return self.page_of(self.operation.run(session, {**given, "limit": limit, "offset": offset}))

        return List(fetch, given["limit"] or 25, given["offset"] or 0)


def _only_page(collection):
    """The page of a collection, which has one of one kind of thing."""
    return next(page for page in (getattr(collection, name) for name in collection.fields) if isinstance(page, BY_NAME["Page"]))


def _listers(verb, operation):
    """The methods that an operation gives beside or instead of the one that returns its record."""
    if not operation.takes_page:
        return
    resource, _ = split(operation.name)
    if operation.returns == "collection":
        name = verb if verb == "list" else verb.removesuffix("_list")
        item = class_of(THINGS.get(resource if name == "list" else name, "")) or "Record"
        yield Lister(operation, name, _only_page, item, "")
    elif verb == "get" and is_record_type(operation.returns):
        record = BY_NAME[class_of(operation.returns)]
        for field, item in record._page_items.items():
            yield Lister(operation, field, lambda found, field=field: getattr(found, field), item,
                         f"All {field.replace('_', ' ')} of a {operation.returns.replace('_', ' ')}, page after page.")


def is_feed(operation):
    """Whether it is asked again and again, by a cursor."""
    record = BY_NAME.get(class_of(operation.returns))
    return record is not None and {"cursor", "more"} <= set(record.fields) and any(
        parameter.name == "cursor" for parameter in operation.parameters)


def _feed_members(owner, verb, operation):
    """since(), and what iterating begins with."""
    record = BY_NAME[class_of(operation.returns)]
    item = record._item_classes[record._items]

    def since(self, cursor=None, *, limit=None):
        return Changes(lambda cursor, limit: getattr(self, verb)(cursor=cursor, limit=limit), cursor, limit)

    since.__doc__ = (f"All after a cursor: Changes, which is iterated over, and has the cursor to go on from.\n\n"
                     f"Parameters are those of {verb}().\n")
    since.__qualname__ = f"{owner}.since"
    since.__annotations__ = {"cursor": "str | None", "limit": "int | None", "return": f"Changes[{item}]"}
    return {"since": since, "__iter__": lambda self: iter(self.since())}


def methods(operations):
    """(method, what it returns as an annotation, the Lister if it is one) of all methods of a resource."""
    for verb, operation in operations.items():
        if operation.returns != "collection":
            yield Method(operation, verb, _label), class_of(operation.returns), None
        for lister in _listers(verb, operation):
            yield lister.method, f"List[{lister.item}]", lister


def _make_members(resource, operations):
    """The methods of a resource."""
    owner = class_of_resource(resource)
    members = {"__slots__": (), "__module__": "microcosm.resources"}
    for method, returns, lister in methods(operations):
        operation = method.operation
        if method.name in members:
            raise ImportError(f"{resource}.{method.name} has two meanings")
        if lister:
            told = f"a List, which fetches pages of {lister.item} records while it is walked through"
            doc = _docs.document(operation, method, told, lister.told)
        else:
            doc = _docs.document(operation, method, _docs.returned_text(operation))
        run = lister.run if lister else operation.run
        members[method.name] = method.make(run, "self._session", owner, returns, doc)
    for verb, operation in operations.items():
        if is_feed(operation):
            members.update(_feed_members(owner, verb, operation))
    if "list" in members and not _needs(operations["list"]):
        members["__iter__"] = lambda self: iter(self.list())
    if "get" in members and len(_needs(operations["get"])) == 1:
        members["__getitem__"] = lambda self, identity: self.get(identity)
    return members


def _needs(operation):
    """The parameters that must be given."""
    return [parameter for parameter in operation.parameters if parameter.is_required]


def class_of_resource(resource):
    """conversations -> Conversations."""
    return "".join(word.capitalize() for word in resource.split("_"))


def _grouped():
    found = {}
    for operation in OPERATIONS.values():
        resource, verb = split(operation.name)
        verbs = found.setdefault(resource, {})
        if verb in verbs:
            raise ImportError(f"{resource}.{verb} would be {verbs[verb].name} and {operation.name}")
        verbs[verb] = operation
    return found


def _class_doc(resource):
    thing = THINGS.get(resource)
    told = f"Operations on {resource.replace('_', ' ')}: session.{resource}."
    if thing is not None:
        told += f" Records are {class_of(thing)}."
    beside = [f"session.{other}" for other in GROUPED if other.startswith(f"{thing}_")] if thing else []
    return f"{told} See also {', '.join(beside)}." if beside else told


GROUPED = _grouped()
RESOURCES = {}
for _name, _operations in GROUPED.items():
    RESOURCES[_name] = type(class_of_resource(_name), (Resource,),
                            {"__doc__": _class_doc(_name), **_make_members(_name, _operations)})


def add_to(session_class):
    """Give a class the methods by their names in C, and the resources."""
    for name, operation in OPERATIONS.items():
        if hasattr(session_class, name):
            raise ImportError(f"the operation {name} hides a member of Session")
        method = Method(operation, name)
        doc = _docs.document(operation, method, _docs.returned_text(operation))
        setattr(session_class, name, method.make(operation.run, "self", "Session", class_of(operation.returns), doc))
    for name, resource in RESOURCES.items():
        if hasattr(session_class, name):
            raise ImportError(f"the resource {name} hides a member of Session")
        setattr(session_class, name, property(resource, doc=resource.__doc__))
