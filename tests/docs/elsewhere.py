"""Commands of the docs that tests/docs/test_executed.py does not run itself, and where they are run."""

from __future__ import annotations

T, R = "tests/training", "tests/training/representation"

# (program, verb): a file in which both, and each option that the docs name, go through the same entry point.
ELSEWHERE: dict[tuple[str, str], str] = {
    ("manage", "import_model"): "tests/test_whole_way.py",
    ("manage", "preclassify"): "tests/test_whole_way.py",
    ("manage", "download"): "tests/browser/test_whole_way.py",
    ("manage", "undo_batch"): "tests/curation/imports/test_command.py",
    ("manage", "crop"): "tests/curation/derive/test_commands.py",
    ("manage", "freeze"): "tests/curation/releases/test_freeze_command.py",
    ("manage", "import_label_studio"): "tests/curation/labels/test_commands.py",
    ("manage", "demo_scale"): "tests/curation/test_demo_scale.py",
    ("manage", "fill_bucket"): "tests/curation/folders/test_work.py",
    ("manage", "reset_second_factor"): "tests/curation/sign_in/test_second_factor.py",
    ("manage", "check"): "tests/operation/test_deploy.py",
    ("manage", "restore"): "tests/operation/test_backup.py",
    ("manage", "up"): "tests/curation/embedded/test_up.py",
    # The first draws the sheets and calls the second, which trains: each with a test of its own.
    ("manage", "condition"): "tests/curation/condition/test_command.py",
    ("training", "condition"): f"{T}/condition/test_condition.py",
    ("training", "transplant"): f"{T}/test_transplant_command.py",
    ("training", "distill"): f"{T}/test_distill.py",
    ("training", "soup"): f"{T}/test_soup.py",
    ("training", "evaluate"): f"{T}/test_evaluate.py",
    ("training", "sample"): f"{R}/test_sampling.py",
    ("training", "encode"): f"{R}/encoders/test_run.py",
    ("training", "features"): f"{R}/features/test_extract.py",
    ("training", "geometry"): f"{R}/geometry/test_report.py",
    ("training", "doubts"): f"{R}/test_doubts.py",
    ("training", "compare"): f"{R}/downstream/test_compare.py",
    ("training", "study"): f"{R}/study/test_study.py",
    ("inference", "predict"): "tests/inference/test_command.py",
    ("inference", "condition"): "tests/inference/condition/test_command.py",
    ("benchmarks.predict", ""): "tests/test_benchmarks.py",
    ("benchmarks.ingest", ""): "tests/test_benchmarks.py",
    ("benchmarks.dedupe", ""): "tests/test_benchmarks.py",
    ("benchmarks.renditions_speed", ""): "tests/test_benchmarks.py",
    ("benchmarks.queue", ""): "tests/test_benchmarks.py",
    ("benchmarks.review_speed", ""): "tests/test_benchmarks.py",
}

# What no test can run as it stands: why, and what stands for it. `make -n` is run of each.
NOT_RUN = {
    "run": "installs an environment and waits: tests/curation/embedded/test_up.py runs `manage.py up`",
    "test": "is this",
    "lint": "part of `make test`, in which it would run twice",
    "types": "part of `make test`, too",
    "format": "writes into the sources: `make test` runs the same program with --check",
    "faults": "takes long; the same marks, tests/faults, in the long run of the tests",
    "fuzz": "takes an hour: tests/fuzz/test_fuzz.py gives every target a few cases",
    "bench": "takes hours at its sizes: tests/test_bench.py runs it with programs in the place of benchmarks",
    "demo-scale": "takes minutes at its size: tests/curation/test_demo_scale.py fills a small one",
    "guide-pictures": "writes into docs/pictures: tests/docs/test_docs.py looks at what it wrote",
    "audit": "asks the network: tests/security/test_audit.py runs its parts",
    "torch": "downloads PyTorch: the test that wants it says that it was skipped",
    "venv": "makes the environment that the tests run in",
}

# Django's own commands: why they are not run.
OF_DJANGO = {
    "changepassword": "asks for a password at a terminal",
    "makemigrations": "writes into the sources; `make test` runs it with --check",
}

# Not run at sizes that take minutes to hours: tests/test_bench.py gives the arguments of both scales to each.
LONG = {
    "archive", "curators", "dashboards", "download", "features", "fetch", "freeze", "grid_speed",
    "import_records", "labels", "map_zoom", "mislabels", "near_distance", "neighbours", "tfrecord", "tiles",
    "training_data", "umap",
}  # fmt: skip
