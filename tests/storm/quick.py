"""What the storm computes once instead of a million times, so that twenty thousand schedules can be run.

Nothing that is tested is left out: the same statements with the same arguments reach the same SQLite. Piccolo
builds the text of a query from its parts at every run; here the text is kept under the query's shape, and looked
at again against Piccolo's own in every so many uses. A difference ends the run.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from types import NoneType
from typing import Any
from unittest.mock import patch

from piccolo.columns import JSON, JSONB, Column
from piccolo.columns.combination import UNDEFINED, And, Or, Where
from piccolo.query.base import Query
from piccolo.query.methods.count import Count
from piccolo.query.methods.delete import Delete
from piccolo.query.methods.insert import Insert
from piccolo.query.methods.select import Select
from piccolo.query.methods.update import Update
from piccolo.querystring import QueryString
from piccolo.table import Table
from piccolo.utils.sql_values import convert_to_sql_value

from tests.storm.remembered import AGAIN, Unlike

PLAIN = frozenset((str, int, bytes, bool, NoneType, datetime))
Shape = tuple[Any, ...]


class Odd(Exception):
    """A query with parts that have no shape here; Piccolo builds it."""


class Texts:
    """The texts of queries by their shapes. ``columns``: the columns that a shape may name, kept alive so that an
    id means one column."""

    def __init__(self, tables: Iterable[type[Table]]) -> None:
        self.columns = {id(column): column for table in tables for column in table._meta.columns}
        self.kept: dict[Shape, str] = {}
        self.uses = 0

    def text(self, query: Query[Any, Any]) -> tuple[str, list[Any]] | None:
        """The query as one text and its arguments, or None where Piccolo has to build it."""
        arguments: list[Any] = []
        try:
            shape = self._shape(query, arguments)
        except Odd:
            return None
        text = self.kept.get(shape)
        self.uses += 1
        if text is None or self.uses % AGAIN == 0:
            (built,) = query.querystrings
            fresh, given = built.compile_string("sqlite")
            if (text or fresh) != fresh or list(given) != arguments:
                raise Unlike(f"{text!r} {arguments!r} is {fresh!r} {given!r}")
            text = self.kept[shape] = fresh
        return text, arguments

    def _shape(self, query: Any, arguments: list[Any]) -> Shape:
        kind = type(query)
        if query._frozen_querystrings is not None:
            raise Odd
        if kind is Select:
            return (kind, query.table, *self._select(query, arguments))
        if kind is Count and query.column is None and query._distinct is None:
            return (kind, query.table, self._where(query.where_delegate._where, arguments))
        if kind not in (Update, Delete, Insert):
            raise Odd
        returning = query.returning_delegate._returning
        back = tuple(map(self._column, returning.columns)) if returning else None
        if kind is Insert:
            return (kind, query.table, back, *self._insert(query, arguments))
        changed = self._changes(query, arguments) if kind is Update else ()
        return (kind, query.table, back, changed, self._where(query.where_delegate._where, arguments))

    def _select(self, query: Any, arguments: list[Any]) -> Shape:
        distinct, limit = query.distinct_delegate._distinct, query.limit_delegate._limit
        rare = (
            query.exclude_secrets,
            query.as_of_delegate._as_of,
            query.group_by_delegate._group_by,
            query.having_delegate._where,
            query.offset_delegate._offset,
            query.lock_rows_delegate._lock_rows,
            query.output_delegate._output.load_json,
            query.output_delegate._output.as_objects,
            distinct.on,
        )
        if any(rare):
            raise Odd
        order = tuple(
            (one.ascending, *map(self._column, one.columns))
            for one in query.order_by_delegate._order_by.order_by_items
        )
        return (
            tuple(map(self._column, query.columns_delegate.selected_columns)),
            distinct.enabled,
            self._where(query.where_delegate._where, arguments),
            order,
            limit and limit.number,
        )

    def _insert(self, query: Any, arguments: list[Any]) -> Shape:
        conflicts = query.on_conflict_delegate._on_conflict.on_conflict_items
        if any(one.target or one.values or one.where for one in conflicts):
            raise Odd
        for row in query.add_delegate._add:
            for column in query.table._meta.columns:
                value = plain_sql_value(row[column._meta.name], column)
                self._argument(value, arguments)
        return (len(query.add_delegate._add), *(one.action for one in conflicts))

    def _changes(self, query: Any, arguments: list[Any]) -> Shape:
        for value in query.values_delegate.get_sql_values():
            self._argument(value, arguments)
        return tuple(map(self._column, query.values_delegate._values))

    def _where(self, where: Any, arguments: list[Any]) -> Shape | None:
        if where is None:
            return None
        if type(where) in (And, Or):
            first = self._where(where.first, arguments)
            return (type(where), first, self._where(where.second, arguments))
        if type(where) is not Where:
            raise Odd
        many = -1
        if where.value is not UNDEFINED:
            self._argument(where.value, arguments)
        if where.values is not UNDEFINED:
            if not isinstance(where.values, list):
                raise Odd
            many = len(where.values)
            for value in where.values:
                self._argument(value, arguments)
        return (self._column(where.column), where.operator, where.value is UNDEFINED, many)

    def _argument(self, value: Any, arguments: list[Any]) -> None:
        if type(value) not in PLAIN:
            raise Odd
        arguments.append(value)

    def _column(self, column: Any) -> int:
        if id(column) not in self.columns:
            raise Odd
        return id(column)


_compile = QueryString.compile_string
_COMPILED: dict[tuple[str, int, str], str] = {}


def compiled(query: QueryString, engine_type: str = "postgres") -> tuple[str, list[Any]]:
    """``QueryString.compile_string`` of a text of its own, without parts, only once."""
    if query._frozen_compiled_strings is not None:
        return query._frozen_compiled_strings
    if any(isinstance(argument, QueryString) for argument in query.args):
        return _compile(query, engine_type)
    name = (query.template, len(query.args), engine_type)
    if name not in _COMPILED:
        _COMPILED[name] = _compile(query, engine_type)[0]
    return _COMPILED[name], list(query.args)


def plain_sql_value(value: Any, column: Column) -> Any:
    """``convert_to_sql_value`` with a short way for what needs no conversion."""
    if type(value) in PLAIN and not isinstance(column, (JSON, JSONB)):
        return value
    return convert_to_sql_value(value, column)


def straight(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """``run_sync`` of what waits for nothing, without a loop and a thread of its own: every life of the server opens
    an engine, which asks SQLite for its version so."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise Unlike("an engine waits for something when it is made")


# --- all of it ------------------------------------------------------------------------------------------------


@contextmanager
def quick(tables: Iterable[type[Table]]) -> Iterator[Texts]:
    """Compute once, for the while."""
    texts, run = Texts(tables), Query._run

    async def run_kept(query: Any, node: str | None = None, in_pool: bool = True) -> Any:
        kept = texts.text(query)
        if kept is None:
            return await run(query, node, in_pool)
        query._validate()
        return await query._process_results(await query.table._meta.db.fetch(*kept))

    with ExitStack() as stack:
        stack.enter_context(patch.object(Query, "_run", run_kept))
        stack.enter_context(patch.object(QueryString, "compile_string", compiled))
        stack.enter_context(patch("piccolo.engine.base.run_sync", straight))
        for module in ("columns.combination", "table", "query.mixins"):
            stack.enter_context(patch(f"piccolo.{module}.convert_to_sql_value", plain_sql_value))
        yield texts
