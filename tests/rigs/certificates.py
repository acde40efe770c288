"""A throw-away certificate authority made with the openssl program, in the variants a client must accept or refuse.
Keys are small and live as long as the test. Any thread."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

Variant: TypeAlias = Literal["good", "self-signed", "wrong name", "expired"]

SETTINGS = """\
[ca]
default_ca = throwaway
[throwaway]
new_certs_dir = .
database = index
serial = serial
policy = anything
default_md = sha256
copy_extensions = none
unique_subject = no
[anything]
commonName = supplied
[req]
distinguished_name = empty
prompt = no
[empty]
CN = unused
"""


@dataclass(frozen=True)
class Certificate:
    """What a server shows, and the authority a client is told to trust."""

    chain: Path
    key: Path
    authority: Path


def missing() -> str | None:
    return None if shutil.which("openssl") else "openssl is not installed"


class Authority:
    """Its own certificate is `certificate`; `issue` makes one for 127.0.0.1 and localhost."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.certificate = self.folder / "authority.pem"
        (self.folder / "settings").write_text(SETTINGS)
        (self.folder / "index").touch()
        (self.folder / "serial").write_text("01\n")
        self._self_signed(
            "authority",
            "/CN=Jangteo test authority",
            "basicConstraints=critical,CA:TRUE",
            "keyUsage=critical,keyCertSign,cRLSign",
        )

    def _openssl(self, *words: str) -> None:
        done = subprocess.run(["openssl", *words], cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"openssl {words[0]}: {done.stderr}")

    def _self_signed(self, name: str, subject: str, *extensions: str) -> None:
        self._new_key(name)
        words = ["req", "-x509", "-new", "-key", f"{name}.key", "-sha256", "-days", "2", "-config", "settings"]
        words += ["-subj", subject, "-out", f"{name}.pem"]
        for extension in extensions:
            words += ["-addext", extension]
        self._openssl(*words)

    def _new_key(self, name: str) -> None:
        self._openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key")

    def issue(self, variant: Variant = "good") -> Certificate:
        name = variant.replace(" ", "-")
        place = "IP:192.0.2.1,DNS:elsewhere.example" if variant == "wrong name" else "IP:127.0.0.1,DNS:localhost"
        title = "/CN=elsewhere.example" if variant == "wrong name" else "/CN=localhost"
        if variant == "self-signed":
            self._self_signed(name, title, f"subjectAltName={place}")
            return Certificate(self.folder / f"{name}.pem", self.folder / f"{name}.key", self.certificate)
        self._new_key(name)
        use = "keyUsage=digitalSignature,keyEncipherment"
        rights = ("basicConstraints=CA:FALSE", use, "extendedKeyUsage=serverAuth")
        identity = ("subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid")
        extensions = "\n".join((f"subjectAltName={place}", *rights, *identity)) + "\n"
        (self.folder / f"{name}.extensions").write_text(extensions)
        self._openssl(
            "req", "-new", "-key", f"{name}.key", "-subj", title, "-config", "settings", "-out", f"{name}.csr"
        )
        dates = ["-days", "2"]
        if variant == "expired":
            dates = ["-startdate", "20240101000000Z", "-enddate", "20240201000000Z"]
        signing = ["-batch", "-notext", "-config", "settings", "-cert", "authority.pem", "-keyfile", "authority.key"]
        files = ["-in", f"{name}.csr", "-out", f"{name}.pem", "-extfile", f"{name}.extensions"]
        self._openssl("ca", *signing, *dates, *files)
        return Certificate(self.folder / f"{name}.pem", self.folder / f"{name}.key", self.certificate)
