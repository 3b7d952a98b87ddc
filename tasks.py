"""Every verb that a person types, under `fab` and `invoke` alike: composition only.

A verb never raises (provision/answers.py): the task that runs after all hosts ends with the worst of their statuses.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke.collection import Collection
from invoke.tasks import task

from checks import report
from checks.doctor import Asked, diagnose, exit_status, look_at, own_name, probe
from checks.facts import TOPICS, Facts, gather
from checks.facts.blank import blanked
from checks.facts.probe import DEADLINE
from checks.facts.recording import BadRecording, Recording, render
from checks.facts.shell import Local
from checks.select import listing, select
from provision import output
from provision.answers import NAGIOS, PLANNING, RESULTS, answering, finish, one_of, past, seconds
from provision.errors import Usage
from provision.flags import connecting, trying
from provision.output import Output
from provision.verbs.fleet import namespace as fleet
from provision.verbs.mirror import namespace as mirror
from provision.verbs.profiles import namespace as profiles
from provision.verbs.rollout import rollout

if TYPE_CHECKING:
    from provision.apply import Options
    from provision.host import Host
    from provision.kubectl import Kubectl
    from provision.remote import Remote
    from provision.saved import Saved

FORMATS = ("text", "json")
REBOOT = ("if-needed", "never")
ON_FAILURE = ("rollback", "keep")


def _is_connection(c: Any) -> bool:
    return hasattr(c, "original_host")


def _name(c: Any) -> str:
    return str(c.original_host or "") if _is_connection(c) else "localhost"


def _looking(c: Any) -> Any:
    """The host to look at: the one that fab connects to, else this machine."""
    return _begun(c) if _is_connection(c) else Local(c.config.sudo.password or "")


def _begun(c: Any) -> Remote:
    """The host that fab connects to. The connection is on its way, and what its answer wants is loaded meanwhile."""
    from provision.remote import remote_of

    host = remote_of(c)
    host.begin()
    import checks.examine  # noqa: F401
    import provision.apply  # noqa: F401

    return host


def _touching(c: Any, verb: str, *, local: bool) -> Host:
    """The host to touch: this machine only with --local, so that nobody provisions their own by mistake."""
    if _is_connection(c):
        if local:
            raise Usage("--local and -H exclude each other")
        return _begun(c)
    if not local:
        raise Usage(f"{verb} which host? fab -H gpu01 {verb}, or {verb} --local for this machine; nothing was changed")
    from provision.host import LocalHost

    return LocalHost(c.config.sudo.password or "")


def _form(text: str) -> str:
    return one_of("--format", text, FORMATS)


def _command(c: Any) -> str:
    return f"fab -H {c.original_host}" if _is_connection(c) else "invoke {} --local"


def _report(recording: Recording, c: Any, asked: Asked, out: Output, command: str = "") -> int:
    made = diagnose(recording, asked, str(c.original_host) if _is_connection(c) else "", command or _command(c))
    out.take(made)
    return exit_status(made, out.form)


@task(
    auto_shortflags=False,
    post=[finish],
    help={
        "profile": "what the host should be: a name or a file; default: as the site file says, else what is there",
        "format": "text, json, junit, prometheus or nagios",
        "recording": "read this recording, bug report or sosreport instead of a host (- for standard input)",
        "only": "only these checks, and what they rest on: a comma list",
        "skip": "not these checks: a comma list; what rests on them is examined all the same",
        "list_checks": "name every check and what is true when all is well, and stop",
        "since": "show what changed on the host since then: '2 days ago', 12h, yesterday, 2026-11-20 (UTC)",
        "container": "also start a container and look for the GPUs in it",
        "framework": "also compute something on the GPU in a container: tensorflow or pytorch",
        "image": "the image for that, which the host has already",
        "deadline": "seconds after which a question counts as unanswered, such as 20s",
        "o": "the file, written whole or not at all; with several hosts a folder; default: standard output",
        "fix": "apply the remedies that are safe and can be taken back, one cause at a time",
        "dry_run": "with --fix: show what it would do, and stop",
        "yes": "with --fix: agree to what is shown, and to nothing else",
        "local": "with --fix: this machine",
        "v": "show also what is well",
    },
)
def doctor(
    c: Any,
    profile: str = "",
    format: str = "text",  # noqa: A002 - it is the flag's name
    recording: str = "",
    only: str = "",
    skip: str = "",
    list_checks: bool = False,
    container: bool = False,
    framework: str = "",
    image: str = "",
    since: str = "",
    deadline: str = f"{DEADLINE}s",
    o: str = "",
    fix: bool = False,
    dry_run: bool = False,
    yes: bool = False,
    local: bool = False,
    v: bool = False,
) -> None:
    """Say what is wrong with a GPU host, with the evidence and the exact fix."""
    NAGIOS.extend([True] * (format == "nagios"))
    out = Output(_name(c), format, o, v)
    with answering(out.host, format, out.error):
        one_of("--format", format, report.FORMATS)
        wanted = (seconds("--deadline", deadline), select(only, skip), past("--since", since))
        asked = Asked(profile, container, *wanted, *trying(framework, image))
        if list_checks:
            print(listing(), end="")
            RESULTS.append(0)
            return
        if recording and _is_connection(c):
            raise Usage("--recording reads a file; leave -H out")
        if recording and fix:
            raise Usage("--fix needs a host; a recording cannot be mended")
        if fix:
            options = _options(c, profile, "", deadline, dry_run=dry_run, yes=yes)
            found = _mend(_touching(c, "doctor --fix", local=local), asked, options, out)
        else:
            found = _read(recording) if recording else look_at(_looking(c), asked)
        elsewhere = f"fab -H {own_name(Facts(found))}" if recording else ""
        RESULTS.append(_report(found, c, asked, out, elsewhere))


def _mend(host: Host, asked: Asked, options: Options, out: Output) -> Recording:
    from provision.console import Terminal
    from provision.fix import mend

    plain = out.form == "text" and not out.file
    return mend(host, asked, options, Terminal(sys.stdout if plain else sys.stderr, verbose=out.verbose))


def _bytes(path: str) -> bytes:
    return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()


def _read(path: str) -> Recording:
    from checks import offline

    try:
        return offline.read(_bytes(path))
    except BadRecording as error:
        raise BadRecording(f"{path}: {error}") from None


@task(
    auto_shortflags=False,
    post=[finish],
    help={"o": "the file, or a folder for one file per host; default: standard output", "deadline": "such as 20s"},
)
def record(c: Any, o: str = "", deadline: str = f"{DEADLINE}s") -> None:
    """Keep what a host answers, as text without secrets: `doctor --recording` reads it anywhere."""
    with answering(_name(c)):
        text = render(blanked(gather(_looking(c), TOPICS, seconds("--deadline", deadline))))
        if not o:
            print(text, end="")
        else:
            path = output.place(o, f"{_name(c)}.rec")
            report.atomically(path, text.encode())
            print(f"{_name(c)}: {path}")
        RESULTS.append(0)


@task(
    auto_shortflags=False,
    post=[finish],
    help={
        "profile": "what the host should be: a name or a file; default: what provisioning left there, else current",
        "o": "the file, or a folder for one file per host; default: this folder",
        "deadline": "such as 20s",
    },
)
def bundle(c: Any, profile: str = "", o: str = "", deadline: str = f"{DEADLINE}s") -> None:
    """Collect for support: what the host answers, the report, and the logs that matter, blanked, in one tar.gz."""
    from checks import bundle as bundles

    with answering(_name(c)):
        asked, shell = Asked(profile, deadline=seconds("--deadline", deadline)), _looking(c)
        found, logs = probe(shell, asked), gather(shell, bundles.LOGS, asked.deadline)
        name = str(c.original_host) if _is_connection(c) else ""
        file, data = bundles.archive(found, diagnose(found, asked, name, _command(c)), logs)
        path = output.place(o or ".", file)
        report.atomically(path, data)
        print(f"{_name(c)}: {path}")
        RESULTS.append(0)


_TOUCHING = {
    "profile": "what the host should be: a name or a file; default: as the site file says, else what is there",
    "only": "only these components, and what they rest on: a comma list",
    "format": "text or json",
    "force": "plan also for a host without a GPU",
    "local": "this machine",
    "deadline": "seconds after which a question counts as unanswered, such as 20s",
}


def _options(c: Any, profile: str, only: str, deadline: str, lock_wait: str = "10m", **given: bool) -> Options:
    from provision import planning
    from provision.apply import Options

    names = tuple(name.strip().replace("-", "_") for name in only.split(",") if name.strip())
    dry = bool(given.pop("dry_run", False) or c.config.run.dry)
    return Options(
        profile=profile,
        only=planning.known(names),
        deadline=seconds("--deadline", deadline),
        lock_wait=seconds("--lock-wait", lock_wait),
        dry_run=dry,
        **given,
    )


@task(
    auto_shortflags=False,
    post=[finish],
    help={
        **_TOUCHING,
        "o": "also save the plan: a file, or a folder for one file per host; provision --plan applies it",
    },
)
def plan(
    c: Any,
    profile: str = "",
    only: str = "",
    format: str = "text",  # noqa: A002 - it is the flag's name
    force: bool = False,
    local: bool = False,
    deadline: str = f"{DEADLINE}s",
    o: str = "",
) -> None:
    """Show what provisioning would do; changes nothing. Status 2: there are changes."""
    PLANNING.append(True)
    with answering(_name(c), format):
        form = _form(format)
        host = _touching(c, "plan", local=local)
        from provision.apply import look

        options = _options(c, profile, only, deadline, force=force)
        planned = look(host, options)
        print(planned.json(_name(c)) if form == "json" else planned.text(_name(c)).rstrip())
        if o:
            from provision import saved

            path = output.place(o, f"{_name(c)}.{saved.SUFFIX}")
            report.atomically(path, saved.together([saved.as_json(planned, _name(c), options)]))
            print(f"saved: {path}", file=sys.stderr)
        RESULTS.append(2 if planned.plan else 1 if planned.plan.unknown else 0)


@task(
    auto_shortflags=False,
    post=[finish],
    help={
        **_TOUCHING,
        "dry_run": "show the plan and stop",
        "yes": "agree to what is shown, and to nothing else",
        "yes_remove_containers": "agree to the removal of the containers that the plan names, which --yes never does",
        "reboot": "if-needed, or never: stop before the first reboot",
        "plan": "apply this saved plan (plan -o) and nothing else: a file, or a folder of them",
        "on_failure": "a host that is less well afterwards than before: rollback to what it was, or keep",
        "lock_wait": "how long to wait for another's apt or dnf, such as 10m",
        "v": "print the output of the steps",
    },
)
def provision(
    c: Any,
    profile: str = "",
    only: str = "",
    format: str = "text",  # noqa: A002 - it is the flag's name
    dry_run: bool = False,
    yes: bool = False,
    plan: str = "",
    yes_remove_containers: bool = False,
    reboot: str = "if-needed",
    on_failure: str = "rollback",
    force: bool = False,
    local: bool = False,
    deadline: str = f"{DEADLINE}s",
    lock_wait: str = "10m",
    v: bool = False,
) -> None:
    """Make a GPU host: show the plan, ask, apply, reboot if needed, and end with the doctor."""
    with answering(_name(c), format):
        form = _form(format)
        one_of("--reboot", reboot, REBOOT)
        goes_back = one_of("--on-failure", on_failure, ON_FAILURE) == "rollback"
        host = _touching(c, "provision", local=local)
        from provision import returning
        from provision.console import Terminal

        allowed = reboot == "if-needed" and not local
        given = {"yes": yes, "reboot": allowed, "force": force, "dry_run": dry_run, "goes_back": goes_back}
        kept = _kept(c, plan, profile, only)
        if kept:
            profile, only, given["force"] = kept.asked, ",".join(kept.only), kept.force
        given["yes_remove_containers"] = yes_remove_containers
        options = _options(c, profile, only, deadline, lock_wait, **given)
        console = Terminal(sys.stderr if form == "json" else sys.stdout, verbose=v)
        outcome = returning.provision(host, options, console, kept)
        if options.dry_run:
            RESULTS.append(2 if outcome.planned.plan else 1 if outcome.planned.plan.unknown else 0)
            return
        if outcome.stopped_before_reboot:
            console.show(f"{_name(c)}: stopped before a reboot; reboot the host and run the same command again\n")
        RESULTS.append(_report(outcome.recording, c, Asked(profile), Output(_name(c), form)))


def _kept(c: Any, plan: str, profile: str, only: str) -> Saved | None:
    """The saved plan that is to be applied, which says itself of which profile and components it is."""
    if not plan:
        return None
    if profile or only:
        raise Usage("--plan says itself which profile and components it is of: leave --profile and --only out")
    from provision import saved

    return saved.read(plan, _name(c))


@task(
    auto_shortflags=False,
    post=[finish],
    help={
        "run": "the run's id; without it the host's runs are listed",
        "yes": "agree to what is shown",
        "v": "verbose",
    },
)
def rollback(
    c: Any, run: str = "", yes: bool = False, local: bool = False, reboot: str = "if-needed", v: bool = False
) -> None:
    """Take one run back; without --run, list the host's runs and change nothing."""
    with answering(_name(c)):
        host = _touching(c, "rollback", local=local)
        _undo(c, host, run, yes=yes, reboot=reboot, verbose=v, everything=False)


