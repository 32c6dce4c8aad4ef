"""What both doors to ClickHouse promise."""

import datetime
import math
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.store import Store, StoreError, StoreUnavailableError, open_store

TABLE = """
CREATE TABLE things (
    id UInt32, name String, pairs Nested(word String, weight Float64), maybe Nullable(Int64), level Float32, day Date
) ENGINE = ReplacingMergeTree() PARTITION BY day ORDER BY id
"""


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    opened.create_database()
    yield opened
    opened.close()


def things(count: int = 2) -> dict[str, Any]:
    return {
        "id": list(range(count)),
        "name": [f"thing {number}" for number in range(count)],
        "pairs.word": [["a", "ü"] if number % 2 else [] for number in range(count)],
        "pairs.weight": [[0.5, -1.25] if number % 2 else [] for number in range(count)],
        "maybe": [None if number % 2 else -(2**40) for number in range(count)],
        "level": np.full(count, -55.5),
        "day": [datetime.date(2024, 2, 29)] * count,
    }


def test_what_is_inserted_by_column_comes_back_as_equal_python_values(store: Store) -> None:
    store.execute(TABLE)
    assert store.insert("things", things()) == 2
    rows = store.query(
        "SELECT id, name, `pairs.word` AS words, `pairs.weight` AS weights, maybe, level, day FROM things ORDER BY id"
    )
    day = datetime.date(2024, 2, 29)
    assert rows == [
        {"id": 0, "name": "thing 0", "words": [], "weights": [], "maybe": -(2**40), "level": -55.5, "day": day},
        {
            "id": 1,
            "name": "thing 1",
            "words": ["a", "ü"],
            "weights": [0.5, -1.25],
            "maybe": None,
            "level": -55.5,
            "day": day,
        },
    ]
    assert [type(value) for value in rows[0].values()] == [int, str, list, list, int, float, datetime.date]


def test_results_have_the_same_python_types_through_both_doors(store: Store) -> None:
    rows = store.query(
        "SELECT toUInt8(1) AS a, 1 = 1 AS b, 1.5 AS c, [1, 2] AS d, (1, 'x') AS e, NULL AS f, count() AS g,"
        " toDateTime('2024-01-01 00:00:00') AS h, ['x', NULL] AS i, toFloat32(0.5) AS j, 0.1 AS k,"
        " quantilesExact(0.5)(one) AS l FROM (SELECT 1 AS one)"
    )
    moment = datetime.datetime(2024, 1, 1)
    expected = {"a": 1, "b": 1, "c": 1.5, "d": [1, 2], "e": (1, "x"), "f": None, "g": 1, "h": moment}
    assert rows == [{**expected, "i": ["x", None], "j": 0.5, "k": 0.1, "l": [1]}]
    assert [type(value) for value in rows[0].values()][:8] == [type(value) for value in expected.values()]


def test_columns_come_as_arrays_in_the_width_of_their_type_and_text_as_bytes(store: Store) -> None:
    store.execute(TABLE)
    store.insert("things", things(3) | {"name": ["", "ü", "x"]})
    found = store.columns("SELECT id, toUInt8(id) AS small, level, maybe, name, day FROM things ORDER BY id")
    assert [(name, array.dtype.name) for name, array in found.items()] == [
        ("id", "uint32"),
        ("small", "uint8"),
        ("level", "float32"),
        ("maybe", "object"),
        ("name", "object"),
        ("day", "object"),
    ]
    assert found["id"].tolist() == found["small"].tolist() == [0, 1, 2]
    assert found["name"].tolist() == [b"", "ü".encode(), b"x"]
    assert found["maybe"].tolist() == [-(2**40), None, -(2**40)]
    assert found["day"][0] == datetime.date(2024, 2, 29)


def test_a_text_column_takes_bytes_whatever_they_say(store: Store) -> None:
    store.execute(TABLE)
    store.insert("things", {"id": [1, 2, 3], "name": [b"\xff\x00'", b"", b"plain"]})
    assert store.columns("SELECT name FROM things ORDER BY id")["name"].tolist() == [b"\xff\x00'", b"", b"plain"]


