"""Every run of a job is counted by what became of it."""

from __future__ import annotations

import procrastinate
import structlog
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from procrastinate.testing import InMemoryConnector
from structlog.testing import capture_logs

from app.jobs.running import logged
from app.telemetry import NOWHERE, measured_job, span, traced_arguments
from metrics.registry import REGISTRY
from tests.support.spans import attributes_of, trace_of


def runs(task: str, failure: str) -> float:
    labels = {"messaging_destination_name": task, "error_type": failure}
    return REGISTRY.get_sample_value("messaging_process_duration_seconds_count", labels) or 0.0


async def work(queue: procrastinate.App, task: str) -> None:
    async with queue.open_async():
        await queue.configure_task(task).defer_async()
        await queue.run_worker_async(
            wait=False, install_signal_handlers=False, listen_notify=False, worker_middleware=[measured_job]
        )


def queue() -> procrastinate.App:
    app = procrastinate.App(connector=InMemoryConnector())

    @app.task(name="test:done")
    async def done() -> None:
        assert REGISTRY.get_sample_value("leadline_jobs_running", {}) == 1

    @app.task(name="test:again", retry=procrastinate.RetryStrategy(max_attempts=2, wait=60))
    async def again() -> None:
        raise ConnectionError

    @app.task(name="test:hopeless")
    async def hopeless() -> None:
        raise ValueError

    return app


async def test_a_job_that_ends_well_counts_as_done():
    before = runs("test:done", "")
    await work(queue(), "test:done")
    assert runs("test:done", "") - before == 1
    assert REGISTRY.get_sample_value("leadline_jobs_running", {}) == 0


async def test_a_job_that_will_be_tried_again_counts_as_retry():
    before = runs("test:again", "retry")
    await work(queue(), "test:again")
    assert runs("test:again", "retry") - before == 1


async def test_a_job_that_is_given_up_counts_as_dead():
    before = runs("test:hopeless", "dead")
    await work(queue(), "test:hopeless")
    assert runs("test:hopeless", "dead") - before == 1


async def test_a_job_goes_on_with_its_trace_and_its_task_never_sees_it(exported: InMemorySpanExporter):
    app, seen = procrastinate.App(connector=InMemoryConnector()), dict[str, object]()

    @app.task(name="test:turn")
    async def turn(lead_id: int) -> None:
        seen.update(structlog.contextvars.get_contextvars(), asked=lead_id)

    with span("webhook"):
        arguments = traced_arguments(NOWHERE)
    async with app.open_async():
        await app.configure_task("test:turn").defer_async(lead_id=7, **arguments)
        await app.run_worker_async(
            wait=False, install_signal_handlers=False, listen_notify=False, worker_middleware=[measured_job, logged]
        )
    webhook, process = exported.get_finished_spans()
    assert (process.name, process.kind, trace_of(process)) == (
        "process test:turn",
        SpanKind.CONSUMER,
        trace_of(webhook),
    )
    assert attributes_of(process)["lead.id"] == 7
    assert seen == {"lead_id": 7, "asked": 7}


async def test_a_job_leaves_a_line_when_it_is_done():
    with capture_logs() as said:
        app = queue()
        async with app.open_async():
            await app.configure_task("test:done").defer_async()
            await app.run_worker_async(
                wait=False, install_signal_handlers=False, listen_notify=False, worker_middleware=[measured_job, logged]
            )
    assert [(line["event"], line["task"]) for line in said] == [("job_done", "test:done")]
