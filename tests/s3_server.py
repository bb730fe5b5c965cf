"""An S3 server on loopback. It checks signatures and keeps objects in a folder; a test can stop and start it."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from server.config import Settings
from server.render import ROOT
from tests.databases import free_port

KEY_ID = SECRET = "S3RVER"  # the only key that s3rver accepts
BUCKET = "legwork"
ENDING = "._S3rver_object"  # of the file in which s3rver keeps an object's bytes


@dataclass
class S3Server:
    folder: Path

    def start(self) -> "S3Server":
        """Started again, it has the same address and the same objects."""
        self.port = getattr(self, "port", free_port())
        script = ROOT / "tests" / "s3_server.mjs"
        self._node = subprocess.Popen(
            ["node", script, self.folder, str(self.port), BUCKET],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._node.stdout
        assert self._node.stdout.readline() == f"{self.port}\n"
        return self

    def stop(self) -> None:
        self._node.communicate(timeout=10)

    def settings(self, data_dir: Path, **more: str) -> Settings:
        told = {
            "files_url": f"s3://{BUCKET}/company",
            "files_endpoint": f"http://127.0.0.1:{self.port}",
            "files_region": "eu-central-1",
            "files_key_id": KEY_ID,
            "files_secret": SECRET,
        }
        return Settings(data_dir=data_dir, secret_key="k" * 40, **(told | more))

    @property
    def names(self) -> set[str]:
        return self.names_in("company")

    def names_in(self, folder: str) -> set[str]:
        """The names of the objects in that folder of the bucket."""
        place = self.folder / BUCKET / folder
        return {str(path.relative_to(place)).removesuffix(ENDING) for path in place.rglob(f"*{ENDING}")}

    def spoil(self, folder: str, name: str) -> None:
        """Replaces an object's bytes."""
        (self.folder / BUCKET / folder / f"{name}{ENDING}").write_bytes(b"\xff\xd8\xff")
