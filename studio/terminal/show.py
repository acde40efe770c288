"""`jangteo show [NAME]`: prints a show as JSON, whole, as the schema in docs/show-file.md tells. Reads only."""

from __future__ import annotations

from studio.model.show_file import write_show
from studio.terminal.load import DEMO, load_show
from studio.terminal.options import OptionParser
from studio.terminal.speak import put


def main(arguments: list[str]) -> int:
    """Exit code 0; Refusal for a show that cannot be read."""
    parser = OptionParser(prog="jangteo show", description="방송 계획을 JSON으로 · print a show as JSON")
    parser.add_argument("name", nargs="?", default=DEMO, help="demo, 이름 또는 파일 · demo, a name or a file")
    show, _ = load_show(parser.parse_args(arguments).name)
    put(write_show(show).decode(), end="")
    return 0
