"""How a verb gets its options: those of its groups are expanded, read, and put together again before it runs."""

import inspect
from collections.abc import Callable
from copy import copy
from dataclasses import fields
from datetime import timedelta
from functools import wraps
from typing import Annotated, Any, get_args

import typer
from typer.core import TyperCommand
from typer.models import OptionInfo, ParameterInfo

from rc2graph import config
from rc2graph.cli import next_steps, streams
from rc2graph.cli.logging import LogSettings, log, set_up_logging
from rc2graph.cli.options import PANELS, EnvFile, Group, Length, LogOptions, Settings, group
from rc2graph.duration import duration, written
from rc2graph.errors import UsageError

KEYWORD, EMPTY = inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.empty
WIDEST = 26
"""Columns of the names of options in `--help`."""


class Verbs(typer.Typer):
    """An app whose verbs take groups of options."""

    def command(self, *names: Any, **about: Any) -> Callable[[Any], Any]:
        register = super().command(*names, cls=Verb, **about)

        def take(verb: Callable[..., None]) -> Callable[..., None]:
            @wraps(verb)
            def whole() -> None: ...

            whole.__signature__ = inspect.Signature()  # type: ignore[attr-defined]
            whole.verb = verb  # type: ignore[attr-defined]
            next_steps.register(verb.__name__, (option.name for option in _options_of(verb)))
            register(whole)
            return verb

        return take


class Verb(TyperCommand):
    """A verb that gets its options when it is asked for, as the help of all verbs needs none of them."""

    def make_context(self, *given: Any, **about: Any) -> Any:
        if verb := vars(self.callback).pop("verb", None):
            alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
            alone.command()(_expanded(verb))
            whole = typer.main.get_command(alone)
            self.params, self.callback = whole.params, whole.callback
        return super().make_context(*given, **about)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        panels: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            argument = param.param_type_name == "argument"
            panel = "Arguments" if argument else getattr(param, "rich_help_panel", None) or "Options"
            if record := param.get_help_record(ctx):
                panels.setdefault(panel, []).append(record)
        width = max(len(name) for records in panels.values() for name, _ in records)
        for panel, records in sorted(panels.items(), key=lambda one: PANELS.index(one[0])):
            with formatter.section(panel):
                formatter.write_dl([(name.ljust(min(width, WIDEST)), text) for name, text in records], col_max=WIDEST)


@group
class _Option:
    """An option or argument: what typer is told of it, and what the verb gets."""

    name: str
    annotation: Any
    default: Any
    group: type[Group] | None = None

    def parameter(self) -> inspect.Parameter:
        kind, default, info = get_args(self.annotation)[0], self.default, copy(self._about(ParameterInfo))
        info.rich_help_panel = info.rich_help_panel or (self.group.panel if self.group else None)
        if self._about(Length):
            kind, info.metavar = (str if kind is timedelta else str | None), "<duration>"
            default = written(default) if isinstance(default, timedelta) else default
        if isinstance(info, OptionInfo):
            shown = [f"${info.envvar}"] if info.envvar else []
            shown += [f"default: {default}"] if default not in (EMPTY, None, "", False) and info.show_default else []
            info.help = f"{info.help}  [{'; '.join(shown)}]" if shown else info.help
            info.show_envvar = info.show_default = False
        return inspect.Parameter(self.name, KEYWORD, default=default, annotation=Annotated[kind, info])

    def value(self, given: Any, context: typer.Context) -> Any:
        """What was typed or set, as the verb takes it. Errors: `UsageError`."""
        info, length = self._about(ParameterInfo), self._about(Length)
        if self.group and issubclass(self.group, Settings) and info.envvar != config.PASSWORD:
            given = config.without_blanks(given)
        if length and given is not None:
            source = context.get_parameter_source(self.name)
            named = info.envvar if source and source.name == "ENVIRONMENT" else f"--{self.name.replace('_', '-')}"
            given = duration(given, named, length.example, bare=length.bare, zero=length.zero)
        return given

    def _about(self, kind: type[Any]) -> Any:
        return next((one for one in get_args(self.annotation) if isinstance(one, kind)), None)


def _groups_of(verb: Callable[..., None]) -> dict[str, Any]:
    kinds = {name: parameter.annotation for name, parameter in inspect.signature(verb).parameters.items()}
    return {name: kind for name, kind in kinds.items() if isinstance(kind, type) and issubclass(kind, Group)}


def _options_of(verb: Callable[..., None]) -> list[_Option]:
    """Its own and those of its groups in their order, and `--env-file` where there is any group."""
    groups, found = _groups_of(verb), list[_Option]()
    for name, parameter in inspect.signature(verb).parameters.items():
        if group := groups.get(name):
            found += [_Option(one.name, one.type, one.default, group) for one in fields(group)]
        else:
            found.append(_Option(name, parameter.annotation, parameter.default))
    return [*found, _Option("env_file", EnvFile, "")] if groups else found


def _expanded(verb: Callable[..., None]) -> Callable[..., None]:
    """The verb as typer takes it: each of its options is a parameter."""
    options, groups = _options_of(verb), _groups_of(verb)
    logging = next((group for group in groups.values() if issubclass(group, LogOptions)), None)

    @wraps(verb)
    def run(context: typer.Context, env_file: config.EnvFile | UsageError | None = None, **given: Any) -> None:
        def taken(group: type[Group]) -> Any:
            return group(**{one.name: one.value(given.pop(one.name), context) for one in options if one.group is group})

        log_options = taken(logging) if logging else LogOptions()
        LogSettings.verb, LogSettings.format = verb.__name__, log_options.log_format
        streams.as_data(verb.__name__)
        set_up_logging(verbose=log_options.verbose, quiet=log_options.quiet, terse=log_options.terse)
        if isinstance(env_file, UsageError):
            raise env_file
        next_steps.note_typed(context, {**given, "env_file": env_file})
        if env_file and env_file.warning:
            log.warning("%s", env_file.warning)
        together = {name: log_options if group is logging else taken(group) for name, group in groups.items()}
        verb(**together, **{one.name: one.value(given[one.name], context) for one in options if one.name in given})

    parameters = [
        inspect.Parameter("context", KEYWORD, annotation=typer.Context),
        *(one.parameter() for one in options),
    ]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return run
