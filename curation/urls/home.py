from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path

from curation.views import (
    account,
    health,
    home,
    images,
    metrics,
    oidc,
    projects,
    reference,
    second_factor,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("sign-in/", account.SignIn.as_view(), name="login"),
    path("sign-in/code/", second_factor.sign_in_code, name="sign_in_code"),
    path("sign-in/institution/", oidc.start, name="oidc_start"),
    path("sign-in/institution/back/", oidc.callback, name="oidc_callback"),
    path("sign-out/", account.SignOut.as_view(), name="logout"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("help/", home.help_page, name="help"),
    path("help/api/", reference.reference, name="reference"),
    path("help/api/<slug:slug>/", reference.reference, name="reference_group"),
    path("projects/new/", projects.project_new, name="project_new"),  # no project has the key "new"
    path("projects/<slug:key>/", projects.project, name="project"),
    path("projects/<slug:key>/candidates/", projects.candidates, name="candidates"),
    path("images/<text:sha256>/", images.image, name="image"),
    re_path(
        r"^pictures/(?P<rendition>[a-z]+)/(?P<sha256>[0-9a-f]{64})\.(?P<extension>[a-z0-9]{1,5})$",
        images.picture,
        name="picture",
    ),
    re_path(
        r"^signed/(?P<rendition>[a-z]+)/(?P<sha256>[0-9a-f]{64})\.(?P<extension>[a-z0-9]{1,5})$",
        images.signed_picture,
        name="signed_picture",
    ),
]
