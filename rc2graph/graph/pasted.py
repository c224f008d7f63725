"""What a person's own query calls for, as far as its text tells: nobody may have read it before it was pasted."""

import re

_NO_CODE = re.compile(r"//[^\n]*|/\*.*?\*/|'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"", re.DOTALL)
_CALLED = re.compile(r"\bCALL\s+([\w.]+)|\b(\w+(?:\.\w+)+)\s*\(", re.IGNORECASE)
_WRITES = re.compile(r"(?<![.\w])(CREATE|MERGE|SET|DELETE|REMOVE|DROP|FOREACH|ALTER)(?![.\w])", re.IGNORECASE)
_PARAMETER = re.compile(r"\$(?!(?:any|all)\s*\()([^\W\d]\w*)")
_LOAD = re.compile(r"\bLOAD\s+CSV\b", re.IGNORECASE)
_OUTSIDE = re.compile(
    r"(apoc\.(load|import|export|http|es|mongo|couchbase|redis|bolt|ml|nlp|jdbc|dv|systemdb|cypher\.runFile)|genai|ai)\.?.*",
    re.IGNORECASE,
)


def _bare(text: str) -> str:
    return _NO_CODE.sub(" ", text)


def functions(text: str) -> tuple[str, ...]:
    """Procedures, and functions with a dot in their name."""
    return tuple(dict.fromkeys(found[1] or found[2] for found in _CALLED.finditer(_bare(text).replace("`", ""))))


def parameters(text: str) -> tuple[str, ...]:
    """The parameters that it names, in their order. `:$any(…)` and `:$all(…)` are labels."""
    found = _PARAMETER.findall(re.sub("`[^`]*`", " ", _bare(text)))
    return tuple(dict.fromkeys(found))


def writes(text: str) -> bool:
    """Whether a clause in it writes. What it calls may write all the same."""
    return _WRITES.search(_bare(text)) is not None


def reaches_out(text: str) -> tuple[str, ...]:
    """What in it has the database server read files or call other machines."""
    load = ("LOAD CSV",) if _LOAD.search(_bare(text)) else ()
    return load + tuple(name for name in functions(text) if _OUTSIDE.fullmatch(name))
