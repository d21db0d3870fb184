"""The one table of who may use which address: its name, and the lowest role it is for.

An address that is not here fails test_permissions.py, and so does one whose code says something else. The
role is that of both reading and writing; `WRITES` has those that ask for more to write.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

ANYBODY = "anybody"  # strangers, too
SIGNED_IN = "signed in"  # whatever the role

LOWEST: dict[str, str] = {
    ANYBODY: """
        login sign_in_code oidc_start oidc_callback healthz language js_messages invitation
        readyz metrics public_release public_citation public_picture signed_picture public_bundle public_file
        api(/.*)?
    """,
    SIGNED_IN: "logout password",
    "reader": """
        home help reference reference_group project project_runs candidates image picture guidelines tags
        releases release release_diff release_diff_file release_members manifest crosstab
        release_report release_report_table release_left_out release_left_out_tsv
        export export_bundle export_file jobs job models model runs run run_file evaluation evaluation_file
        evaluation_pictures
        map map_points map_groups map_picture map_chosen similar
        condition screening screening_sheets screening_worklist screening_sheet screening_heatmap
        screening_tiles sources sources_tsv source
        tokens confirm second_factor
        dashboards dashboards_csv dashboard_records dashboard_project dashboard_project_csv dashboard_class
        dashboard_class_csv dashboard_source dashboard_source_csv dashboard_batch dashboard_batch_csv
        dashboard_model dashboard_model_csv dashboard_pictures
        api_index api_schema api_progress api_job api_jobs
        api_projects api_project api_candidates api_candidate
        api_screenings api_screening api_scores api_picture api_picture_file api_sources api_source
        api_picture_links
        api_licences api_releases api_release api_members api_crosstab api_report api_exports api_export
        api_export_bundle api_export_file api_models api_model api_runs api_run api_evaluations
        api_evaluation api_tags
        api_guidelines api_guideline_versions api_features api_map api_similar
        api_figures api_figures_records api_figures_project api_figures_class api_figures_source
        api_figures_batch api_figures_model api_manifest api_left_out api_release_diff
        api_release_diff_pictures api_run_curves api_run_files api_run_file api_evaluation_report
        api_screening_figures api_worklist api_tiles api_heat_map
    """,
    "curator": """
        review set_aside adjudicate send_back adjudicate_undo votes grid policy for_you work keys
        issues discussion issue_open tags_add tags_remove
        api_claims api_claims_heartbeat api_claims_free api_order api_class_pictures api_votes
        dashboard_reviewer dashboard_reviewer_csv dashboard_votes api_project_votes api_issues api_tag_off
        api_grid_counts api_regions api_region api_comments api_comment_names
        api_work api_keys api_mentions api_mentions_seen api_policy api_figures_reviewer
        api_set_aside api_case api_settle api_settle_undo api_send_back
    """,
    "lead": """
        agreement agreement_measure gold gold_make gold_change label_class team audit audit_tsv
        guidelines_edit guidelines_pictures guidelines_send_back issues_close issue
        duplicates duplicates_rule duplicate_group near_pairs near_pairs_start near_pairs_say
        freeze_start release_new freeze_ahead preclassify model_evaluate
        run_new run_cancel run_resume run_soup representation_start condition_start
        doubts doubts_send outliers outliers_start outliers_send tags_rename tags_delete
        dashboard_card dashboard_card_file
        api_tag api_preclassify api_issue_close api_issue_open api_evaluate api_run_soup api_run_cancel
        api_run_resume
        api_team api_assignments api_assignment api_audit api_agreement api_aggregation api_gold
        api_gold_item api_guidelines_send_back api_class api_issues_close
        api_groups api_rulings api_group api_near_pairs api_near_undo api_near_pair
        api_features_search api_doubts api_outliers api_front api_run_estimate
        api_supply api_ahead api_ahead_back api_card api_labels api_labels_import
        labels labels_package labels_file labels_import labels_import_check
    """,
    "admin": """
        project_new people person_new person invitations batches batch batch_new batch_undo batch_tsv
        upload_file derive_corruptions derive_crops hosts
        source_new source_edit source_rules source_rule_new source_rule source_rule_remove
        webhooks webhook api_freeze api_export_verify api_webhooks api_webhook api_webhook_secret
        api_webhook_ping api_deliveries api_delivery_again api_job_cancel api_job_resume
        licences licence_text licence_policy job_cancel job_resume
        api_people api_person api_person_password api_person_let_in api_person_factor
        api_person_unlink api_invitations api_invitation
        api_source_rules api_source_rule api_unmapped api_nameless api_licence_texts api_licence_texts_open
        api_licence_text api_licence_text_settle api_licence_text_unsettle api_project_licences
        api_hosts api_host api_host_unpause api_upload api_batches api_batch api_batch_records
        api_batch_problems api_batch_source api_batch_import api_batch_remap api_batch_discard
        api_downloads api_batch_resume api_batch_retry api_batch_undo api_corruptions api_crops
        api_release_page api_release_page_open api_release_page_close
        export_new export_verify release_page release_page_preview release_page_open release_page_close
    """,
}
WRITES: dict[str, str] = {
    "api_tags": "curator",
    "api_screenings": "lead",
    "api_runs": "lead",
    "api_exports": "admin",
    "api_projects": "admin",
    "api_sources": "admin",
    "api_source": "admin",
    "api_guidelines": "lead",
    "api_features": "lead",
    "api_policy": "lead",
}


def name_of(pattern: URLPattern) -> str:
    """Its name, else what it matches."""
    return pattern.name or str(pattern.pattern).strip("^$")


def patterns(inside: Any = None) -> Iterator[tuple[URLPattern, list[URLPattern | URLResolver]]]:
    """Every address of the site with what stands before it."""

    def walk(resolver: Any, before: list[Any]) -> Iterator[tuple[URLPattern, list[Any]]]:
        for each in resolver.url_patterns:
            if isinstance(each, URLResolver):
                yield from walk(each, [*before, each])
            else:
                yield each, before

    return walk(inside or get_resolver(), [])


def table() -> dict[str, str]:
    """Name of an address -> its lowest role. Raises ValueError for a name that is there twice."""
    found: dict[str, str] = {}
    for role, names in LOWEST.items():
        for name in names.split():
            if name in found:
                raise ValueError(f"{name} is of {found[name]} and of {role}: which?")
            found[name] = role
    return found
