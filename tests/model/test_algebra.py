"""The algebra: joins on labels, sums over what is left out, and mistakes that stop the run."""

import polars as pl
import pytest

from teraplan.model.algebra import Expression, added, data, keys, negative, no_data, no_terms, placed, scaled


def expression(*rows: tuple[str, str, int]) -> Expression:
    """Columns with coefficient 1, labelled by process and region."""
    terms = pl.DataFrame(rows, schema=["process", "region", "column"], orient="row").with_columns(coefficient=1.0)
    return Expression(("process", "region"), terms)


def table(labels: str, *rows: tuple[object, ...]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=[*labels.split(), "value"], orient="row")


def terms(expression: Expression) -> list[tuple[object, ...]]:
    return sorted(expression.terms.rows())


X = expression(("fab", "USA", 0), ("fab", "TWN", 1), ("plant", "USA", 2))


def test_a_product_joins_on_shared_labels_and_drops_what_the_data_lack() -> None:
    assert terms(X * table("process", ("fab", 2.0))) == [("fab", "TWN", 1, 2.0), ("fab", "USA", 0, 2.0)]


def test_a_product_takes_over_the_labels_that_only_the_data_have() -> None:
    product = X * table("process commodity", ("fab", "chip", 2.0), ("fab", "slag", 0.1))
    assert product.labels == ("process", "region", "commodity")
    assert len(terms(product)) == 4
    assert ("fab", "TWN", "slag", 1, 0.1) in terms(product)


def test_data_without_shared_labels_multiply_everything() -> None:
    assert len(terms(X * table("slice", ("day", 0.25), ("night", 0.75)))) == 6


def test_a_number_multiplies_every_coefficient() -> None:
    assert [row[-1] for row in terms(X * 3.0)] == [3.0] * 3
    assert [row[-1] for row in terms(-X)] == [-1.0] * 3


def test_a_label_without_a_divisor_stops_the_run() -> None:
    assert [row[-1] for row in terms(X / table("process", ("fab", 2.0), ("plant", 4.0)))] == [0.5, 0.5, 0.25]
    with pytest.raises(KeyError, match="no divisor for {'process': 'plant'}"):
        X / table("process", ("fab", 2.0))


def test_nothing_is_divided_by_zero() -> None:
    with pytest.raises(KeyError, match="no divisor for {'process': 'plant'}"):
        X / table("process", ("fab", 2.0), ("plant", 0.0))


def test_expressions_with_other_labels_cannot_be_added() -> None:
    with pytest.raises(KeyError, match="labels differ"):
        X + X.by("process")
    with pytest.raises(KeyError, match="labels differ"):
        X - X.rename(region="place")


def test_labels_in_another_order_are_the_same_labels() -> None:
    assert terms(X + X.by("region", "process")) == sorted([*X.terms.rows(), *X.terms.rows()])


def test_a_sum_leaves_its_label_out_and_keeps_every_term() -> None:
    assert terms(X.by("region")) == [("TWN", 1, 1.0), ("USA", 0, 1.0), ("USA", 2, 1.0)]


def test_a_sum_over_a_label_that_is_not_there_stops_the_run() -> None:
    with pytest.raises(pl.exceptions.ColumnNotFoundError):
        X.by("commodity")


def test_where_keeps_the_labels_that_are_named() -> None:
    assert [row[2] for row in terms(X.where(table("region", ("USA", 0.0))))] == [0, 2]
    assert [row[2] for row in terms(X.only(pl.col("process") == "fab"))] == [1, 0]


def test_absent_labels_match_absent_labels() -> None:
    nameless = Expression(("mode",), pl.DataFrame({"mode": [None, "a"], "column": [0, 1], "coefficient": [1.0, 1.0]}))
    amounts = pl.DataFrame({"mode": [None], "value": [5.0]}, schema={"mode": pl.String, "value": pl.Float64})
    assert terms(nameless * amounts) == [(None, 0, 5.0)]


def test_no_terms_and_no_data_are_zero() -> None:
    assert terms(X + no_terms("process", "region")) == terms(X)
    amounts = table("process region", ("fab", "USA", 1.0))
    assert added([amounts, no_data("process", "region")], "process", "region").rows() == amounts.rows()


def test_data_add_up_by_label() -> None:
    amounts = table("process region", ("fab", "USA", 1.0), ("fab", "TWN", 2.0))
    assert data(amounts, "process").rows() == [("fab", 3.0)]
    assert data(amounts)["value"].to_list() == [3.0]
    assert added([amounts, negative(amounts)], "process").rows() == [("fab", 0.0)]


def test_data_multiply_on_shared_labels() -> None:
    left = table("process region", ("fab", "USA", 3.0), ("fab", "TWN", 2.0))
    assert scaled(left, table("region", ("USA", 0.5))).rows() == [("fab", "USA", 1.5)]
    assert scaled(left, table("slice", ("day", 0.25)))["value"].to_list() == [0.75, 0.5]


def test_placed_data_have_the_labels_of_the_rows_and_no_others() -> None:
    amounts = table("process region", ("fab", "USA", 1.0), ("fab", "TWN", 2.0), ("plant", "USA", 4.0))
    assert placed(amounts, table("process", ("fab", 9.0)).select("process")).rows() == [("fab", 3.0)]


def test_keys_stand_once_and_in_order() -> None:
    twice = [table("process", ("plant", 1.0), ("fab", 2.0)), table("process", ("fab", 3.0))]
    assert keys(twice, "process").rows() == [("fab",), ("plant",)]