@task(
    auto_shortflags=False,
    post=[finish],
    help={"yes": "agree to what is shown", "reboot": "if-needed or never", "v": "print the output of the steps"},
)
def unprovision(c: Any, yes: bool = False, local: bool = False, reboot: str = "if-needed", v: bool = False) -> None:
    """Take back everything that was provisioned here."""
    with answering(_name(c)):
        host = _touching(c, "unprovision", local=local)
        _undo(c, host, "", yes=yes, reboot=reboot, verbose=v, everything=True)


def _undo(c: Any, host: Host, run: str, *, yes: bool, reboot: str, verbose: bool, everything: bool) -> None:
    from provision.console import Terminal
    from provision.undo import take_back

    one_of("--reboot", reboot, REBOOT)
    console = Terminal(sys.stdout, verbose=verbose)
    take_back(
        host,
        console,
        run=run,
        everything=everything,
        yes=yes,
        dry_run=bool(c.config.run.dry),
        reboot=reboot == "if-needed" and not isinstance(host, Local),
    )
    RESULTS.append(0)


@task(
    name="docker-args",
    auto_shortflags=False,
    post=[finish],
    help={
        "gpus": "only these GPUs, by the number of their node: 0,2",
        "driver": "where the driver's files come from: auto, plugin (nvidia-docker 1.x), volume, or folder",
        "format": "text, json or compose",
    },
)
def docker_args(c: Any, gpus: str = "", driver: str = "auto", format: str = "text") -> None:  # noqa: A002
    """Print the flags that give a `docker run` this host's GPUs."""
    from provision import docker_args as args

    with answering(_name(c), format):
        made = {"text": args.as_text, "json": args.as_json, "compose": args.as_compose}[
            one_of("--format", format, args.FORMATS)
        ]
        way = one_of("--driver", driver, args.WAYS)
        print(made(args.flags(Facts(gather(_looking(c))), gpus, way)).rstrip())
        RESULTS.append(0)


