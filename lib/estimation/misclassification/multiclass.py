"""Prevalences of several classes corrected by a matrix of error rates."""

from dataclasses import dataclass

import numpy as np

from lib.estimation.functionals import FloatArray

_LARGEST_CONDITION_NUMBER = 1e8


@dataclass(frozen=True, eq=False)
class CorrectedShares:
    """True shares behind apparent ones.

    Attributes:
        shares: one a class, never clipped; None if the labels cannot tell the classes apart
        refused: why the shares must not be published; None if they may

    """

    shares: FloatArray | None
    refused: str | None


def corrected_shares(apparent: FloatArray, assignment: FloatArray) -> CorrectedShares:
    """Solve M π = p, the Rogan-Gladen correction of more than two classes: Buonaccorsi (2010), section 3.5.

    Args:
        apparent: p, share of units labelled with each class, adding up to 1
        assignment: M, M[i, j] = P(labelled i | truly j): columns add up to 1

    Returns:
        π, or the reason for refusal

    Raises:
        ValueError: shapes differ, or a column of M or p does not add up to 1

    """
    if assignment.shape != (len(apparent), len(apparent)):
        raise ValueError(f"{len(apparent)} classes need a square matrix of as many rows, not {assignment.shape}.")
    if not np.allclose(np.append(assignment.sum(axis=0), apparent.sum()), 1.0, atol=1e-9):
        raise ValueError("Apparent shares, and every column of the assignment matrix, must add up to 1.")
    if np.linalg.cond(assignment) > _LARGEST_CONDITION_NUMBER:
        return CorrectedShares(None, "The labels do not tell the classes apart: the assignment matrix is singular.")
    shares = np.asarray(np.linalg.solve(assignment, apparent), dtype=np.float64)
    if shares.min() < 0.0:
        worst = int(np.argmin(shares))
        return CorrectedShares(shares, f"The corrected share of class {worst} is negative ({shares[worst]:.6g}).")
    return CorrectedShares(shares, None)
