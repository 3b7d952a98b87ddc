"""Faults that the kernel log tells: Xids, GPUs off the bus, GSP, initialisation, SXids, the host's own hardware."""

from __future__ import annotations

from checks.finding import Verdict
from tests.alter import Alter, append, edit, put
from tests.faultbench.fault import Fault
from tests.faultbench.gpu import reported
from tests.faultbench.twin import twin

CATALOGUE = "NVIDIA, XID Errors, catalogue of 2025-10"
GPUD = "leptonai/gpud, xid/testdata and tests"


def log(*lines: str, at: float = 900.0) -> Alter:
    """Lines of the kernel, one second after the other; `clock` says 1970 s after the boot."""
    return append("kernel_log", "".join(f"this [{at + i:12.6f}] {line}\n" for i, line in enumerate(lines)))


def xid(number: int, text: str, *, address: str = "0000:3b:00") -> str:
    return f"NVRM: Xid (PCI:{address}): {number}, {text}"


def before(*lines: str) -> Alter:
    """Lines of the boot before."""
    return append("kernel_log", "".join(f"before 2026-11-24T00:00:00+0000 gpu01 kernel: {line}\n" for line in lines))


def one(number: int, text: str, says: str, *, verdict: Verdict = "fail", source: str = CATALOGUE) -> Fault:
    return Fault(f"Xid {number}: {text[:40]}", source, "xid", (log(xid(number, text)),), says=says, verdict=verdict)


GSP_STORM = [
    xid(119, "pid=2024380, name=nvidia-smi, Timeout after 6s of waiting for RPC response from GPU4 GSP! Expected "
        "function 103 (GSP_RM_ALLOC) (0x2081 0x4)."),
    "NVRM: Rate limiting GSP RPC error prints for GPU at PCI:0000:3b:00 (printing 1 of every 30).",
]  # fmt: skip

