"""All the values of a file that the schema refuses, each told by its key. Only a wrong file comes here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec

from stratopause.environments.checks import Mistake, shown
from stratopause.environments.schema import Environment

_NOT_IN_THE_FILE = ("name", "suffix")


def mistakes(data: dict[str, Any]) -> list[Mistake]:
    """Sorted by key; never empty for data that doesn't convert to an Environment."""
    return sorted(_of_table(Environment, data, ""))


def _of_table(table: type[msgspec.Struct], data: dict[str, Any], path: str) -> Iterator[Mistake]:
    hints = get_type_hints(table, include_extras=True)
    fields = {field.name: field for field in msgspec.structs.fields(table)}
    if not path:
        fields = {name: field for name, field in fields.items() if name not in _NOT_IN_THE_FILE}
    for name in data.keys() - fields.keys():
        yield Mistake(path + _key(name), _unknown(name, list(fields)))
    for name, field in fields.items():
        key = path + name
        if name in data:
            yield from _of_value(hints[name], data[name], key)
        elif field.required:
            yield Mistake(key, "is missing; " + allowed(hints[name]))


def _of_value(hint: Any, value: object, key: str) -> Iterator[Mistake]:
    """The mistakes of one value, inside of it if it's a table or a list."""
    plain = _without_none(hint)
    if isinstance(plain, type) and issubclass(plain, msgspec.Struct) and isinstance(value, dict):
        yield from _of_table(plain, value, key + ".")
        return
    inside = list(_of_elements(plain, value, key))
    if not inside and _refused(hint, value):
        inside = [Mistake(key, f"is {_shown(value, key)}; {allowed(hint)}")]
    yield from inside


def _of_elements(hint: Any, value: object, key: str) -> Iterator[Mistake]:
    bare = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    if get_origin(bare) is tuple and isinstance(value, list):
        for index, element in enumerate(value):
            yield from _of_value(get_args(bare)[0], element, f"{key}[{index}]")
    if get_origin(bare) is dict and isinstance(value, dict):
        names, values = get_args(bare)
        for name, element in value.items():
            if _refused(names, name):
                yield Mistake(f"{key}.{_key(name)}", "is no name here; " + allowed(names))
            elif _refused(values, element):
                yield Mistake(f"{key}.{name}", f"is {_shown(element, key)}; {allowed(values)}")


def _refused(hint: Any, value: object) -> bool:
    try:
        msgspec.convert(value, hint)
    except msgspec.ValidationError:
        return True
    return False


def allowed(hint: Any) -> str:
    """What the schema says about a value: its description and an example."""
    hint = _without_none(hint)
    if get_origin(hint) is not Annotated:
        return "allowed is a table"
    meta = next(note for note in get_args(hint)[1:] if isinstance(note, msgspec.Meta))
    return f"allowed is {meta.description}, for example {shown((meta.examples or [None])[0], longest=200)}"


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in (Annotated, tuple, dict) or not get_args(hint):
        return hint
    return next(option for option in get_args(hint) if option is not type(None))


def _shown(value: object, key: str) -> str:
    # Somebody may have put a secret there.
    return "not shown" if key.startswith("service.environment") else shown(value)


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").replace("-", "").isalnum() else shown(name)


def _unknown(name: str, known: list[str]) -> str:
    from difflib import get_close_matches

    if name in _NOT_IN_THE_FILE:
        return "is no key: the file's name is the environment's name, and a suffix is given on the command line"
    near = get_close_matches(name, known, 1)
    guess = f'did you mean "{near[0]}"? ' if near else ""
    return f"is no key; {guess}allowed are {', '.join(known)}"