@task(
    auto_shortflags=False,
    post=[finish],
    help={
        "kind": "pod, deployment, rc; for the cluster: device-plugin, runtime-class, time-slicing, helm-values, labels",
        "image": "the image to run",
        "replicas": "how many pods a deployment or rc keeps, or share one GPU in turns; default: 1",
        "gpus": "how many GPUs each pod gets; default: 1",
        "node_selector": "labels of the node, a comma list of KEY=VALUE",
        "host_path": "folders of the host, a comma list of /SOURCE:/TARGET",
        "port": "ports of the container, a comma list",
        "cmd": "the command, for /bin/sh -c; default: the image's own",
        "share": "privileged and without a limit: every GPU, also those that others use",
        "mig_strategy": "how the device plugin offers MIG devices: none, single or mixed",
        "apply": "give it to the cluster by this machine's kubectl: shown first, as its server would take it",
        "context": "kubectl's context, with --apply; default: the current one",
        "yes": "with --apply: agree to what is shown",
        "test": "a pod that computes something on this host's GPU: tensorflow or pytorch; with --apply it is judged",
        "o": "the file, or a folder for one file per host; default: standard output",
    },
)
def manifest(
    c: Any,
    kind: str = "",
    image: str = "",
    replicas: str = "",
    gpus: str = "",
    node_selector: str = "",
    host_path: str = "",
    port: str = "",
    cmd: str = "",
    share: bool = False,
    mig_strategy: str = "",
    test: str = "",
    apply: bool = False,
    context: str = "",
    yes: bool = False,
    o: str = "",
) -> None:
    """Write a pod for this host's GPUs, or what its cluster needs once, as its Kubernetes accepts it."""
    from provision import documents, pod_test

    with answering(_name(c)):
        given = (node_selector, host_path, port, cmd)
        kind = kind or ("pod" if test else "")
        what = documents.asked(kind, image, replicas, gpus, *given, share=share, strategy=mig_strategy)
        if apply:
            documents.appliable(what, o)
        elif context or yes:
            raise Usage("--context and --yes go with --apply")
        facts = Facts(gather(_looking(c)))
        if test:
            what = pod_test.tested(what, test, facts.host.name)
        text = documents.text(facts, what)
        if share:
            print(f"warning: {documents.SHARE_WARNING}", file=sys.stderr)
        if apply:
            from provision.console import Terminal
            from provision.kubectl import Kubectl

            dry, kubectl = bool(c.config.run.dry), Kubectl(context)
            node, undo = documents.node_name(facts), documents.taken_back(facts, what)
            kubectl.apply(text, node, undo, Terminal(sys.stdout), yes=yes, dry_run=dry)
            if test and not dry:
                RESULTS.append(_tried_in_a_pod(facts, what, test, kubectl, Output(_name(c))))
                return
        elif not o:
            print(text, end="")
        else:
            path = output.place(o, f"{_name(c)}.yaml")
            report.atomically(path, text.encode())
            print(f"{_name(c)}: {path}")
        RESULTS.append(0)


