"""The errors a user can mend: each message names the table or file, the field, the value and the remedy."""


class PlumblineError(Exception):
    """Base of every error that a job reports as one sentence, with exit code 2 unless the error says otherwise."""

    exit_code = 2


class ConfigurationError(PlumblineError):
    """A conf file, a command-line argument or an environment variable is wrong."""


class ContractError(PlumblineError):
    """A table does not have the columns or types that its contract promises."""


class MissingInputError(PlumblineError):
    """A table or a partition that a step reads is not there."""


class RowAccountError(PlumblineError):
    """Rows in are not equal to rows used + duplicates + quarantined."""


class ExpiredContentError(PlumblineError):
    """A step needs content that has expired; what was made of it stands."""


class InvalidAnswerError(PlumblineError):
    """A language model's answer is not the answer that was asked for; the message quotes nothing of it."""


class ReproductionError(PlumblineError):
    """A release cannot be reproduced, or its numbers come out otherwise."""

    exit_code = 1


class StaleMomentsError(PlumblineError):
    """Moments that were made before the sample, its labels or the settings changed."""


class ConcurrentRunError(PlumblineError):
    """Another run wrote what this run was about to write; nobody's rows are lost, and the step is run again."""


class DamagedDataError(PlumblineError):
    """A file of a log or a table is gone, cut off or corrupt."""


class StorageFullError(PlumblineError):
    """A file system takes no more."""


class FailedChecksError(PlumblineError):
    """Data checks of severity `fail` failed: nothing downstream may be written."""

    exit_code = 1
