"""Serves one Matroska file by RTSP with GStreamer's own server, from its start to whoever asks: run by the system's
Python (`gi` comes from there), not by ours. Arguments: port, file."""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402  # versions are named before the import

Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(sys.argv[1])
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(
    f"( filesrc location={sys.argv[2]} ! matroskademux name=d "
    "d. ! queue ! rtph264pay name=pay0 pt=96 "
    "d. ! queue ! rtpmp4gpay name=pay1 pt=97 )"
)
server.get_mount_points().add_factory("/cam", factory)
server.attach(None)
print("there", flush=True)
GLib.MainLoop().run()