def _tried_in_a_pod(facts: Facts, what: Any, framework: str, kubectl: Kubectl, out: Output) -> int:
    from checks.profiles.choose import choose
    from provision import pod_test

    profile = choose("", facts, out.host)
    found = pod_test.findings(facts, profile, pod_test.run(what, framework, kubectl.ask))
    made = report.of(facts, out.host, profile.name, found)
    out.take(made)
    return exit_status(made)


@task(
    auto_shortflags=False,
    post=[finish],
    help={
        "text": "the message, as it was printed",
        "file": "look through this file instead (- for standard input)",
        "format": "text or json",
    },
)
def explain(c: Any, text: str = "", file: str = "", format: str = "text") -> None:  # noqa: A002 - the flag's name
    """Say what an error message means, how to make sure, and what to do. Status 2: nothing in it is known."""
    from checks import explain as words
    from checks.texts import meanings

    with answering(_name(c), format):
        form = _form(format)
        if _is_connection(c):
            raise Usage("explain needs no host; leave -H out")
        if bool(text) == bool(file):
            raise Usage('explain what? explain --text "the message", or explain --file LOG (- for standard input)')
        found = meanings(text or _bytes(file).decode(errors="replace"))
        print(words.as_json(found) if form == "json" else words.as_text(found).rstrip())
        RESULTS.append(0 if found else 2)


CONNECTING: tuple[Callable[..., Any], ...] = (
    *(doctor, record, bundle, docker_args, manifest),
    *(plan, provision, rollback, unprovision),
)
VERBS: tuple[Callable[..., Any], ...] = (*map(connecting, CONNECTING), explain)

namespace = Collection(*VERBS, rollout)
namespace.add_collection(fleet)
namespace.add_collection(profiles)
namespace.add_collection(mirror)
with suppress(ModuleNotFoundError):  # from a checkout only
    from tests.lab.verbs import namespace as lab

    namespace.add_collection(lab)
