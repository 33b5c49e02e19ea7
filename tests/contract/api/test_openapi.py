"""The API keeps what its OpenAPI document promises, whatever it is asked."""

import copy

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from app.api import create_api

ADDRESS = "http://127.0.0.1:3000"


def operations():
    """What the document describes. Every case brings a valid token: who may call is shown by other tests."""
    document = copy.deepcopy(create_api().openapi())
    for methods in document["paths"].values():
        for described in methods.values():
            del described["security"]
    found = schemathesis.openapi.from_dict(document).get_all_operations()
    return [operation.ok() for operation in found if isinstance(operation, Ok)]


OPERATIONS = operations()
ASKING = [one for one in OPERATIONS if one.body or any(one.iter_parameters())]
"""Those that can be asked wrongly: the others take nothing."""
PROMISES = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

bounded = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.data_too_large,
    ],
)


async def answer_to(client: httpx.AsyncClient, case: schemathesis.Case) -> httpx.Response:
    """Send the case as it would go over the wire."""
    sent = requests.Request(**case.as_transport_kwargs(base_url=ADDRESS)).prepare()
    body = sent.body.encode() if isinstance(sent.body, str) else sent.body
    assert isinstance(body, bytes | None)
    headers = {name: str(value) for name, value in sent.headers.items()}
    return await client.request(str(sent.method), str(sent.url), headers=headers, content=body)


@pytest.fixture
async def some_leads(add_lead):
    return [await add_lead(f"Lead {number}") for number in range(3)]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
@given(data=st.data())
@bounded
async def test_what_the_document_allows_is_answered_as_it_says(api, some_leads, operation, data):
    case = data.draw(operation.as_strategy(GenerationMode.POSITIVE))
    case.validate_response(await answer_to(api, case), checks=PROMISES)


@pytest.mark.parametrize("operation", ASKING, ids=lambda operation: operation.label)
@given(data=st.data())
@bounded
async def test_what_the_document_forbids_is_refused_as_it_says(api, some_leads, operation, data):
    case = data.draw(operation.as_strategy(GenerationMode.NEGATIVE))
    case.validate_response(await answer_to(api, case), checks=[*PROMISES, negative_data_rejection])
