"""Reads PostgreSQL's own parse trees, as pg_node_tree prints them, and says which rows are tied to a site.

A statement becomes a function with a BEGIN ATOMIC body, whose tree the catalogue shows: names are resolved there,
columns are numbers, views and CTEs stay what they are. So nothing here has to understand SQL.
"""

import re

TOKEN = re.compile(r"[{}()]|(?:\\.|[^\s{}()\\])+")

# pg_operator: bigint = bigint, bigint = integer, integer = bigint.
EQUALITIES = {"410", "416", "15"}
SELECT, UPDATE, INSERT, DELETE = "1", "2", "3", "4"
RELATION, SUBQUERY, JOIN, FUNCTION, VALUES, CTE = "0", "1", "2", "3", "5", "6"
INNER, LEFT = "0", "1"


class Node(dict):
    """A node's fields by name; kind is what stands behind its brace."""

    def __init__(self, kind):
        super().__init__()
        self.kind = kind


def parse(text):
    tokens = TOKEN.findall(text)
    value, at = _value(tokens, 0)
    if at != len(tokens):
        raise ValueError("text behind the tree")
    return value


def _value(tokens, at):
    if tokens[at] == "{":
        node, at = Node(tokens[at + 1]), at + 2
        while tokens[at] != "}":
            field, at = tokens[at][1:], at + 1
            values = []
            while tokens[at] != "}" and not (tokens[at].startswith(":") and len(tokens[at]) > 1):
                value, at = _value(tokens, at)
                values.append(value)
            node[field] = values[0] if len(values) == 1 else values
        return node, at + 1
    if tokens[at] == "(":
        values, at = [], at + 1
        while tokens[at] != ")":
            value, at = _value(tokens, at)
            values.append(value)
        return values, at + 1
    return (None if tokens[at] == "<>" else tokens[at]), at + 1


def nodes_of(value):
    """All nodes below a value, but not those inside of other queries; these come themselves."""
    if isinstance(value, Node):
        yield value
        if value.kind == "QUERY":
            return
        value = value.values()
    if isinstance(value, (list, type({}.values()))):
        for part in value:
            yield from nodes_of(part)


class Scope:
    """A query with its tables; parent is the query that it stands in."""

    def __init__(self, query, parent, all_scopes):
        self.query, self.parent = query, parent
        self.tables = [None, *(query["rtable"] or [])]
        self.bound = set()  # numbers of the tables whose site is known
        self.inner = {}  # scopes of the queries inside, by id of their node
        all_scopes.append(self)
        for part in query.values():
            for node in nodes_of(part):
                if node.kind == "QUERY":
                    self.inner[id(node)] = Scope(node, self, all_scopes)

    def up(self, levels):
        return self if levels == 0 else self.parent.up(levels - 1)

    def read(self):
        """Numbers of the tables that the query really looks at."""
        numbers = [int(node["rtindex"]) for node in nodes_of(self.query["jointree"]) if node.kind == "RANGETBLREF"]
        target = int(self.query["resultRelation"] or 0)
        if target and self.query["commandType"] != INSERT:
            numbers.append(target)
        return sorted(set(numbers))


