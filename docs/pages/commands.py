"""Every command with its arguments and options, from the command line itself."""

import inspect
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, get_args

import typer

from pages.markdown import cell, code, table
from streams.cli.main import app


def page() -> str:
    """Make the page."""
    parts = ["# Commands", "`--help` of each says the same."]
    parts += [_section(name, command) for name, command in _leaves("callsieve", typer.main.get_command(app))]
    return "\n\n".join(parts)


def _leaves(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    """Walk all commands that do something, in the order in which help lists them."""
    inner = getattr(command, "commands", None)
    if not inner:
        yield name, command
        return
    for word, each in inner.items():
        if not each.hidden:
            yield from _leaves(f"{name} {word}", each)


def _section(name: str, command: Any) -> str:
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option" and each.name != "help"]
    words = " ".join([name, *(_shown(each) for each in arguments), *(["[OPTIONS]"] if options else [])])
    parts = [f"## {name}", f"```\n{words}\n```", inspect.cleandoc(command.help or "").replace("<", "&lt;")]
    parts.append(
        table(
            ("argument or option", "default", "what it is"),
            [[code(_shown(each)), "", cell(getattr(each, "help", "") or "")] for each in arguments]
            + [[code(_flags(each)), _default(each), _about(each)] for each in options],
        )
    )
    return "\n\n".join(part for part in parts if part)


def _shown(argument: Any) -> str:
    name = argument.metavar or argument.name.upper()
    name = name if argument.nargs == 1 or name.endswith("...") else f"{name}..."
    return str(name if argument.required else f"[{name}]")


def _flags(option: Any) -> str:
    flags = ", ".join([*option.opts, *option.secondary_opts])
    return flags if option.is_flag else f"{flags} {_value(option)}"


def _value(option: Any) -> str:
    """Name what an option takes: its own word, its choices, or its type."""
    if option.metavar:
        return str(option.metavar)
    kinds = [kind for kind in _kinds(option.type_descriptor.annotation) if kind is not type(None)]
    if kinds and all(isinstance(kind, str) for kind in kinds):
        return "|".join(kinds)
    return {int: "NUMBER", float: "NUMBER", Path: "PATH"}.get(kinds[0] if kinds else str, "TEXT")


def _kinds(annotation: Any) -> list[Any]:
    """Take a union, list or choice apart; choices are strings."""
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return [each.value for each in annotation]
    inner = get_args(annotation)
    return [kind for each in inner for kind in _kinds(each)] if inner else [annotation]


def _default(option: Any) -> str:
    given = option.default
    if given is None or callable(given) or given is False or given == () or option.is_flag:
        return ""
    return code(getattr(given, "value", given))


def _about(option: Any) -> str:
    variables = [option.envvar] if isinstance(option.envvar, str) else list(option.envvar or ())
    return cell(option.help or "") + "".join(f" ({code(name)})" for name in variables)