XIDS = (
    one(13, "pid=77, name=train, Graphics Exception: ESR 0x504730=0x10", "compute-sanitizer", verdict="warn"),
    one(
        31,
        "pid=77, name=train, MMU Fault: ENGINE GRAPHICS GPCCLIENT_T1_0 faulted @ 0x7f",
        "(train, pid 77)",
        verdict="warn",
    ),
    one(46, "GPU stopped processing", "nvidia-smi -r"),
    one(48, "pid=1, name=x, An uncorrectable double bit error (DBE) has been detected on GPU", "double-bit"),
    one(54, "Auxiliary power is not connected", "power"),
    one(62, "2c9e 0000 00000000", "micro-controller"),
    one(
        63,
        "Row Remapper: New row marked for remapping, reset gpu to activate.",
        "remapped",
        verdict="warn",
        source="imbue-ai/cluster-health, doctests",
    ),
    one(64, "Row Remapper: Failed to remap row", "reboot it", source="GPU Memory Error Management; A100: reboot"),
    one(74, "NVLink: fatal error detected on link 6(0x10000, 0x0, 0x0)", "NVLink error"),
    one(92, "High single-bit ECC error rate", "nothing now", verdict="warn"),
    one(94, "pid=5, name=train, Contained: SM (0x1).", "contained", verdict="warn"),
    one(95, "pid=5, name=train, Uncontained: LTC TAG", "uncontained"),
    one(109, "pid=5, name=train, Ch 00000008, errorString CTX SWITCH TIMEOUT", "context switch"),
    one(140, "Unrecovered ECC", "not recovered"),
    one(143, "GPU_INIT_ERROR", "did not initialise"),
    one(
        145,
        "RLW_SRC_TRACK Fatal XC1 i0 Link 12 (0x040988e2 0x00000010 0x00000000 0x00000000 0x0 0x0)",
        "RLW_SRC_TRACK",
        source=GPUD,
    ),
    one(
        149,
        "NETIR_LINK_EVT Fatal XC0 i0 Link 08 (0x004505c6 0x00000000 0x00000000 0x00000000 0x0 0x0)",
        "sub-code 4",
        source=GPUD,
    ),
    one(150, "MSE_WATCHDOG Fatal XC0 i0 Link -1 (0x00000000 0x00000000 0x0 0x0 0x0 0x0)", "nvidia-smi -r"),
    one(151, "Key rotation", "virtual machine"),
    one(167, "PCIE_FATAL_TIMEOUT", "reboot"),
    one(999, "something new", "not in the catalogue", verdict="warn"),
    Fault("GSP stops answering", "gpud-dmesg-with-xid-119.log", "xid", (log(*GSP_STORM),), says="GSP did not answer"),
    Fault(
        "GSP stops answering, and nvidia-smi hangs",
        "open-gpu-kernel-modules issue 446",
        "xid",
        (log(*GSP_STORM), put("smi", "pid 4711\n", None)),
        says="Xid 119",
    ),
    Fault(
        "Xid 48 with the 45 that follows it",
        CATALOGUE,
        "xid",
        (log(xid(48, "DBE"), xid(45, "pid=7, name=a, Ch 00000010"), xid(45, "pid=8, name=b, Ch 00000011")),),
        says="Xid 48",
    ),
    Fault(
        "Xid 48 and the ECC counter that it left",
        CATALOGUE,
        "xid",
        (log(xid(48, "DBE")), edit("smi", r"^( +DRAM Uncorrectable): 0$", r"\1: 1", count=1)),
        says="Xid 48",
    ),
    Fault(
        "Xid 154 asks for more than the table",
        CATALOGUE,
        "xid",
        (
            log(
                xid(94, "Contained"),
                xid(154, "GPU recovery action changed from 0x0 (None) to 0x2 (Node Reboot Required)"),
            ),
        ),
        says="reboot it",
    ),
    Fault(
        "the recovery action asks for more than the table",
        CATALOGUE,
        "xid",
        (log(xid(94, "Contained")), reported("GPU Recovery Action", "Drain and Reset")),
        says="no new work",
    ),
    Fault(
        "a fatal Xid that the driver says is over",
        "nvidia-smi: GPU Recovery Action",
        "xid",
        (log(xid(95, "Uncontained")), reported("GPU Recovery Action", "None")),
        says="nothing now",
        verdict="warn",
    ),
    Fault(
        "the same Xid before and after a reboot",
        "gpud: reboot threshold",
        "xid",
        (log(xid(119, "Timeout")), before(xid(119, "Timeout"))),
        says="again after a reboot",
    ),
    Fault(
        "a program's Xid on two GPUs",
        "gcm: cause set",
        "xid",
        (*twin(), log(xid(13, "pid=1, name=a, x"), xid(13, "pid=1, name=a, x", address="0000:af:00"))),
        says="Xid 13",
        verdict="warn",
    ),
    Fault(
        "a program's Xid, three programs, one GPU of two",
        "ml-engineering: same GPU again",
        "xid",
        (*twin(), log(*(xid(31, f"pid={n}, name=job{n}, MMU Fault") for n in (1, 2, 3)))),
        says="3 times",
        verdict="warn",
    ),
    Fault(
        "Xid in the form of old drivers",
        "gpud kmsg tests: Xid (0000:03:00): 14",
        "xid",
        (log("NVRM: Xid (0000:3b:00): 62, 0001(0000)"),),
        says="Xid 62",
    ),
)

