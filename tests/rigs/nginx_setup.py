"""How the RTMP rig sets nginx up: its configuration and where its RTMP module lies, taken from what nginx says about
itself, never from the system's own configuration. Pure but for asking nginx once."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

APPLICATION = "live"

CONFIGURATION = """\
{module}
user {user};
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log notice;
events {{ worker_connections 256; }}
rtmp {{
    access_log off;
    server {{
        listen {host}:{rtmp_port};
        {outside}
        chunk_size 4096;
        ping 3s;
        ping_timeout 3s;
        application {application} {{
            live on;
            record all;
            record_unique on;
            record_path {folder}/recordings;
            on_publish http://{host}:{gate_port}/;
            on_publish_done http://{host}:{gate_port}/;
            {extra}
        }}
    }}
}}
http {{
    access_log off;
    client_body_temp_path {folder}/temporary;
    proxy_temp_path {folder}/temporary;
    fastcgi_temp_path {folder}/temporary;
    uwsgi_temp_path {folder}/temporary;
    scgi_temp_path {folder}/temporary;
    server {{
        listen {host}:{stat_port};
        location = /stat {{ rtmp_stat all; }}
    }}
}}
"""


def missing() -> str | None:
    """Why this rig cannot work here, or None."""
    if shutil.which("nginx") is None:
        return "nginx is not installed"
    if rtmp_module() is None:
        return "nginx has no RTMP module (libnginx-mod-rtmp)"
    return None


@cache
def rtmp_module() -> str | None:
    """The load_module line, empty if RTMP is compiled in, None if there is none."""
    words = subprocess.run(["nginx", "-V"], capture_output=True, text=True, check=True).stderr
    if re.search(r"--add-module=\S*rtmp", words):
        return ""
    folder = re.search(r"--modules-path=(\S+)", words)
    path = Path(folder[1] if folder else "modules") / "ngx_rtmp_module.so"
    return f"load_module {path};" if path.exists() else None
