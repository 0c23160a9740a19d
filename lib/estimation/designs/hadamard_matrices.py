"""Hadamard matrices: square, entries ±1, orthogonal columns."""

import numpy as np
from scipy.linalg import hadamard

from lib.estimation.functionals import FloatArray


def hadamard_matrix(least_order: int) -> FloatArray:
    """Return a Hadamard matrix of the smallest order this module can build that is >= `least_order`.

    Orders are 2^k (Sylvester 1867) and 2^k (q + 1) for primes q ≡ 3 mod 4 (Paley 1933); the multiples of 4 between
    them (28, 36, 52, 56, ...) take the next. The first row and column are all ones, so every other has as many +1 as
    -1.

    Args:
        least_order: wanted number of rows, >= 1

    Returns:
        the matrix, (order, order)

    """
    order = least_order
    while True:
        if (matrix := _of_order(order)) is not None:
            return matrix
        order += 1


def _of_order(order: int) -> FloatArray | None:
    if order & (order - 1) == 0:
        return np.asarray(hadamard(order), dtype=np.float64)
    power = 1
    while order % power == 0:
        if _is_prime_three_mod_four(order // power - 1):
            doubled: FloatArray = np.kron(hadamard(power), _paley(order // power)).astype(np.float64)
            return doubled
        power *= 2
    return None


def _is_prime_three_mod_four(number: int) -> bool:
    return number % 4 == 3 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))


def _paley(order: int) -> FloatArray:
    """Paley's first construction for a prime q = order - 1, with first row and column turned to ones."""
    q = order - 1
    residues = np.zeros(q, dtype=bool)
    residues[np.unique(np.arange(1, q) ** 2 % q)] = True
    difference = (np.arange(q)[:, None] - np.arange(q)[None, :]) % q
    jacobsthal = np.where(residues[difference], 1.0, -1.0)
    np.fill_diagonal(jacobsthal, -1.0)
    matrix = np.ones((order, order))
    matrix[1:, 1:] = jacobsthal
    return matrix
