"""How somebody comes in: password, code of a second factor, an institution's sign-in. On django-allauth.

marks     what a session knows about how it began
stages    the step between password and being signed in
adapters  what django-allauth asks us
oidc      the OpenID Connect provider as this site wants it
"""
