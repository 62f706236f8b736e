"""A file that takes the place of an earlier batch must say so when rows are gone."""

import duckdb

from analysis.errors import InputError
from analysis.ingest.choices import Choices
from analysis.ingest.report import count
from analysis.ingest.swift import Swift

# The rows of each table that one batch brought, by what tells them apart, and the same of this one.
ABSENT = """
select
    (select count(*) from (
        select episode_id, instrument, day from every_assessment where batch = {ended}
        except
        select episode_id, instrument, cast(study_day as smallint)
        from checked_assessment where fault is null
    ) gone_scores)
    + (select count(*) from (
        select episode_id, session, day, phase from every_session where batch = {ended}
        except
        select episode_id, number, cast(study_day as smallint), phase
        from checked_session where fault is null
    ) gone_sessions)
    + (select count(*) from (
        select episode_id, day, event from every_event where batch = {ended}
        except
        select episode_id, cast(study_day as smallint), event
        from checked_event where fault is null
    ) gone_events)
    + (select count(*) from (
        select episode_id from every_prior_trial where batch = {ended}
        except
        select episode_id from checked_prior_trial where fault is null
    ) gone_trials)
    + (select count(*) from (
        select episode_id from every_said_episode where batch = {ended}
        except
        select episode_id from checked_episode where fault is null
    ) gone_episodes)
"""


def check_absent(
    con: duckdb.DuckDBPyConnection, choices: Choices, files: list[str], swift: Swift | None = None
) -> None:
    """Refuse a replacement that lacks rows of the batch it replaces, unless that many may go."""
    if choices.replaces is None:
        return
    absent = count(con, ABSENT.format(ended=choices.replaces))
    if swift is not None:
        absent += swift.absent(choices.replaces)
    if absent != choices.accept_absent:
        raise InputError(
            ", ".join(files),
            f"{absent} earlier rows of batch {choices.replaces} are absent. Nothing was changed: "
            f"import the complete file, or say --accept-absent {absent} if they are to go.",
            code="E416",
        )
