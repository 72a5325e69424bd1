"""A call of a hook, read strictly where the standard is strict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from msgspec import Meta

from myopathway.errors import Fault
from myopathway.service.body import counted, deeper, malformed, nested, too_deep
from myopathway.service.problems import ProblemError

if TYPE_CHECKING:
    from myopathway.settings import Limits

Id = Annotated[str, Meta(min_length=1, max_length=200)]


class Context(msgspec.Struct, frozen=True, rename="camel"):
    """Who asks, of whom, and about which orders."""

    user_id: Id
    patient_id: Id
    encounter_id: str | None = None
    selections: list[Id] | None = None
    draft_orders: dict[str, Any] | None = None

    @property
    def patient(self) -> str:
        """Give the patient's id; some clients send the whole reference."""
        return self.patient_id.removeprefix("Patient/")


class Authorization(msgspec.Struct, frozen=True):
    """The token with which the client's FHIR server may be asked."""

    access_token: Id
    token_type: str = "Bearer"  # noqa: S105 - a kind of token


class Call(msgspec.Struct, frozen=True, rename="camel"):
    """One call; what the standard requires is required."""

    hook: Id
    hook_instance: Id
    context: Context
    fhir_server: Annotated[str, Meta(max_length=2000)] | None = None
    fhir_authorization: Authorization | None = None
    prefetch: dict[str, Any] | None = None


_DECODER: Final = msgspec.json.Decoder(Call)
_SELECTS: Final = "order-select"
_NEEDS_ORDERS: Final = (_SELECTS, "order-sign")


def read_call(raw: bytes, hook: str, limits: Limits) -> Call:
    """Read the call of a hook; refuses with every fault that is found first."""
    counted(raw, limits)
    try:
        call = _DECODER.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unread(error, raw, limits) from None
    # What was decoded tells its depth for less than the bytes would. What is skipped has none.
    if nested([call.prefetch, [call.context.draft_orders]], limits.depth):
        raise too_deep()
    if call.hook != hook:
        raise refused(Fault("hook", f"found {call.hook[:40]!r}", hook))
    if hook in _NEEDS_ORDERS and call.context.draft_orders is None:
        raise refused(Fault("context.draftOrders", "it is not there", "a Bundle"))
    if hook == _SELECTS and call.context.selections is None:
        raise refused(Fault("context.selections", "it is not there", "the orders just chosen"))
    if call.fhir_authorization is not None and not call.fhir_server:
        want = "the server that the token is for"
        raise refused(Fault("fhirServer", "it is not there", want))
    return call


def refused(*faults: Fault) -> ProblemError:
    """Refuse a call that does not follow the standard."""
    return ProblemError(422, "The call does not follow CDS Hooks 2.0.", faults)


def _unread(error: Exception, raw: bytes, limits: Limits) -> ProblemError:
    """Say why a call cannot be decoded; that it is nested too deeply goes before all else."""
    if isinstance(error, RecursionError) or deeper(raw, limits.depth):
        return too_deep()
    if isinstance(error, msgspec.ValidationError):
        return refused(_fault(error))
    return malformed(str(error))


def _fault(error: msgspec.ValidationError) -> Fault:
    told, _, where = str(error).partition(" - at `$")
    return Fault(where.strip("`.") or "body", told, "see CDS Hooks 2.0")
