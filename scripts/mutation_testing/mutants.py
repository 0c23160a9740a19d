"""The mutants that [tool.mutmut] in pyproject.toml asks for, and their verdicts where mutmut keeps them."""

import contextlib
import io
import shutil
from collections.abc import Mapping
from pathlib import Path

from mutmut.__main__ import collect_source_file_mutation_data, create_mutants
from mutmut.configuration import config
from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.utils.file_utils import copy_also_copy_files, copy_src_dir
from mutmut.utils.format_utils import get_module_from_key, get_mutant_name, mangled_name_from_mutant_name

FOLDER = Path("mutants")


class Mutants:
    """All mutants, in the order in which they stand in the sources.

    Attributes:
        exit_codes: mutant -> mutmut's exit code of its last trial; None if its function changed since, or was not tried
        function_hashes: mutated function, as the trampolines name it -> hash of its code

    """

    def __init__(self) -> None:
        found, _ = collect_source_file_mutation_data(mutant_names=())
        self._files: Mapping[str, SourceFileMutationData] = {name: data for data, name, _ in found}
        self.exit_codes: dict[str, int | None] = {name: exit_code for _, name, exit_code in found}
        self.function_hashes: dict[str, str] = {
            str(get_mutant_name(Path(data.path), function)): code
            for data in {id(data): data for data, _, _ in found}.values()
            for function, code in data.hash_by_function_name.items()
        }

    def record(self, mutant: str, exit_code: int, seconds: float) -> None:
        """Keep a verdict, and how long it took, where `mutmut results`, `show` and `browse` look for it."""
        self.exit_codes[mutant] = exit_code
        self._files[mutant].exit_code_by_key[mutant] = exit_code
        self._files[mutant].durations_by_key[mutant] = seconds
        self._files[mutant].save()


def generate_mutants(processes: int) -> Mutants:
    """Write mutated sources, tests and what these read into the folder `mutants`; unchanged sources are left alone."""
    FOLDER.mkdir(exist_ok=True)
    for copied in (*config().also_copy, Path("tests")):
        shutil.rmtree(FOLDER / copied, ignore_errors=True)  # what was deleted in the project must not stay
    set_mutant_under_test("mutant_generation")
    with contextlib.redirect_stdout(io.StringIO()):
        copy_src_dir()
        copy_also_copy_files()
        create_mutants(processes)
    return Mutants()


def test_selection() -> list[str]:
    """The folders whose tests have to notice."""
    return config().pytest_add_cli_args_test_selection


def processor_limit(seconds: float) -> float:
    """Processor seconds after which a test that takes `seconds` on the unmutated code hangs."""
    return float((seconds + config().timeout_constant) * config().timeout_multiplier)


def module_of(mutant: str) -> str:
    """Dotted name of the mutated module."""
    return str(get_module_from_key(mutant))


def function_of(mutant: str) -> str:
    """The mutated function, as the trampolines name it."""
    return str(mangled_name_from_mutant_name(mutant))
