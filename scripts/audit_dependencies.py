"""Hold every pinned package against the known vulnerabilities, and say so only of those that were really looked up.

    python -m scripts.audit_dependencies --pip-audit .venv-audit/bin/pip-audit

Packages of other platforms and Python versions are looked up too. pip-audit says "no known vulnerabilities" and ends
with 0 when its service knows none of the packages, or cannot be reached: here that is a failure. Exit code 0: all were
looked up and none is vulnerable; 1: some are; 2: some, or all, were not looked up.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)", re.M)
_SERVICES = ("pypi", "osv")
_VULNERABLE, _NOT_AUDITED = 1, 2
Package = tuple[str, str]


@dataclass(frozen=True)
class Audit:
    """What was found: vulnerable packages with a line each, and packages nothing is known about, with the reason."""

    pinned: frozenset[Package]
    vulnerable: Mapping[Package, str] = field(default_factory=dict)
    not_audited: Mapping[Package, str] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0, 1 or 2; a vulnerability that is known is not hidden by what is not known."""
        return _VULNERABLE if self.vulnerable else _NOT_AUDITED if self.not_audited or not self.pinned else 0

    def sentences(self) -> list[str]:
        """What to print."""
        n_pinned, n_unknown = len(self.pinned), len(self.not_audited)
        if not n_pinned:
            return ["NOT AUDITED: the lock file pins no package."]
        said = [f"{name} {version}: {what}" for (name, version), what in sorted(self.vulnerable.items())]
        if not n_unknown:
            n_vulnerable = len(self.vulnerable)
            return [*said, f"{n_pinned} pinned packages were looked up, {n_vulnerable} have known vulnerabilities."]
        (name, version), reason = min(self.not_audited.items())
        return [
            *said,
            f"NOT AUDITED: of {n_pinned} pinned packages only {n_pinned - n_unknown} were looked up, nothing is known "
            f"about {n_unknown}, for example {name} {version} ({reason}). Run it where the advisory service can be "
            "reached, or with --service osv.",
        ]


def pinned_packages(lock: str) -> list[Package]:
    """Name and version of every requirement in the text of a lock file, in its order; a name may come twice."""
    return [(_normal(name), version) for name, version in _PINNED.findall(lock)]


def audit_of(pinned: Sequence[Package], reports: Sequence[Mapping[str, Any]]) -> Audit:
    """What pip-audit's JSON `reports` say of the pinned packages; one they do not mention was not audited."""
    found = [entry for report in reports for entry in report.get("dependencies", [])]
    looked_up = {(_normal(e["name"]), e["version"]): e["vulns"] for e in found if "version" in e and "vulns" in e}
    reasons = {_normal(e["name"]): e["skip_reason"] for e in found if "skip_reason" in e}
    return Audit(
        frozenset(pinned),
        vulnerable={p: _in_words(looked_up[p]) for p in pinned if looked_up.get(p)},
        not_audited={p: reasons.get(p[0], "the report does not mention it") for p in pinned if p not in looked_up},
    )


def requirement_files(pinned: Sequence[Package]) -> list[list[Package]]:
    """`pinned` in as few files as it takes for no name to come twice in one of them."""
    files: list[list[Package]] = []
    for package in dict.fromkeys(pinned):
        taken = next((file for file in files if package[0] not in {name for name, _ in file}), None)
        if taken is None:
            files.append([package])
        else:
            taken.append(package)
    return files


def run_pip_audit(program: Path, packages: Sequence[Package], *, service: str) -> Mapping[str, Any]:
    """pip-audit's report on `packages`; empty if it gave none, with what it said on standard error."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as requirements:
        requirements.writelines(f"{name}=={version}\n" for name, version in packages)
        requirements.flush()
        command = [str(program), "--requirement", requirements.name, "--no-deps", "--disable-pip"]
        command += ["--vulnerability-service", service, "--format", "json", "--progress-spinner", "off"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own list
    try:
        report = json.loads(result.stdout)
    except json.JSONDecodeError:
        print(result.stderr.strip()[-2_000:], file=sys.stderr)
        return {}
    return report if isinstance(report, dict) else {}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pip-audit", type=Path, required=True, metavar="PROGRAM", help="the program pip-audit")
    parser.add_argument("--lock", type=Path, default=Path("requirements.lock"), metavar="FILE")
    parser.add_argument("--service", choices=_SERVICES, default="pypi", help="who knows the advisories")
    parsed = parser.parse_args(arguments)
    pinned = pinned_packages(parsed.lock.read_text(encoding="utf-8"))
    reports = [run_pip_audit(parsed.pip_audit, file, service=parsed.service) for file in requirement_files(pinned)]
    audit = audit_of(pinned, reports)
    for sentence in audit.sentences():
        print(sentence, file=sys.stderr if audit.exit_code else sys.stdout)
    return audit.exit_code


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _in_words(vulnerabilities: Sequence[Mapping[str, Any]]) -> str:
    parts = []
    for one in vulnerabilities:
        fixed = ", ".join(one.get("fix_versions", [])) or "no version yet"
        parts.append(f"{one['id']} (fixed in {fixed})")
    return "; ".join(parts)


if __name__ == "__main__":
    sys.exit(main())
