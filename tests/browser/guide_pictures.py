"""The pictures of docs/curators.md, taken in Chromium from drawn pictures: `make guide-pictures`.

python -m tests.browser.guide_pictures [--out docs/pictures]

Each shot waits for what the guide speaks of, so that a page that has changed its ways fails here.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.database import own_database

ROOT = Path(__file__).resolve().parents[2]
WIDTH, MOST_BYTES = 1000, 58 * 1024
VIEW = {"width": 1280, "height": 800}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.browser.guide_pictures", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures")
    arguments = parser.parse_args()
    with own_database():
        import django

        django.setup()
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        take_all(arguments.out)
    return 0


def take_all(out: Path) -> None:
    """All pictures into the folder, as WebP of 1,000 pixels in width."""
    from django.conf import settings
    from django.core.management import call_command
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import sign_in
    from tests.browser.site import Site
    from tests.factories import make_user

    call_command("collectstatic", interactive=False, verbosity=0)
    collection()
    curator = make_user("curator", username="ines", first_name="Ines", last_name="Juncus")
    lead = make_user("lead", username="lea", first_name="Lea", last_name="Carex")
    out.mkdir(parents=True, exist_ok=True)
    site = Site(Path(settings.VAR_DIR))
    site.start()
    program = os.environ.get("VASCULUM_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            for user, shots in ((curator, CURATOR), (lead, LEAD)):
                context = browser.new_context(base_url=site.url, viewport=VIEW, color_scheme="light")
                page = context.new_page()
                page.goto("/")
                sign_in(page, user)
                for name, address, ready in shots:
                    page.goto(address)
                    ready(page)
                    page.wait_for_timeout(500)  # fonts and pictures that fade in
                    keep(page.screenshot(), out / f"{name}.webp")
                    sys.stdout.write(f"{name}\n")
                context.close()
            browser.close()
    finally:
        site.stop()


def collection() -> None:
    """The Herbariograph project with drawn pictures, guesses that are mostly right, and some answers."""
    from django.core.management import call_command

    from curation.models import Candidate, Prediction
    from curation.services.projects import ensure_herbariograph
    from curation.services.review import record_votes
    from tests.curation.review.votes import new_vote
    from tests.factories import make_model, make_user

    project, _ = ensure_herbariograph()
    call_command("demo", per_class=5, short_side=640, verbosity=0)
    labels = list(project.classes.order_by("index"))
    slugs = {label.slug: label for label in labels}
    model = make_model([label.name for label in labels], name="convnext-n")
    for number, row in enumerate(project.candidates.select_related("image").order_by("id")):
        truth = slugs[row.image.original_name.partition("/")[0]].index
        best = truth if number % 7 else (truth + 1) % len(labels)
        share = 0.55 + 0.44 * ((number * 37) % 100) / 100
        rest = [(1 - share) / 20] * len(labels)
        rest[best], rest[(best + 3) % len(labels)] = share, (1 - share) / 2
        made = Prediction.objects.create(
            candidate=row, model=model, label=labels[best], confidence=share, probabilities=rest
        )
        row.prediction, row.priority = made, 1 - share
        row.save()
    page_of_the_grid(project)
    others = [make_user("curator", username=name) for name in ("ada", "ben")]
    project.refresh_from_db()
    drawn = Candidate.objects.filter(project=project, image__source__kind="synthetic")
    rows = list(drawn.order_by("-id")[:30])
    for place, row in enumerate(rows):
        key = labels[row.prediction.label.index].key if row.prediction else labels[0].key
        if place < 24:
            record_votes(others[0], [new_vote(row, label=key)])
        elif place < 28:
            flag = new_vote(row, "flag", reason="The sheet is cut off at the left.")
            record_votes(others[1], [flag])


def page_of_the_grid(project: Any) -> None:
    """Two dozen pictures that are taken for ordinary sheets, a few of them wrongly."""
    from curation.drawing import CLASS_SLUGS
    from tests.browser.grid_steps import predicted
    from tests.browser.pictures import Pictures

    class Sheets(Pictures):
        """Number n is a sheet, but for every eighth."""

        def files(self, number: int) -> Any:
            slug = CLASS_SLUGS.index("ordinary-pressed-specimens")
            return super().files(number if number % 8 == 5 else slug + number * len(CLASS_SLUGS))

    label = project.classes.get(slug="ordinary-pressed-specimens").index
    predicted(project, Sheets(), [0.99 - n / 500 for n in range(24)], label=label, name="sheet")


def until(selector: str) -> Callable[[Any], None]:
    return lambda page: page.locator(selector).first.wait_for(timeout=30_000)


def with_keys(page: Any) -> None:
    until("[data-review][data-shown]")(page)
    page.wait_for_timeout(500)
    page.keyboard.press("?")
    page.locator("dialog[open]").first.wait_for()
    page.locator("dialog[open]").first.evaluate("dialog => dialog.scrollTo(0, 0)")


PROJECT = "/projects/herbariograph"
CURATOR = [
    ("home", "/", until("main h1, main h2")),
    # First, as a page of review holds the next pictures, too.
    ("grid", f"{PROJECT}/grid/?size=24", until("[data-grid][data-shown]")),
    ("review", f"{PROJECT}/review/", until("[data-review][data-shown]")),
    ("keys", f"{PROJECT}/review/", with_keys),
]
LEAD = [
    ("set-aside", f"{PROJECT}/set-aside/", until("main a[href*='/set-aside/'], main form")),
    ("project", f"{PROJECT}/", until("main table, main section")),
]


def keep(png: bytes, path: Path) -> None:
    """As WebP of the width that docs show, in as good a quality as the limit of bytes allows."""
    with Image.open(io.BytesIO(png)) as opened:
        picture = opened.convert("RGB")
    picture = picture.resize((WIDTH, round(picture.height * WIDTH / picture.width)), Image.Resampling.LANCZOS)
    for quality in (85, 75, 65, 55, 40):
        out = io.BytesIO()
        picture.save(out, "WEBP", quality=quality, method=6)
        if len(out.getvalue()) <= MOST_BYTES:
            path.write_bytes(out.getvalue())
            return
    raise ValueError(f"{path.name} is larger than {MOST_BYTES} bytes at quality 40")


if __name__ == "__main__":
    sys.exit(main())
