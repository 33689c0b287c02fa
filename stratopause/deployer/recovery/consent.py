"""A yes is enough for what can be undone; what may take data along is confirmed by the stack's name."""

from __future__ import annotations

from stratopause.deployer.errors import NotApproved
from stratopause.deployer.session import Session


def require_name(session: Session, confirmed: str | None) -> None:
    """Refuse to begin what will need a name that nobody can type.

    Raises:
        NotApproved
    """
    if confirmed is None and not session.conversation.can_ask:
        raise NotApproved(
            "nobody can be asked: there is no terminal",
            f"run it in a terminal, or with --confirm {session.target.stack}",
        )


def confirm_name(session: Session, confirmed: str | None) -> None:
    """`confirmed` is the stack's name, where nobody is there to type it.

    Raises:
        NotApproved: what was typed isn't that.
    """
    require_name(session, confirmed)
    name = session.target.stack
    if not (session.conversation.types(name) if confirmed is None else confirmed == name):
        raise NotApproved(f"what was typed isn't {name}: nothing was done", f"type {name} to confirm it")