def test_columns_without_rows_keep_their_names_and_types(store: Store) -> None:
    store.execute(TABLE)
    found = store.columns("SELECT id, name FROM things WHERE id = %(id)s", {"id": 1})
    assert {name: (len(array), array.dtype.name) for name, array in found.items()} == {
        "id": (0, "uint32"),
        "name": (0, "object"),
    }


def test_columns_of_many_blocks_are_joined_in_their_order(store: Store) -> None:
    found = store.columns("SELECT number AS id FROM (SELECT number FROM system.numbers LIMIT 300000)")
    assert np.array_equal(found["id"], np.arange(300_000, dtype=np.uint64))


def test_a_failed_query_for_columns_is_a_store_error_and_the_next_one_works(store: Store) -> None:
    with pytest.raises(StoreError, match="nonsense"):
        store.columns("SELECT nonsense(1)")
    assert store.columns("SELECT 1 AS one")["one"].tolist() == [1]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "'; DROP TABLE things; --",
        "\\",
        "\\'",
        "a\0b",
        "tab\tline\nreturn\r\b",
        "%(other)s",
        "100 %",
        "日本語 ü €",
        '`x` "y" {z:String}',
    ],
)
def test_a_text_parameter_comes_back_unchanged_whatever_it_says(store: Store, text: str) -> None:
    assert store.query("SELECT %(text)s AS text", {"text": text, "other": 1}) == [{"text": text}]


# old servers read no number below the smallest normal one
@given(
    text=st.text(),
    raw=st.binary(max_size=50),
    number=st.integers(-(2**63), 2**64 - 1),
    level=st.floats(allow_subnormal=False),
)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_comes_back_unchanged(store: Store, text: str, raw: bytes, number: int, level: float) -> None:
    values = {"text": text, "raw": raw, "number": number, "level": level}
    sql = "SELECT %(text)s AS text, hex(%(raw)s) AS raw, %(number)s AS number, %(level)s AS level"
    row = store.query(sql, values)[0]
    assert (row["text"], row["raw"].lower(), row["number"]) == (text, raw.hex(), number)
    assert row["level"] == pytest.approx(level, rel=1e-15, nan_ok=True)


def test_parameters_of_every_kind_keep_their_value(store: Store) -> None:
    values = {
        "whole": -(2**63),
        "large": 2**64 - 1,
        "small": 1e-300,
        "endless": -math.inf,
        "yes": True,
        "none": None,
        "day": datetime.date(2024, 2, 29),
        "numpy": np.uint16(7),
        "utf8": "ü".encode(),
    }
    sql = "SELECT " + ", ".join(f"%({name})s AS {name}" for name in values)
    assert store.query(sql, values) == [{**values, "yes": 1, "numpy": 7, "utf8": "ü"}]


def test_bytes_that_are_no_text_come_back_as_bytes(store: Store) -> None:
    assert store.query("SELECT %(raw)s AS raw", {"raw": b"\xff\x00'"}) == [{"raw": b"\xff\x00'"}]


@pytest.mark.parametrize(
    ("chosen", "ids"),
    [
        (["thing 1", "'"], [1]),
        ((), []),
        ({"thing 0"}, [0]),
        ([b"thing 1", None], [1]),
        (np.array(["thing 2", "thing 0"]), [0, 2]),
    ],
)
def test_a_list_is_the_right_side_of_in(store: Store, chosen: object, ids: list[int]) -> None:
    store.execute(TABLE)
    store.insert("things", things(3))
    rows = store.query("SELECT id FROM things WHERE name IN %(chosen)s ORDER BY id", {"chosen": chosen})
    assert [row["id"] for row in rows] == ids


