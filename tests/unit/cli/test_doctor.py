from cli.doctor import FLOORS, State, checks, parts


def test_versions_are_compared_by_their_numbers() -> None:
    assert parts("1.20.3rc1") == (1, 20, 3)
    assert parts("10.17.0") > parts("10.9")
    assert parts("20260107") >= parts("20260107")


def test_everything_that_is_needed_is_in_order_here() -> None:
    found = {check.name: check for check in checks()}
    assert set(FLOORS) <= set(found)
    assert [check for check in found.values() if check.state is State.BROKEN] == []


def test_whatever_is_not_in_order_comes_with_advice() -> None:
    assert all(check.advice for check in checks() if check.state is not State.OK)
