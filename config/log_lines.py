"""Log lines tell nobody's data. Standard library and pure modules only: the web server logs before Django is there."""

import logging
import re

from registries.privacy import without_numbers

# PostgreSQL repeats what it was given: names, addresses, a relative's workplace.
DATABASE_DETAILS = (
    (re.compile(r"(Key \([^\n]*?\)=)\(.*?\)(?= (?:already|is not|is still|conflicts))", re.DOTALL), r"\1(…)"),
    (re.compile(r"(Failing row contains ).*?\)\.(?=\s*(?:\n|$))", re.DOTALL), r"\1(…)."),
    (re.compile(r"(COPY \w+, line \d+)[^\n]*"), r"\1"),
    (re.compile(r"(invalid input syntax for [^:\n]+: )[^\n]*"), r"\1…"),
)


def discreet(text: str) -> str:
    for pattern, instead in DATABASE_DETAILS:
        text = pattern.sub(instead, text)
    return without_numbers(text)


class DiscreetFormatter(logging.Formatter):
    """The last net, below the rule that nothing personal is logged at all: it sees the traceback's text too."""

    def format(self, record: logging.LogRecord) -> str:
        return discreet(super().format(record))
