"""``leadline user``: the members of the team and their API tokens."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands import one_of, with_database

users = typer.Typer(help="The members of the team and their API tokens.", no_args_is_help=True)


@users.command("list")
def list_users() -> None:
    """Show the team."""

    async def show() -> None:
        from app.team.service import members
        from app.team.viewer import OPERATOR

        for one in await members(OPERATOR):
            state = "active" if one.active else "left"
            duty = "on duty" if one.on_duty else "off duty"
            most = "" if one.capacity is None else f", at most {one.capacity} leads"
            typer.echo(f"{one.email}  {one.name}  {one.role}, {state}, {duty}, weight {one.weight:g}{most}")

    with_database(show)


@users.command("add")
def add_user(
    email: str,
    name: Annotated[str, typer.Option(prompt=True, help="as leads and the team see it")],
    role: Annotated[str, typer.Option(help="consultant, manager or admin")] = "consultant",
    password: Annotated[str, typer.Option(prompt=True, confirmation_prompt=True, hide_input=True)] = "",
) -> None:
    """Add a member of the team."""

    async def add() -> None:
        from app.team.service import NewMember, add_member
        from app.team.viewer import OPERATOR
        from app.vocabulary import Role

        member = await add_member(OPERATOR, NewMember(email, name, one_of(Role, role), password or None))
        typer.echo(f"{member.name} is on the team ({member.role}, id {member.id}).")

    with_database(add)


@users.command("password")
def set_user_password(
    email: str,
    password: Annotated[str, typer.Option(prompt=True, confirmation_prompt=True, hide_input=True)],
) -> None:
    """Give somebody a new password; it ends their sign-ins."""

    async def change() -> None:
        from app.team.service import member_named, set_password
        from app.team.viewer import OPERATOR

        await set_password(OPERATOR, (await member_named(email)).id, password)
        typer.echo("The password is set.")

    with_database(change)


@users.command("token")
def make_token(
    email: Annotated[str, typer.Argument(help="the member for whom the token acts")],
    name: Annotated[str, typer.Option(help="what it is for, to recognise it later")],
    scope: Annotated[str, typer.Option(help="read or write")] = "read",
) -> None:
    """Make an API token; it is printed once and stored nowhere."""

    async def make() -> None:
        from app.team.auth import Scope
        from app.team.service import create_token, member_named
        from app.team.viewer import OPERATOR

        member = await member_named(email)
        typer.echo(await create_token(OPERATOR, acts_for=member.id, name=name, scope=one_of(Scope, scope)))

    with_database(make)


@users.command("change")
def change_user(  # noqa: PLR0917 - one option for each thing that can be changed
    email: str,
    name: Annotated[str | None, typer.Option(help="as leads and the team see it")] = None,
    role: Annotated[str | None, typer.Option(help="consultant, manager or admin")] = None,
    active: Annotated[bool | None, typer.Option("--active/--left", help="whether they are on the team")] = None,
    on_duty: Annotated[bool | None, typer.Option("--on-duty/--off-duty", help="whether they get new leads")] = None,
    weight: Annotated[float | None, typer.Option(min=0, help="their share of new leads, beside the others'")] = None,
    capacity: Annotated[int | None, typer.Option(min=0, help="the most open leads they may have")] = None,
) -> None:
    """Change a member of the team; a new role, or leaving, ends their sign-ins at once."""

    async def change() -> None:
        from app.team.service import MemberChange, change_member, member_named
        from app.team.viewer import OPERATOR
        from app.vocabulary import Role

        wanted = MemberChange(
            name=name,
            role=None if role is None else one_of(Role, role),
            active=active,
            on_duty=on_duty,
            weight=weight,
            capacity=capacity,
        )
        member = await change_member(OPERATOR, (await member_named(email)).id, wanted)
        typer.echo(f"{member.name} is changed.")

    with_database(change)


@users.command("tokens")
def list_tokens() -> None:
    """Show the valid API tokens: never their secrets."""

    async def show() -> None:
        from app.team.service import members, tokens
        from app.team.viewer import OPERATOR

        names = {member.id: member.email for member in await members(OPERATOR)}
        for one in await tokens(OPERATOR):
            used = f"last used {one.used_at:%Y-%m-%d}" if one.used_at else "never used"
            whose = names.get(one.user_id or 0, "nobody")
            typer.echo(f"{one.id}  {one.name}  {one.scope}, for {whose}, made {one.created_at:%Y-%m-%d}, {used}")

    with_database(show)


@users.command("revoke")
def revoke(token: Annotated[int, typer.Argument(help="its number, as `leadline user tokens` shows it")]) -> None:
    """End an API token at once."""

    async def end() -> None:
        from app.team.service import revoke_token
        from app.team.viewer import OPERATOR

        await revoke_token(OPERATOR, token)
        typer.echo("The token is not valid any more.")

    with_database(end)
