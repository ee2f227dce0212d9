"""Search by part of a name among a million: on PostgreSQL by the pairs of neighbouring characters in it.

Its own trigrams cannot find a Chinese word of two characters. An index of pairs can; a word of three and more is
looked up by its pairs and then compared. SQLite compares every row.
"""

from itertools import pairwise
from string import ascii_lowercase, ascii_uppercase

from django.db import migrations
from django.db.models import CharField, Lookup
from django.db.models.lookups import IContains

# Few names are longer. A fixed list of pairs takes the database a third of the time that a loop takes.
MOST_LISTED = 20
# Only the 26 letters have two cases here, so that every locale of a database and Python agree.
FOLDED = str.maketrans(ascii_uppercase, ascii_lowercase)

# ruff: noqa: S608 - a constant, made of a number alone
FUNCTION = f"""
CREATE FUNCTION registries_grams(name text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE STRICT COST 1000 AS $$
DECLARE folded text := lower(name COLLATE "C");
BEGIN
  IF length(folded) <= {MOST_LISTED} THEN
    RETURN ARRAY[{", ".join(f"substr(folded, {place}, 2)" for place in range(1, MOST_LISTED))}];
  END IF;
  RETURN ARRAY(SELECT substr(folded, place, 2) FROM generate_series(1, length(folded) - 1) AS place);
END $$
"""


def grams(word: str) -> list[str]:
    """The pairs that `registries_grams` gives, among others, for every name that holds the word."""
    return sorted({first + second for first, second in pairwise(word.translate(FOLDED))})


@CharField.register_lookup
class Holds(Lookup):
    """`name__holds="卫东"`: part of a name, in either case. Fast for two characters and more."""

    lookup_name = "holds"

    def as_sql(self, compiler, connection):
        return compiler.compile(IContains(self.lhs, self.rhs))

    def as_postgresql(self, compiler, connection):
        pairs = grams(self.rhs)
        if not pairs:
            return self.as_sql(compiler, connection)
        name, params = self.process_lhs(compiler, connection)
        holds = f"registries_grams({name}) @> %s::text[]"
        if len(pairs) == 1 and len(self.rhs) == 2:  # noqa: PLR2004 - the pair is the word
            return holds, [*params, pairs]
        compared = f'strpos(lower({name} COLLATE "C"), %s) > 0'
        return f"({holds} AND {compared})", [*params, pairs, *params, self.rhs.translate(FOLDED)]


def only_on_postgresql(forward: list[str], backward: list[str]) -> migrations.RunPython:
    """The operation of a migration for what the other database neither has nor needs."""

    def run(statements):
        def execute(apps, schema_editor):
            if schema_editor.connection.vendor == "postgresql":
                for statement in statements:
                    schema_editor.execute(statement, params=None)

        return execute

    return migrations.RunPython(run(forward), run(backward))
