"""What is counted in any worker is shown by each."""

from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from posthouse.observe.metrics import Counter, Gauge, Histogram, Registry


def read(registry: Registry) -> dict[tuple[str, ...], float]:
    """Parsed by Prometheus' own client."""
    families = text_string_to_metric_families(registry.render().decode())
    return {(s.name, *(f"{k}={v}" for k, v in s.labels.items())): s.value for f in families for s in f.samples}


class Worker:
    def __init__(self) -> None:
        self.registry = Registry()
        self.mails = Counter("mails_total", 'With "quotes"\nand lines.', ("outcome",), self.registry)
        self.sessions = Gauge("sessions", "Open now.", registry=self.registry)
        self.seconds = Histogram("seconds", "How long.", bounds=(0.1, 1.0), registry=self.registry)


def test_a_format_that_prometheus_reads() -> None:
    """Names, labels with awkward values, and cumulative buckets."""
    worker = Worker()
    worker.mails.labels('re"fus\\ed').inc(2)
    worker.sessions.set(5)
    for value in (0.05, 0.1, 0.5, 7):
        worker.seconds.observe(value)
    assert read(worker.registry) == {
        ("mails_total", 'outcome=re"fus\\ed'): 2,
        ("sessions",): 5,
        ("seconds_bucket", "le=0.1"): 2,
        ("seconds_bucket", "le=1"): 3,
        ("seconds_bucket", "le=+Inf"): 4,
        ("seconds_sum",): 7.65,
        ("seconds_count",): 4,
    }


def test_workers_add_up_and_a_restarted_one_goes_on(tmp_path: Path) -> None:
    """Counters outlive their worker; a gauge of a worker that ended is no longer there."""
    first, second = Worker(), Worker()
    first.mails.labels("stored").inc()  # before it is shared: kept
    first.registry.share(tmp_path, "0")
    second.registry.share(tmp_path, "1")
    first.mails.labels("refused").inc()
    second.mails.labels("stored").inc(10)
    first.sessions.inc()
    second.sessions.inc()
    assert read(second.registry)["mails_total", "outcome=stored"] == 11
    assert read(second.registry)["sessions",] == 2
    again = Worker()
    again.registry.share(tmp_path, "0")
    again.mails.labels("stored").inc()
    seen = read(second.registry)
    assert seen["mails_total", "outcome=stored"] == 12
    assert seen["mails_total", "outcome=refused"] == 1
    assert seen["sessions",] == 1


def test_looked_up_at_the_scrape() -> None:
    """A gauge may be refreshed when somebody asks."""
    worker = Worker()
    worker.registry.before_scrape(lambda: worker.sessions.set(9))
    assert read(worker.registry)["sessions",] == 9
