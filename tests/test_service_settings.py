"""Settings out of the environment: strict, and every fault named by its variable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from myopathway.errors import InputError
from myopathway.settings import VARIABLES, Issuer, Limits, Settings, read_settings

if TYPE_CHECKING:
    from pathlib import Path

HOME = {"HOME": "/home/someone"}


def test_nothing_set_is_a_trial_on_this_machine() -> None:
    found = read_settings(HOME)
    assert found.public_url == "http://127.0.0.1:8000"
    assert found.database_url == "sqlite:////home/someone/.local/state/myopathway/audit.db"
    assert not found.issuers
    assert found.fhir_hosts == found.cors_origins == found.frame_ancestors == ()
    assert found.silent is False
    assert found.limits == Limits()


def test_the_state_folder_may_be_elsewhere() -> None:
    found = read_settings({"XDG_STATE_HOME": "/state"})
    assert found.database_url == "sqlite:////state/myopathway/audit.db"


def test_everything_set(tmp_path: Path) -> None:
    found = read_settings({
        "MYOPATHWAY_PUBLIC_URL": "https://cds.example/base/",
        "MYOPATHWAY_CONTENT": str(tmp_path),
        "MYOPATHWAY_CANONICAL": "https://cds.example/fhir",
        "MYOPATHWAY_DATABASE_URL": "postgresql://u:p@host/db",
        "MYOPATHWAY_SECRET": "0123456789abcdef",
        "MYOPATHWAY_SITE_NAME": "Ward 4",
        "MYOPATHWAY_SILENT": "Yes",
        "MYOPATHWAY_REPEAT_DAYS": "30",
        "MYOPATHWAY_KEEP_COMMENTS": "on",
        "MYOPATHWAY_OPTIONAL_PREFETCH": "facts, responses",
        "MYOPATHWAY_JWT_ISSUERS": "https://a.example/?x=1=/keys.json https://b=https://b/jwks",
        "MYOPATHWAY_FHIR_HOSTS": "FHIR.example, fhir.example:8443",
        "MYOPATHWAY_FRAME_ANCESTORS": "https://ehr.example",
        "MYOPATHWAY_CORS_ORIGINS": "https://ehr.example http://localhost:3000",
        "MYOPATHWAY_SMART_CLIENT_ID": "app",
        "MYOPATHWAY_SMART_ISSUERS": "https://fhir.example/r4",
        "MYOPATHWAY_LIMIT_BODY": "1000",
        "MYOPATHWAY_LIMIT_RECEIVE": "2.5",
        "MYOPATHWAY_LOCAL_NOTE": "   ",
        "MYOPATHWAY_DEBUG": "1",
        "OTHER": "x",
    })  # fmt: skip
    assert found == Settings(
        public_url="https://cds.example/base",
        content=tmp_path,
        canonical="https://cds.example/fhir",
        database_url="postgresql://u:p@host/db",
        secret="0123456789abcdef",  # noqa: S106 - of a test
        site_name="Ward 4",
        silent=True,
        repeat_days=30,
        keep_comments=True,
        optional_prefetch=("facts", "responses"),
        issuers=(
            Issuer("https://a.example/?x=1", "/keys.json"),
            Issuer("https://b", "https://b/jwks"),
        ),
        fhir_hosts=("fhir.example", "fhir.example:8443"),
        frame_ancestors=("https://ehr.example",),
        cors_origins=("https://ehr.example", "http://localhost:3000"),
        smart_client_id="app",
        smart_issuers=("https://fhir.example/r4",),
        limits=Limits(body=1000, receive_seconds=2.5),
    )
    assert found.address("/cds-services") == "https://cds.example/base/cds-services"


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("SILENTT", "yes", "did you mean 'MYOPATHWAY_SILENT'"),
        ("SILENT", "maybe", "yes or no"),
        ("PUBLIC_URL", "cds.example", "an address like"),
        ("PUBLIC_URL", "https://cds.example/?a=b", "an address like"),
        ("CONTENT", "/nowhere/at/all", "a folder that exists"),
        ("DATABASE_URL", "mysql://root:geheim@host/db", "sqlite:///file.db"),
        ("SECRET", "short-geheim", "at least 16"),
        ("REPEAT_DAYS", "0", "a whole number"),
        ("REPEAT_DAYS", "1.5", "a whole number"),
        ("LIMIT_RECEIVE", "nan", "a number above zero"),
        ("LIMIT_RECEIVE", "soon", "a number above zero"),
        ("JWT_ISSUERS", "https://a.example", "iss=keys"),
        ("JWT_ISSUERS", "a=http://elsewhere.example/keys", "iss=keys"),
        ("JWT_ISSUERS", "a=/k a=/k2", "each issuer once"),
        ("FHIR_HOSTS", "https://fhir.example", "hosts like"),
        ("FRAME_ANCESTORS", "https://ehr.example/path", "without a path"),
        ("CORS_ORIGINS", "*", "an address like"),
    ],
)
def test_what_cannot_be_read_is_named(name: str, text: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        read_settings({f"MYOPATHWAY_{name}": text})
    (fault,) = caught.value.faults
    assert fault.where == f"MYOPATHWAY_{name}"
    assert told in str(fault)
    assert "geheim" not in str(fault), "a secret is not repeated"


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        read_settings({"MYOPATHWAY_SILENT": "x", "MYOPATHWAY_REPEAT_DAYS": "x"})
    assert len(caught.value.faults) == 2


def test_every_setting_has_its_variable() -> None:
    fields = {name for name in Settings.__struct_fields__ if name != "limits"}
    limits = {f"limits.{name}" for name in Limits.__struct_fields__}
    assert {one.setting for one in VARIABLES} == fields | limits
    assert all(one.says.endswith(".") for one in VARIABLES)
