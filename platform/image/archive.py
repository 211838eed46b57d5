"""A root as a container image archive: an OCI image layout that also carries docker's manifest.json, so that podman and
docker load it. The same root, version and date give the same bytes.

usage: archive.py ROOT_TAR OUTPUT_TAR VERSION ARCHITECTURE EPOCH
Formats: OCI image specification 1.1 (image-layout, manifest, config); docker's image specification 1.3 (manifest.json,
and Healthcheck in the configuration, which OCI leaves to others).
"""

import gzip
import hashlib
import io
import json
import shutil
import sys
import tarfile
import tempfile
from datetime import datetime, timezone

STATE = "/var/lib/entente"
PORT = 8080
REQUEST = "GET /health/live HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n"
ALIVE = f"exec 3<>/dev/tcp/127.0.0.1/{PORT} && printf '{REQUEST}' >&3 && head -n 1 <&3 | grep -q ' 200 '"
SECOND = 1_000_000_000  # docker counts nanoseconds


def as_json(value) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def digest_of(stream) -> str:
    return "sha256:" + hashlib.file_digest(stream, "sha256").hexdigest()


def configuration(version: str, architecture: str, created: str, diff_id: str) -> dict:
    return {
        "architecture": architecture,
        "os": "linux",
        "created": created,
        "config": {
            "User": "entente",
            "WorkingDir": STATE,
            "Entrypoint": ["/usr/bin/entente"],
            "Cmd": ["serve"],
            "Env": ["PATH=/usr/bin:/bin", "LANG=C.UTF-8", f"HOME={STATE}"],
            "ExposedPorts": {f"{PORT}/tcp": {}},
            "Volumes": {STATE: {}},
            "StopSignal": "SIGTERM",
            "Healthcheck": {"Test": ["CMD", "/bin/bash", "-c", ALIVE], "Interval": 30 * SECOND, "Timeout": 5 * SECOND,
                            "StartPeriod": 10 * SECOND, "Retries": 3},
            "Labels": {"org.opencontainers.image.title": "entente", "org.opencontainers.image.version": version,
                       "org.opencontainers.image.licenses": "Apache-2.0"},
        },
        "rootfs": {"type": "layers", "diff_ids": [diff_id]},
        "history": [{"created": created, "created_by": "./dev package"}],
    }


class Archive:
    """Writes members with nothing in them that differs from run to run."""

    def __init__(self, out, epoch: int):
        self.tar = tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT)
        self.epoch = epoch

    def add(self, name: str, stream, size: int) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mtime, member.mode = size, self.epoch, 0o644
        self.tar.addfile(member, stream)

    def add_bytes(self, name: str, content: bytes) -> None:
        self.add(name, io.BytesIO(content), len(content))

    def add_blob(self, content: bytes, media_type: str) -> dict:
        digest = digest_of(io.BytesIO(content))
        self.add_bytes("blobs/" + digest.replace(":", "/"), content)
        return {"mediaType": media_type, "digest": digest, "size": len(content)}


def main(root_tar: str, output: str, version: str, architecture: str, epoch: str) -> None:
    created = datetime.fromtimestamp(int(epoch), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    name = f"localhost/entente:{version}"
    oci = "application/vnd.oci.image."
    with open(root_tar, "rb") as root, tempfile.TemporaryFile() as layer, open(output, "wb") as out:
        diff_id = digest_of(root)
        root.seek(0)
        with gzip.GzipFile(filename="", fileobj=layer, mode="wb", compresslevel=6, mtime=0) as packed:
            shutil.copyfileobj(root, packed, 1 << 20)
        size = layer.tell()
        layer.seek(0)
        layer_digest = digest_of(layer)
        layer.seek(0)

        archive = Archive(out, int(epoch))
        archive.add("blobs/" + layer_digest.replace(":", "/"), layer, size)
        described = configuration(version, architecture, created, diff_id)
        config = archive.add_blob(as_json(described), oci + "config.v1+json")
        manifest = archive.add_blob(as_json({
            "schemaVersion": 2, "mediaType": oci + "manifest.v1+json", "config": config,
            "layers": [{"mediaType": oci + "layer.v1.tar+gzip", "digest": layer_digest, "size": size}],
        }), oci + "manifest.v1+json")
        manifest["annotations"] = {"org.opencontainers.image.ref.name": version, "io.containerd.image.name": name}
        index = {"schemaVersion": 2, "mediaType": oci + "index.v1+json", "manifests": [manifest]}
        archive.add_bytes("index.json", as_json(index))
        archive.add_bytes("oci-layout", as_json({"imageLayoutVersion": "1.0.0"}))
        archive.add_bytes("manifest.json", as_json([{
            "Config": "blobs/" + config["digest"].replace(":", "/"), "RepoTags": [name],
            "Layers": ["blobs/" + layer_digest.replace(":", "/")]}]))
        archive.tar.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