@pytest.mark.parametrize("kind", ["<u4", ">u4", "u8", "i2", "i8"])
def test_an_array_of_integers_is_the_right_side_of_in_whatever_its_width(store: Store, kind: str) -> None:
    store.execute(TABLE)
    store.insert("things", things(4))
    for chosen in ([1, 3, 300], []):
        rows = store.query(
            "SELECT id FROM things WHERE id IN %(chosen)s ORDER BY id", {"chosen": np.array(chosen, dtype=kind)}
        )
        assert [row["id"] for row in rows] == [number for number in chosen if number < 4]
        rest = store.query("SELECT id FROM things WHERE id NOT IN %(chosen)s", {"chosen": np.array(chosen, dtype=kind)})
        assert len(rest) == 4 - len(rows)


def test_a_list_of_a_hundred_thousand_keys_is_no_trouble(store: Store) -> None:
    store.execute(TABLE)
    store.insert("things", things(3))
    keys = np.arange(2, 100_002, dtype=np.uint32)
    assert store.query("SELECT id FROM things WHERE id IN %(keys)s", {"keys": keys}) == [{"id": 2}]


def test_percent_signs_outside_of_placeholders_are_left_alone(store: Store) -> None:
    assert store.query("SELECT 'ab' LIKE 'a%%' AS one, 'ab' LIKE '%b' AS two, 7 % 4 AS three") == [
        {"one": 1, "two": 1, "three": 3}
    ]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "needs a parameter 'x'"),
        ({"x": object()}, "no SQL literal"),
        ({"x": 2**64}, "64 bits"),
        ({"x": "\ud800"}, "not Unicode"),
        ({"x": [[1]]}, "no SQL literal"),
    ],
)
def test_a_parameter_that_cannot_be_said_is_refused(store: Store, parameters: dict[str, object], message: str) -> None:
    with pytest.raises(StoreError, match=message):
        store.query("SELECT %(x)s", parameters)


@pytest.mark.parametrize(
    "columns",
    [
        {"id": [1], "name": [1]},
        {"id": [-1]},
        {"id": [2**32]},
        {"name": [None]},
        {"nothing": [1]},
        {"id": [1, 2], "name": ["x"]},
        {},
        {"id`": [1]},
    ],
)
def test_columns_that_do_not_fit_are_refused_and_nothing_is_written(store: Store, columns: dict[str, Any]) -> None:
    store.execute(TABLE)
    with pytest.raises(StoreError):
        store.insert("things", columns)
    assert store.query("SELECT count() AS rows FROM things") == [{"rows": 0}]
    assert store.insert("things", things()) == 2


def test_no_rows_are_no_insert(store: Store) -> None:
    store.execute(TABLE)
    assert store.insert("things", {"id": [], "name": []}) == 0


def test_an_error_of_the_engine_is_a_store_error_in_one_paragraph(store: Store) -> None:
    with pytest.raises(StoreError, match="nonsense") as caught:
        store.query("SELECT nonsense(1)")
    assert "Stack trace" not in str(caught.value)
    assert not isinstance(caught.value, StoreUnavailableError)


def test_many_threads_share_one_store(store: Store) -> None:
    store.execute(TABLE)
    errors: list[Exception] = []

    def work(number: int) -> None:
        try:
            for step in range(5):
                store.insert("things", {"id": [number * 100 + step], "name": [f"{number}"]})
                store.query("SELECT count() AS rows FROM things WHERE name = %(name)s", {"name": f"{number}"})
        except StoreError as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert store.query("SELECT uniqExact(id) AS ids FROM things") == [{"ids": 40}]


def test_the_engine_tells_its_version(store: Store) -> None:
    assert store.version >= (18, 16)
    assert store.dialect in ("chdb", "clickhouse")


def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.query("SELECT 1")


def test_a_table_altered_by_another_store_takes_its_new_column(store: Store, store_url: str) -> None:
    store.execute(TABLE)
    store.insert("things", things())
    other = open_store(store_url)
    other.execute("ALTER TABLE things ADD COLUMN colour String")
    other.close()
    assert store.insert("things", {"id": [9], "colour": ["red"]}) == 1
