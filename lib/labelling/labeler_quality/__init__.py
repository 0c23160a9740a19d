"""How good each labeler is: pairs of verdicts on the same unit reduced by Spark, judged without it."""
