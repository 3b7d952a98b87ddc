"""The mirror's keys: one per vendor, one that has expired, one that nobody names; and its certificate authority.

They are made once per machine and kept in the lab's home, so that what a test noted of them stays true.
"""

from __future__ import annotations

import calendar
import datetime as dt
import ipaddress
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from provision.mirror import openpgp
from tests.lab.home import write

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from provision.mirror.openpgp import Key

CREATED = calendar.timegm((2017, 1, 1, 0, 0, 0))
VENDORS = ("nvidia", "toolkit", "docker", "distribution")
EXPIRED, UNKNOWN = "expired", "unknown"
BEGAN = dt.datetime(2017, 1, 1, tzinfo=dt.timezone.utc)
ENDS = dt.datetime(2047, 1, 1, tzinfo=dt.timezone.utc)


def key(folder: Path, name: str) -> Key:
    """The key of a vendor, or `expired` (in 2018), or `unknown` (published nowhere)."""
    days = 365 if name.startswith(EXPIRED) else 0
    file = folder / f"{name}.pem"
    return openpgp.kept(file, f"gpuwright lab, in place of {name} <{name}@gpuwright.invalid>", CREATED, days)


def authority(folder: Path) -> str:
    """The lab's certificate authority, as the hosts trust it."""
    file = folder / "ca.crt"
    if not file.exists():
        secret = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "gpuwright lab")])
        built = _certificate(name, name, secret.public_key())
        built = built.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        write(folder / "ca.key", _pem(secret), mode=0o600)
        write(file, _text(built.sign(secret, hashes.SHA256())))
    return file.read_text()


def server(folder: Path, names: Iterable[str], address: str) -> Path:
    """Make the server's certificate for these names; returns the file with it and its key."""
    issuer = x509.load_pem_x509_certificate(authority(folder).encode())
    signer = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{folder / 'ca.key'} is not the lab's")
    secret = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "gpuwright lab mirror")])
    known = [*(x509.DNSName(name) for name in names), x509.IPAddress(ipaddress.ip_address(address))]
    built = _certificate(subject, issuer.subject, secret.public_key())
    built = built.add_extension(x509.SubjectAlternativeName(known), critical=False)
    file = folder / "server.pem"
    write(file, _text(built.sign(signer, hashes.SHA256())) + _pem(secret), mode=0o600)
    return file


def serves(folder: Path, names: Iterable[str]) -> bool:
    """Whether the server's certificate, as it was made last, is for all of these names."""
    built = x509.load_pem_x509_certificate((folder / "server.pem").read_bytes())
    known = built.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(names) <= set(known.get_values_for_type(x509.DNSName))


def _certificate(subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGAN)
        .not_valid_after(ENDS)
    )


def _pem(secret: ec.EllipticCurvePrivateKey) -> str:
    plain = serialization.NoEncryption()
    return secret.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain).decode()


def _text(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
