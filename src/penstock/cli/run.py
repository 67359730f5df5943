"""`penstock run`: the service."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.kernels import compiled_before

if TYPE_CHECKING:
    from penstock.service.run import Service


def add(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.epilog = "example: penstock run -c /etc/penstock/penstock.yaml. SIGHUP reloads, SIGTERM drains and ends."
    parser.add_argument(
        "-c", "--config", metavar="FILE", type=Path, default=Path("penstock.yaml"), help="default penstock.yaml"
    )


def run(options: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT."""
    from penstock.service.run import Service  # noqa: PLC0415  heavy

    _log_to_stderr()
    service = Service(options.config)
    if not compiled_before():
        print("penstock: compiling kernels, once for this machine (about a minute)", file=sys.stderr)
    asyncio.run(_serve(service))
    return 0


async def _serve(service: Service) -> None:
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, service.stop)
    loop.add_signal_handler(signal.SIGHUP, service.reload)
    console = service.loaded.settings.console
    if console is None:
        await service()
        return
    from penstock.config.model import address  # noqa: PLC0415
    from penstock.web.probes import listen, probes, server  # noqa: PLC0415  only when a port is wanted

    token = None if console.token is None else console.token.reveal()
    with listen(*address(console.listen)) as found:
        web = server(probes(lambda: service.ready, service.render, token))
        serving = asyncio.create_task(web.serve([found]))
        host, port = found.getsockname()[:2]
        logging.getLogger(__name__).info("health and metrics: http://%s:%d", host, port)
        try:
            await service()
        finally:
            web.should_exit = True
            await serving


def _log_to_stderr() -> None:
    form = logging.Formatter("%(asctime)sZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    form.converter = time.gmtime
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(form)
    logging.basicConfig(level=logging.INFO, handlers=[handler])