class Statement:
    """What of a tree is tied to the site in the parameters `sites` (numbers), or in the view's column."""

    def __init__(self, tree, site_columns, sites=(), site_output=None):
        self.site_columns = site_columns  # by oid of the table: number of its column site_id
        self.sites = {str(site) for site in sites}
        self.scopes = []
        for node in nodes_of(parse(tree)):
            if node.kind == "QUERY":
                Scope(node, None, self.scopes)
        self.seed = None
        if site_output:
            self.seed = self._site_table(self._output(self.scopes[0], site_output), self.scopes[0])
        self._settle()

    def _settle(self):
        """Goes over all equalities until no more tables become tied to the site."""
        if self.seed:
            self.seed[0].bound.add(self.seed[1])
        equalities = [(scope, equal) for scope in self.scopes for equal in self._equalities(scope)]
        while any([self._tie(scope, one, other, right) or self._tie(scope, other, one, right)
                   for scope, (one, other, right) in equalities]
                  + [self._tie_inserted(scope) for scope in self.scopes]):
            pass

    def _tie(self, scope, column, value, right):
        table = self._site_table(column, scope)
        if not table or table[0] is not scope or table[1] in scope.bound:
            return False
        if right is not None and table[1] not in right:
            return False
        if not self.is_site(value, scope):
            return False
        scope.bound.add(table[1])
        return True

    def _tie_inserted(self, scope):
        """What was inserted, as RETURNING gives it, is of the site that was put into it."""
        if scope.query["commandType"] != INSERT or scope.query["onConflict"]:
            return False
        target = int(scope.query["resultRelation"])
        if target in scope.bound or not self._is_inserted_at_site(scope):
            return False
        scope.bound.add(target)
        return True

    def _is_inserted_at_site(self, scope):
        column = self.site_columns.get(scope.tables[int(scope.query["resultRelation"])]["relid"])
        value = next((e["expr"] for e in scope.query["targetList"] if e["resno"] == column), None)
        return not column or self.is_site(value, scope)

    def _equalities(self, scope):
        """(side, side, tables that they hold for; None: all) of conditions that every row has to meet."""
        tree = scope.query["jointree"]
        if not tree:
            return
        for side in self._sides(tree.get("quals")):
            yield (*side, None)
        for node in nodes_of(tree):
            if node.kind == "JOINEXPR" and node["jointype"] in (INNER, LEFT):
                right = None
                if node["jointype"] == LEFT:  # what stands left of it is there in any case
                    right = {int(ref["rtindex"]) for ref in nodes_of(node["rarg"]) if ref.kind == "RANGETBLREF"}
                for side in self._sides(node["quals"]):
                    yield (*side, right)

    def _sides(self, condition):
        if not isinstance(condition, Node):
            return
        if condition.kind == "BOOLEXPR" and condition["boolop"] == "and":
            for part in condition["args"]:
                yield from self._sides(part)
        if condition.kind == "OPEXPR" and condition["opno"] in EQUALITIES:
            yield tuple(condition["args"])

    def _site_table(self, value, scope):
        """(scope, number) of the table whose site_id this is, or None."""
        value = strip(value)
        if not isinstance(value, Node) or value.kind != "VAR":
            return None
        scope, number = scope.up(int(value["varlevelsup"])), int(value["varno"])
        table = scope.tables[number]
        if table["rtekind"] == JOIN:
            return self._site_table(table["joinaliasvars"][int(value["varattno"]) - 1], scope)
        if table["rtekind"] == RELATION and self.site_columns.get(table["relid"]) == value["varattno"]:
            return scope, number
        return None

    def is_site(self, value, scope):
        """Whether a value can only be the site of the statement."""
        value = strip(value)
        if not isinstance(value, Node):
            return False
        if value.kind == "PARAM":
            return value["paramid"] in self.sites
        if value.kind != "VAR":
            return False
        table = self._site_table(value, scope)
        if table:
            return table[1] in table[0].bound
        scope = scope.up(int(value["varlevelsup"]))
        return self._is_site_of(scope.tables[int(value["varno"])], int(value["varattno"]), scope)

    def _is_site_of(self, table, column, scope):
        if table["rtekind"] == SUBQUERY:
            return self._all_outputs(scope.inner[id(table["subquery"])], column)
        if table["rtekind"] == CTE:
            outer = scope.up(int(table["ctelevelsup"]))
            query = next(cte["ctequery"] for cte in outer.query["cteList"] if cte["ctename"] == table["ctename"])
            return self._all_outputs(outer.inner[id(query)], column)
        if table["rtekind"] == JOIN:
            return self.is_site(table["joinaliasvars"][column - 1], scope)
        if table["rtekind"] == VALUES:
            return all(self.is_site(row[column - 1], scope) for row in table["values_lists"])
        if table["rtekind"] == FUNCTION:
            for function in table["functions"]:
                if column <= int(function["funccolcount"]):
                    return any(self.is_site(part, scope) for part in function["funcexpr"]["args"])
                column -= int(function["funccolcount"])
        return False

    def _output(self, scope, column):
        outputs = scope.query["returningList" if scope.query["commandType"] != SELECT else "targetList"]
        return next((entry["expr"] for entry in outputs or [] if entry["resno"] == str(column)), None)

    def _all_outputs(self, scope, column):
        """Of a union each part, otherwise the one output."""
        arms = [node for node in nodes_of(scope.query["setOperations"]) if node.kind == "RANGETBLREF"]
        if arms:
            return all(self._is_site_of(scope.tables[int(arm["rtindex"])], column, scope) for arm in arms)
        return self.is_site(self._output(scope, column), scope)

    def loose(self):
        """Oids of the tables that may be read or written on any site."""
        for scope in self.scopes:
            for number in scope.read():
                table = scope.tables[number]
                if (table["rtekind"] == RELATION and table["relid"] in self.site_columns and number not in scope.bound):
                    yield table["relid"]
            if scope.query["commandType"] == INSERT and not self._is_inserted_at_site(scope):
                yield scope.tables[int(scope.query["resultRelation"])]["relid"]


def strip(value):
    """Without what only changes its type."""
    while isinstance(value, Node):
        if value.kind in ("RELABELTYPE", "COERCETODOMAIN"):
            value = value["arg"]
        elif value.kind == "FUNCEXPR" and value["funcformat"] in ("1", "2") and len(value["args"]) == 1:
            value = value["args"][0]
        else:
            break
    return value
