"""The programs that a deep-learning framework is tried with: what they print is read by checks/facts/framework.py.

One text for each framework and every version of it: Python 2 and 3, TensorFlow 1 by its own names and 2 by those that
it keeps in tensorflow.compat.v1. The product is fed, not constant: what is constant TensorFlow works out on the CPU
beforehand, wherever it is placed. Placement is soft, so that a host without a GPU says where the product went instead
of ending with an exception.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping

MARK = "gpuwright"
"""What the lines begin with that are ours."""

_TENSORFLOW = f"""\
from __future__ import print_function
import tensorflow as tf
v1 = getattr(tf.compat, "v1", tf)
if hasattr(v1, "disable_eager_execution"):
    v1.disable_eager_execution()
print("{MARK} version", tf.__version__)
with tf.device("/gpu:0"):
    a = v1.placeholder(tf.float32, [2, 3], name="a")
    b = v1.placeholder(tf.float32, [3, 2], name="b")
    product = tf.matmul(a, b, name="product")
config = v1.ConfigProto(log_device_placement=True, allow_soft_placement=True)
config.gpu_options.allow_growth = True
with v1.Session(config=config) as session:
    hello = session.run(tf.constant("Hello, TensorFlow!"))
    print("{MARK} hello", hello.decode())
    print("{MARK} sum", int(session.run(tf.constant(10) + tf.constant(32))))
    fed = {{a: [[1, 2, 3], [4, 5, 6]], b: [[1, 2], [3, 4], [5, 6]]}}
    print("{MARK} product", session.run(product, fed).tolist())
"""

_PYTORCH = f"""\
from __future__ import print_function
import torch
print("{MARK} version", torch.__version__)
print("{MARK} hello Hello, PyTorch!")
print("{MARK} sum", int(torch.tensor(10) + torch.tensor(32)))
device = "cuda:0" if torch.cuda.is_available() else "cpu"
a = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], device=device)
b = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], device=device)
product = torch.matmul(a, b)
print("{MARK} device", product.device)
print("{MARK} product", product.tolist())
"""

PROGRAMS: Mapping[str, str] = {"tensorflow": _TENSORFLOW, "pytorch": _PYTORCH}

NAMES: Mapping[str, str] = {"tensorflow": "TensorFlow", "pytorch": "PyTorch"}
"""How the frameworks write themselves."""

INSIDE = """\
LD_LIBRARY_PATH=/usr/local/nvidia/lib64${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH
p=python
command -v $p >/dev/null || p=python3
exec $p -u -c "$0"
"""
"""sh: what a container runs, with the program as $0: by whichever Python it has, the driver's volume first."""


def in_sh(framework: str) -> str:
    """The same with the program in it, for a pod; it has no $(...), which Kubernetes would expand."""
    return INSIDE.replace('"$0"', shlex.quote(PROGRAMS[framework]))
