"""A plan kept in a file, and applied later exactly as it was kept, or not at all; pure but for reading the file.

The file has `plan --format json`, a document for each host and line, with what the plan was made from beside it:
digests of the profile, of each step's scripts and the files that it brings, and facts of the host by which to name
what changed. Applying plans anew and compares: only steps that are the same ones are done.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from checks.facts import Facts
from checks.facts.reading import Unknown
from checks.profiles import wants
from checks.profiles.profile import render
from provision import show
from provision.apply import Options, Planned
from provision.bringing import pack
from provision.errors import BadInput, Drifted
from provision.following import who
from provision.remote import detached
from provision.step import Step

SUFFIX = "plan.json"
KIND = "gpuwright plan"
_STAMP = "%Y%m%dT%H%M%S"
"""As the ids of runs begin (following.new_run): what sorts after it was begun after it."""

_FACTS: Mapping[str, Callable[[Facts], object]] = {
    "host's own name": lambda facts: facts.host.name,
    "system": lambda facts: f"{facts.os.id} {facts.os.version} {facts.host.machine}",
    "kernel": lambda facts: facts.kernel.running,
    "kernel of the next boot": lambda facts: facts.kernel.next,
    "GPUs": lambda facts: ", ".join(sorted(f"{gpu.address} {gpu.id}" for gpu in facts.pci.gpus)),
    "loaded driver": lambda facts: module.version if (module := facts.modules.get("nvidia")) else "none",
    "driver's libraries": lambda facts: facts.driver.library or "none",
    "docker": lambda facts: f"{facts.docker.daemon or 'none'}, {facts.docker.state}",
    "package lists": lambda facts: "over a day old" if wants.lists_are_old(facts) else "of the last day",
}
"""What is told of the host beside its steps; the steps alone decide whether it has drifted."""


@dataclass(frozen=True)
class Saved:
    """A plan that was kept: when, of which profile, and each step by its key with the digest of all that it does."""

    host: str
    made: str
    asked: str
    only: tuple[str, ...]
    force: bool
    profile: str
    program: str
    facts: Mapping[str, str]
    steps: Mapping[str, str]
    changes: frozenset[tuple[str, str]]
    shown: frozenset[str]


def as_json(planned: Planned, host: str, options: Options) -> str:
    """The document of one host, on one line."""
    asked = options.profile
    kept = {
        "kind": KIND,
        "made": datetime.now(timezone.utc).strftime(_STAMP),
        "by": who(),
        "asked": str(Path(asked).resolve()) if asked and Path(asked).is_file() else asked,
        "only": list(options.only),
        "force": options.force,
        "profile_sha256": _sha256(render(planned.profile)),
        "program_sha256": _program(),
        "facts": facts_of(planned.facts),
        "steps": [{"key": _key(step), "sha256": digest(step)} for step in planned.plan.steps],
        "shown": sorted(planned.shown),
    }
    made = json.loads(planned.json(host))
    return json.dumps(
        {**made, "saved": {**kept, "facts_sha256": _sha256(json.dumps(kept["facts"]))}}, ensure_ascii=False
    )


def read(place: str, host: str) -> Saved:
    """The plan of a host in a file of one or several, or in a folder of files; `BadInput` where there is none."""
    path = Path(place) / f"{host.replace('/', '_')}.{SUFFIX}" if Path(place).is_dir() else Path(place)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise BadInput(f"{path}: not a saved plan; nothing was changed") from None
    found = {}
    for number, line in enumerate(lines, 1):
        try:
            one = parse(line)
        except (ValueError, KeyError, TypeError):
            raise BadInput(
                f"{path}:{number}: not a saved plan, as plan -o writes one, or of another version; nothing was changed"
            ) from None
        found[one.host] = one
    if host not in found:
        raise BadInput(
            f"{path}: it has no plan for {host}, but for {', '.join(found) or 'nobody'}; nothing was changed"
        )
    return found[host]


def parse(line: str) -> Saved:
    """One document; `ValueError`, `KeyError` or `TypeError` where it is none of ours."""
    made = json.loads(line)
    kept = made["saved"]
    if kept["kind"] != KIND or made["schema"] != show.SCHEMA:
        raise ValueError
    changes = made["packages"]["changes"] if made["packages"] else ()
    return Saved(
        made["host"],
        kept["made"],
        kept["asked"],
        tuple(kept["only"]),
        kept["force"],
        kept["profile_sha256"],
        kept["program_sha256"],
        dict(kept["facts"]),
        {step["key"]: step["sha256"] for step in kept["steps"]},
        frozenset((change["package"], change["new"]) for change in changes),
        frozenset(kept["shown"]),
    )


def held(saved: Saved, planned: Planned) -> frozenset[str]:
    """What was shown when it was saved; `Drifted` names what is otherwise now.

    Where a run of it was cut off, what that run has done is no difference. The steps that are left are then known by
    their names, since what was done may change how they are done (as between two phases of one run).
    """
    found = [*_differences(saved, planned)]
    if not found:
        return saved.shown
    now = facts_of(planned.facts)
    found += [f"{name}: was {was}, is {now[name]}" for name, was in saved.facts.items() if now.get(name, was) != was]
    raise Drifted(
        f"{saved.host}: it is not what it was when this plan was saved ({_when(saved.made)}):\n"
        + "".join(f"  {line}\n" for line in found)
        + "Nothing was changed. Save a new plan (plan -o), and look at it"
    )


def _differences(saved: Saved, planned: Planned) -> Iterator[str]:
    if saved.program != _program():
        yield "gpuwright: this one does its steps otherwise than the one that saved the plan"
    if saved.profile != _sha256(render(planned.profile)):
        yield f"profile: {planned.profile.name} does not say what it said"
    steps = {_key(step): step for step in planned.plan.steps}
    done = _done(saved, planned)
    yield from (f"to be done now, and not planned: {steps[key].title}" for key in steps if key not in saved.steps)
    gone = [key for key in saved.steps if key not in steps and key not in done]
    yield from (f"planned, and no longer to be done: {_title(key)}" for key in gone)
    if not done:
        yield from (
            f"would be done otherwise now: {step.title}"
            for key, step in steps.items()
            if key in saved.steps and saved.steps[key] != digest(step)
        )
        if [*steps] != [key for key in saved.steps if key in steps]:
            yield "the order of the steps"
    yield from _packages(saved, planned, begun=bool(done))


def _done(saved: Saved, planned: Planned) -> frozenset[str]:
    """The steps of the plan that runs begun after it was saved have done."""
    titles = {
        step.title for run in planned.facts.runs if run.id > saved.made for step in run.steps if step.state in _OVER
    }
    return frozenset(key for key in saved.steps if _title(key) in titles)


_OVER = ("done", "final")


def _packages(saved: Saved, planned: Planned, *, begun: bool) -> Iterator[str]:
    changes = planned.solution.changes if planned.solution else ()
    now = {(change.package, change.new) for change in changes}
    for package, version in sorted(now - saved.changes):
        yield (
            f"package {package}: {version or 'would be removed'} now" if version else f"package {package}: would go now"
        )
    if not begun:
        names = {package for package, _ in now}
        yield from (f"package {name}: no longer changed" for name, _ in sorted(saved.changes) if name not in names)


def facts_of(facts: Facts) -> dict[str, str]:
    """What is told of the host."""
    return {name: _told(facts, tell) for name, tell in _FACTS.items()}


def _told(facts: Facts, tell: Callable[[Facts], object]) -> str:
    try:
        return str(tell(facts))
    except Unknown as why:
        return f"unknown: {why}"


def digest(step: Step) -> str:
    """Of all that a step does: its scripts, the files that it brings, its reboot."""
    brings = [f"{parcel.name} {parcel.sha256}" for parcel in pack(step.brings)]
    return _sha256(json.dumps([step.script, step.undo, bool(step.reboot), brings]))


def _key(step: Step) -> str:
    """Its title, by which a run knows it, and what consent knows it by, where that is something else."""
    return f"{step.title}\n{step.key}" if step.key else step.title


def _title(key: str) -> str:
    return key.partition("\n")[0]


def _program() -> str:
    return _sha256(detached.library())


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _when(stamp: str) -> str:
    return datetime.strptime(stamp, _STAMP).replace(tzinfo=timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


def together(documents: Sequence[str]) -> bytes:
    """The plans of several hosts as one file."""
    return "".join(f"{document}\n" for document in documents).encode()
