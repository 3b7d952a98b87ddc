"""What a host lacks of `driver.options`: in our file, and in the modules that are loaded."""

from __future__ import annotations

from checks.facts import Facts
from checks.profiles import module_options, wants
from checks.profiles.profile import Profile


def to_load(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """What differs in the loaded modules, in words; empty also where the driver is loaded anew for another reason."""
    loaded = facts.modules.get("nvidia")
    if loaded is None or wants.driver_change(facts, profile):
        return ()
    if facts.driver.library and loaded.version != facts.driver.library:
        return ()
    return module_options.loaded_otherwise(facts, profile)
