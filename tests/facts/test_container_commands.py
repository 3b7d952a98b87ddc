"""The commands of the container topics, run on folders that look like a host's."""

from __future__ import annotations

import subprocess
from pathlib import Path

from checks.facts import cdi, toolkit
from checks.facts.reading import Reading

YAML = """\
---
cdiVersion: 0.5.0
kind: nvidia.com/gpu
devices:
    - name: "0"
      containerEdits:
        deviceNodes:
            - path: /dev/nvidia-that-is-not-there
              major: 195
    - name: all
containerEdits:
    env:
        - NVIDIA_VISIBLE_DEVICES=void
    hooks:
        - hookName: createContainer
          path: /nonexistent/nvidia-cdi-hook
    mounts:
        - hostPath: /nonexistent/libcuda.so.580.95.05
          containerPath: /usr/lib/libcuda.so.580.95.05
        - hostPath: /usr/bin/env
          containerPath: /usr/bin/env
"""
JSON = (
    '{"cdiVersion":"0.5.0","kind":"nvidia.com/gpu","devices":[{"name":"1","containerEdits":{"deviceNodes":'
    '[{"path":"/dev/nvidia1","hostPath":"/nonexistent/dev/nvidia1","major":195}]}}],"containerEdits":'
    '{"mounts":[{"hostPath":"/nonexistent/libnvidia-ml.so.580.95.05","containerPath":"/x"}]}}'
)


def ask(command: str, old: str, new: Path) -> Reading:
    """The answer of a topic whose folder lies elsewhere."""
    done = subprocess.run(["sh", "-c", command.replace(old, str(new))], capture_output=True, text=True, check=False)
    return Reading(done.returncode, done.stdout)


def test_specs_are_read_as_yaml_and_as_json(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(YAML, encoding="utf-8")
    (tmp_path / "b.json").write_text(JSON, encoding="utf-8")
    (tmp_path / "c.yml").write_text(YAML, encoding="utf-8")  # CDI reads no such file
    yaml, json = cdi.parse(ask(cdi.COMMAND, "/etc/cdi", tmp_path)).specs
    assert (yaml.devices, yaml.versions) == (("nvidia.com/gpu=0", "nvidia.com/gpu=all"), ("580.95.05",))
    assert sorted(yaml.missing) == [
        "/dev/nvidia-that-is-not-there",
        "/nonexistent/libcuda.so.580.95.05",
        "/nonexistent/nvidia-cdi-hook",
    ]
    assert (json.devices, json.versions) == (("nvidia.com/gpu=1",), ("580.95.05",))
    assert sorted(json.missing) == ["/nonexistent/dev/nvidia1", "/nonexistent/libnvidia-ml.so.580.95.05"]


def test_programs_that_a_configuration_names_are_looked_for(tmp_path: Path) -> None:
    (tmp_path / "daemon.json").write_text(
        '{"runtimes": {"a": {"path": "/nonexistent/nvidia-container-runtime"}, "b": {"path": "/usr/bin/env"}}}',
        encoding="utf-8",
    )
    found = toolkit.parse(ask(toolkit.COMMAND, "/etc/docker", tmp_path))
    assert "/nonexistent/nvidia-container-runtime" in found.absent
    assert not found.resolves("/nonexistent/nvidia-container-runtime")
    assert found.resolves("/usr/bin/env")
