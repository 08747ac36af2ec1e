"""Faults of a configuration, in words: file, key, value, what is allowed. One line for each fault."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from feedsvc.core.text import cut

Model = TypeVar("Model", bound=BaseModel)
_MAX_VALUE = 80  # characters of a wrong value that are repeated
_PREFIX = re.compile(r"^(Value error, |(Input|String) (?=should))")
_WORDS = {
    "missing": "is missing",
    "tuple_type": 'should be a list, such as ["a", "b"]',
    "dict_type": "should be a table",
    "model_type": "should be a table",
}


def validated(
    model: type[Model],
    raw: Mapping[str, Any],
    where: str,
    faults: list[str],
    *,
    origins: Mapping[tuple[str, ...], str] | None = None,
    siblings: tuple[str, ...] = (),
) -> Model | None:
    """The validated model, or None with a fault for each thing that is wrong.

    `origins` are the variables that keys came from. `siblings` are keys allowed beside the model's own.
    """
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            location = tuple(str(part) for part in fault["loc"])
            origin = (origins or {}).get(location[:2])
            place = f"environment: {origin}" if origin else ": ".join(filter(None, (where, ".".join(location))))
            faults.append(f"{place}: {_what(model, fault, location, siblings)}")
        return None


def tables(raw: dict[str, Any], name: str, file: Path, faults: list[str]) -> list[dict[str, Any]]:
    """The [[name]] tables of a file that holds nothing else."""
    faults.extend(f"{file}: {key}: unknown key; this file holds [[{name}]] tables" for key in raw if key != name)
    found = raw.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        faults.append(f"{file}: {name}: is written [[{name}]], with two brackets")
        return []
    return found


def _what(model: type[BaseModel], fault: ErrorDetails, location: tuple[str, ...], siblings: tuple[str, ...]) -> str:
    if fault["type"] == "extra_forbidden":
        # The keys that are known beside it.
        holding: Any = model
        for part in location[:-1]:
            holding = holding.model_fields[part].annotation if part in holding.model_fields else None
            if not (isinstance(holding, type) and issubclass(holding, BaseModel)):
                break
            model = holding
        allowed = {*model.model_fields, *(siblings if len(location) == 1 else ())}
        return f"unknown key; there are {', '.join(sorted(allowed))}"
    if fault["type"] == "string_pattern_mismatch":
        message = f"does not have the form {fault['ctx']['pattern']}"
    else:
        message = (
            fault["msg"]
            .removeprefix("Value error, ")
            .replace("Input should", "should")
            .replace("String should", "should")
        )
        message = _WORDS.get(fault["type"], message)
    # An address may hold a password, and so may a table with an address in it; neither is ever repeated.
    if fault["type"] == "missing" or not location or "url" in location[-1] or isinstance(fault["input"], dict):
        return message
    return f"{cut(repr(fault['input']), _MAX_VALUE)}: {message}"
