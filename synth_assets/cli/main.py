"""Entry point of `synth`: the commands by name."""

import typer

from synth_assets.cli.commands.check import check
from synth_assets.cli.commands.estimate import estimate
from synth_assets.cli.commands.generate import generate
from synth_assets.cli.commands.history import history
from synth_assets.cli.commands.inspect import inspect
from synth_assets.cli.commands.knowledge import knowledge
from synth_assets.cli.commands.label import label
from synth_assets.cli.commands.modify import modify
from synth_assets.cli.commands.plan import plan
from synth_assets.cli.commands.prove import prove
from synth_assets.cli.commands.publish import publish
from synth_assets.cli.commands.revert import revert
from synth_assets.cli.commands.upload import upload
from synth_assets.cli.commands.verify import verify

app = typer.Typer(
    name="synth",
    help="Realistic, constraint-perfect relational datasets from SQL DDL.\n\n"
    "Exit codes: 0 done, 1 data failed its checks, 2 bad input, 3 a disk or a service failed.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for _command in (inspect, plan, estimate, generate, check, verify, modify, revert, history, prove, publish, upload, label, knowledge):
    app.command()(_command)


def main() -> None:
    """Run the command line of this process; never returns normally."""
    app()


if __name__ == "__main__":
    main()
