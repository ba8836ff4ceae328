"""A MariaDB server of the test's own, where its programs are installed."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MARIADBD = shutil.which("mariadbd") or shutil.which("mysqld")
INSTALL = shutil.which("mariadb-install-db") or shutil.which("mysql_install_db")
CLIENT = shutil.which("mariadb") or shutil.which("mysql")
AVAILABLE = bool(MARIADBD and INSTALL and CLIENT)


class MariaDb:
    """A running server, reached through its socket."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket

    def run(self, script: str, database: str = "") -> str:
        """Run a script and return what it prints. Raises CalledProcessError at the first statement that fails."""
        command = [str(CLIENT), f"--socket={self.socket}", "-uroot", "--batch", "--skip-column-names", "--local-infile=1"]
        done = subprocess.run([*command, *([database] if database else [])], input=script, text=True, capture_output=True)
        if done.returncode:
            raise AssertionError(done.stderr.strip()[-2000:])
        return done.stdout


@contextmanager
def mariadb_server() -> Iterator[MariaDb]:
    """Start a server in a temporary directory and stop it afterwards."""
    with tempfile.TemporaryDirectory(prefix="mdb-") as folder:
        Path(folder).chmod(0o755)
        data, socket = Path(folder) / "data", Path(folder) / "s"
        install = [str(INSTALL), "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run([*install, "--user=root"], check=True, capture_output=True)
        options = [
            f"--datadir={data}",
            f"--socket={socket}",
            "--skip-networking",
            "--user=root",
            "--local-infile=1",
            "--innodb-flush-log-at-trx-commit=0",
        ]
        server = subprocess.Popen([str(MARIADBD), "--no-defaults", *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for(socket, server)
            yield MariaDb(socket)
        finally:
            server.terminate()
            server.wait(timeout=60)


def _wait_for(socket: Path, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if (
            socket.exists()
            and subprocess.run([str(CLIENT), f"--socket={socket}", "-uroot", "-e", "select 1"], capture_output=True).returncode == 0
        ):
            return
        if server.poll() is not None:
            raise RuntimeError("the MariaDB server ended before it was ready")
        time.sleep(0.1)
    raise RuntimeError("the MariaDB server was not ready within 30 seconds")
