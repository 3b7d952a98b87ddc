"""Where packages come from: the archive's non-free components, offered by the mirrors that the host uses already.

They are added in a file of our own, beside the host's: its own files stay as they are. A stanza repeats the options of
the source it extends, because apt refuses two sources of one archive with different Signed-By.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.sources import Source
from checks.profiles import kernels, wants
from checks.profiles.profile import Profile
from provision.step import Step

RESTS_ON = ("packages", "old_sources")
FILE = "/etc/apt/sources.list.d/gpuwright.sources"

_FIELDS = {"arch": "Architectures", "lang": "Languages", "target": "Targets"}


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    lacking = wants.components_of_archive(facts, profile) if wants.driver_packages(facts, profile) else ()
    if lacking:
        yield Step(
            f"offer {', '.join(lacking)} to apt, in {FILE}",
            why=f"the driver's packages are there, and no source of {facts.os.codename} offers it yet",
            script=f"put_file {FILE} 644 <<'END_OF_FILE'\n{stanzas(facts, profile)}END_OF_FILE\napt update\n",
            undo=f"undo_file {FILE}\n",
        )
    elif (wants.driver_packages(facts, profile) or kernels.without_headers(facts, profile)) and wants.lists_are_old(
        facts
    ):
        yield Step(
            "fetch the package lists", why="the host's are missing or more than a day old", script="apt update\n"
        )


def planned(facts: Facts, profile: Profile) -> str:
    """The sh that offers them to the solver, in its own directory.

    Under a name of its own: the file that an earlier run left counts too.
    """
    text = stanzas(facts, profile)
    file = '"$d/parts/gpuwright-planned.sources"'
    return f"cat >{file} <<'END_OF_SOURCES'\n{text}\nEND_OF_SOURCES\n" if text else ""


def stanzas(facts: Facts, profile: Profile) -> str:
    """The sources to add, in deb822 style."""
    known = facts.sources.of_suites(facts.os.codename) if facts.os.family == "apt" else ()
    wanted = wants.archive_components(facts, profile)
    merged: dict[tuple[str, str, tuple[tuple[str, str], ...]], set[str]] = {}
    for source in known:
        merged.setdefault((source.uri, source.suite, source.options), set()).update(source.components)
    return "\n".join(
        _stanza(Source("", "deb", uri, suite, missing, options))
        for (uri, suite, options), has in merged.items()
        if (missing := tuple(name for name in wanted if name not in has))
    )


def _stanza(source: Source) -> str:
    lines = [
        "Types: deb",
        f"URIs: {source.uri}",
        f"Suites: {source.suite}",
        f"Components: {' '.join(source.components)}",
    ]
    for key, value in source.options:
        name = _FIELDS.get(key, "-".join(part.capitalize() for part in key.split("-")))
        lines.append(f"{name}: " + value.replace("\n", "\n "))
    return "\n".join(lines) + "\n"
