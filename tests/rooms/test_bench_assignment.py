"""The benchmark of assignment: another queue each round, and the proof that no way to deal it costs less."""

import argparse

from bench import assignment


def measures(tickets: int, agents: int, rounds: int = 2) -> list[dict[str, object]]:
    parser = argparse.ArgumentParser()
    assignment.add_arguments(parser)
    words = ["--tickets", str(tickets), "--agents", str(agents), "--rounds", str(rounds)]
    return list(assignment.run(parser.parse_args(words)))


def test_each_round_is_another_queue_and_is_proven_optimal() -> None:
    first, second = measures(60, 15)
    for one in (first, second):
        assert one["optimal"] is True
        assert (one["gap"], one["objective"]) == (0, one["floor"])
        assert one["tickets"] == 60
        assert one["agents"] == 15
    assert first["objective"] != second["objective"]


def test_the_same_round_is_the_same_queue() -> None:
    kept = [{name: value for name, value in measures(40, 10, 1)[0].items() if name != "seconds"} for _ in range(2)]
    assert kept[0] == kept[1]


def test_without_people_everything_stays() -> None:
    (one,) = measures(5, 0, 1)
    assert (one["given"], one["left"], one["optimal"]) == (0, 5, True)
