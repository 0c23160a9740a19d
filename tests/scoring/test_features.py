import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.scoring import features as module
from lib.scoring.features import hashed_features

READ = {"n_features": 1024, "maximum_text_length": 100}


@given(st.lists(st.one_of(st.none(), st.text(st.characters(exclude_categories=())))))
@pytest.mark.slow
def test_any_text_gives_a_row_of_features_in_range(texts: list[str | None]) -> None:
    matrix = hashed_features(texts, **READ)

    assert matrix.shape == (len(texts), 1024)
    assert np.isfinite(matrix.data).all()


def test_a_text_has_its_words_and_pairs_of_neighbours_once() -> None:
    matrix = hashed_features(["a b a b", "a b", "b a", "b", None], **READ)

    # a, b, "a b", "b a" | a, b, "a b" | b, a, "b a" | b | nothing
    assert np.diff(matrix.indptr).tolist() == [4, 3, 3, 1, 0]
    assert set(matrix[[1]].indices) | set(matrix[[2]].indices) == set(matrix[[0]].indices)
    assert matrix[[0]].data.tolist() == pytest.approx([4**-0.25] * 4)


def test_a_row_does_not_depend_on_the_batch() -> None:
    texts = ["one two", None, "two three four", ""]

    together = hashed_features(texts, **READ).toarray()
    alone = np.vstack([hashed_features([text], **READ).toarray() for text in texts])

    np.testing.assert_array_equal(together, alone)


def test_a_megabyte_of_text_is_read_up_to_the_limit() -> None:
    huge = "spam ham " * 200_000

    np.testing.assert_array_equal(
        hashed_features([huge], **READ).toarray(), hashed_features([huge[:100]], **READ).toarray()
    )


def test_columns_are_those_of_stored_scorers() -> None:
    # Weights in the table `scorers` refer to these columns: a change here makes every stored scorer wrong.
    matrix = hashed_features(["garden chair", "日本"], n_features=module.DEFAULT_FEATURES, maximum_text_length=100)

    assert matrix[[0]].indices.tolist() == [24799, 41869, 57994]
    assert matrix[[1]].indices.tolist() == [3402, 27106, 50426]
