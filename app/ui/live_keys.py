"""Reading keys that the server sends to a state without the state declaring them."""

from typing import Any, TypeVar

import reflex as rx
from reflex.vars import VarData

T = TypeVar("T")


def live_key(anchor: Any, key: str, kind: type[T], default: str) -> Any:
    """The undeclared ``key`` of the state that declares ``anchor``, of type ``kind``.

    ``default`` is JavaScript for its absence.
    """
    context = str(anchor).rsplit(".", 1)[0]
    return rx.Var(_js_expr=f"({context}?.[{key!r}] ?? {default})", _var_type=kind, _var_data=_data(anchor)).guess_type()


def calling(function: str, library: str, kind: type[T], *arguments: Any) -> Any:
    """What a function of a script returns for these Vars, of type ``kind``; worked out in the browser."""
    given = ", ".join(str(argument) for argument in arguments)
    own = VarData(imports={library: [rx.ImportVar(tag=function)]})
    data = VarData.merge(own, *map(_data, arguments))
    return rx.Var(_js_expr=f"{function}({given})", _var_type=kind, _var_data=data).guess_type()


def _data(var: rx.Var[Any]) -> VarData | None:
    """Which state and imports a Var needs: Reflex has no public name for it."""
    return var._get_all_var_data()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
