from __future__ import annotations

from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok

from harness.database.engine import Database
from harness.database.tokens import Scope
from harness.service.api import application
from harness.service.core import Service
from tests.harness.service.conftest import token

UNTIMED = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_nothing_that_is_sent_breaks_the_service(service: Service, database: Database) -> None:
    headers = {"Authorization": f"Bearer {token(database, Scope.ADMIN)}"}
    schema = schemathesis.openapi.from_asgi("/openapi.json", application(service))
    asked = set()

    def ask(case: Any) -> None:
        answer = case.call(headers=headers)
        case.validate_response(answer, checks=[not_a_server_error])
        asked.add(answer.status_code)

    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        UNTIMED(given(case=found.ok().as_strategy())(ask))()
    assert {200, 404, 422} <= asked