REST = (
    Fault(
        "Xid 79",
        "gpud, sxid/README: real incident",
        "gpu_off_bus",
        (log(xid(79, "pid='<unknown>', name=<unknown>, GPU has fallen off the bus.")),),
        says="Xid (PCI:0000:3b:00): 79",
    ),
    Fault(
        "off the bus without an Xid",
        "NVSentinel issue 155; gpud pull 1209",
        "gpu_off_bus",
        (log("NVRM: GPU 0000:3b:00.0: GPU has fallen off the bus."),),
        says="fallen off the bus",
    ),
    Fault(
        "off the bus, told on three lines",
        "gpud kmsg.go",
        "gpu_off_bus",
        (
            log(
                "NVRM: The NVIDIA GPU 0000:3b:00.0",
                "NVRM: (PCI ID: 10de:20b5) installed in this system has",
                "NVRM: fallen off the bus and is not responding to commands.",
            ),
        ),
        says="not responding",
    ),
    Fault(
        "off the bus again after a reboot",
        "gpud: reboot threshold; StasBekman",
        "gpu_off_bus",
        (log(xid(79, "GPU has fallen off the bus.")), before(xid(79, "GPU has fallen off the bus."))),
        says="again after a reboot",
    ),
    Fault(
        "RmInitAdapter fails",
        "deepops diagnose-driver-install",
        "gpu_init",
        (
            log(
                "NVRM: GPU 0000:3b:00.0: RmInitAdapter failed! (0x26:0x56:1474)",
                "NVRM: GPU 0000:3b:00.0: rm_init_adapter failed, device minor number 0",
            ),
            put("smi", "pid 1\nNo devices were found\n", 6),
        ),
        says="0x26:0x56",
    ),
    Fault(
        "BAR1 is 0M",
        "NVIDIA forum and driver text: This PCI I/O region is invalid",
        "gpu_init",
        (
            log(
                "NVRM: This PCI I/O region assigned to your NVIDIA device is invalid:",
                "NVRM: BAR1 is 0M @ 0x0 (PCI:0000:3b:00.0)",
            ),
        ),
        says="Above 4G",
    ),
    Fault(
        "GSP firmware missing",
        "open-gpu-kernel-modules: RmFetchGspRmImages",
        "gsp",
        (
            log(
                "NVRM: RmFetchGspRmImages: No firmware image found",
                "NVRM: GPU 0000:3b:00.0: Cannot initialize GSP firmware RM",
            ),
        ),
        says="/lib/firmware/nvidia",
    ),
    Fault(
        "GSP errors without an Xid", "gpud-dmesg-with-xid-119.log", "gsp", (log(GSP_STORM[1]),), says="does not answer"
    ),
    Fault(
        "a GPU is kept for virtual machines",
        "NVIDIA probe routine text; DCGM FR 23",
        "gpu_bound",
        (
            *twin(),
            edit("pci", r"^(device 0000:af.*) nvidia$", r"\1 vfio-pci"),
            log("NVRM: The NVIDIA probe routine was not called for 1 device(s)."),
        ),
        says="probe routine was not called",
    ),
    Fault(
        "machine check",
        "gpud os: CPER; NPD",
        "machine_check",
        (log("mce: [Hardware Error]: CPU 3: Machine Check: 0 Bank 7: be00000000800400"),),
        says="ipmitool",
    ),
    Fault(
        "uncorrected memory error of the host",
        "NPD kernel-monitor: EDAC",
        "machine_check",
        (log("EDAC MC1: 1 UE memory read error on CPU_SrcID#1_MC#0_Chan#0_DIMM#0"),),
        says="not corrected",
    ),
    Fault(
        "corrected memory errors of the host",
        "NPD kernel-monitor: EDAC",
        "machine_check",
        (log(*["EDAC MC0: 1 CE memory read error on CPU_SrcID#0_MC#0_Chan#1_DIMM#0"] * 12),),
        says="12 corrected",
        verdict="warn",
    ),
    Fault(
        "a job killed for want of memory",
        "gpud memory/testdata",
        "oom",
        (log("Out of memory: Killed process 123555 (python) total-vm:1024kB"),),
        says="python",
        verdict="warn",
    ),
    Fault(
        "kernel log not readable",
        "dmesg_restrict without sudo",
        "kernel_log",
        (put("kernel_log", "dmesg: read kernel buffer failed: Operation not permitted\n", 1),),
        says="",
        verdict="unknown",
    ),
    Fault(
        "fatal SXid",
        "gpud, sxid/README: real incident",
        "sxid",
        (log("nvidia-nvswitch0: SXid (PCI:0000:05:00.0): 20034, Fatal, Link 30 LTSSM Fault Up"),),
        says="20034",
    ),
    Fault(
        "SXid that is not fatal",
        "gpud sxid tests",
        "sxid",
        (log("nvidia-nvswitch3: SXid (PCI:0000:05:00.0): 12028, Non-fatal, Link 32 egress non-posted PRIV error"),),
        says="12028",
        verdict="warn",
    ),
)

FAULTS = (*XIDS, *REST)
