"""`synth history`: what became of a dataset."""

from synth_assets.cli.changes import print_history, version_document
from synth_assets.cli.options import AsJson, DatasetName
from synth_assets.cli.reporting import print_json, reporting


def history(dataset: DatasetName, as_json: AsJson = False) -> None:
    """List the versions of a dataset: who asked for what, when, and which one holds (*)."""
    with reporting(as_json=as_json):
        from synth_assets.pipeline.modify import history_of, open_changeable
        from synth_assets.settings import load_settings

        versions, current = history_of(open_changeable(dataset, load_settings().datasets_dir))
        if as_json:
            print_json({"current": current.number, "versions": [version_document(v) for v in versions]})
        else:
            print_history(versions, current.number)
