-- One row per table of a snapshot: what it holds. fields are the episode attributes, each an
-- enum of its levels; said_fields the same as texts that may be missing; start the start date,
-- which only the limited profile keeps. `batch` is the import that brought a row. The tables
-- episode, assessment, session, event and prior_trial hold what counts now. What does not count
-- any more, since it was corrected, replaced or withdrawn, stands in the tables past_*, so that
-- the state after any batch can be worked out again.

-- One row per course of treatment of one patient, as all that was said of it makes it.
create table if not exists episode (
    episode integer not null,           -- key inside this snapshot
    episode_id varchar not null,
    patient integer not null,           -- key inside this snapshot
    patient_id varchar not null,
    follow_up_age integer,              -- whole days from day 0 to the as-of date; null: unknown
    dated boolean not null,             -- the age was worked out from a start date
    induction_end integer,              -- recorded last day of the induction phase
    course_end integer,                 -- that day, else the day of the last induction session
    planned_sessions integer,
    stated_trials integer               -- adequate trials as an episodes file states them
    {fields}
);

-- One row per episode and batch: what that batch said about the episode; null: it said nothing.
create table if not exists said_episode (
    batch integer not null,
    episode_id varchar not null,
    patient_id varchar not null,
    follow_up_age integer,              -- to the as-of date of that batch
    dated boolean not null,
    induction_end integer,
    planned_sessions integer,
    stated_trials integer
    {start}
    {said_fields}
);

-- One row per completed instrument; score is null where it was given but yields no total. Scores
-- count steps of the scale (tenths of a point, say), here and in observation and endpoint.
create table if not exists assessment (
    instrument instrument_id not null,
    episode integer not null,
    day smallint not null,
    score smallint,
    items varchar,                      -- item scores in order: - not answered, . not in the file
    suicidality smallint,               -- highest answered item on suicidal thoughts, in points
    batch integer not null
);

-- One row per completed instrument that does not count now.
create table if not exists past_assessment (
    episode_id varchar not null,
    instrument instrument_id not null,
    day smallint not null,
    score smallint,
    items varchar,
    suicidality smallint,
    batch integer not null
);

-- One row per administration of a treatment inside an episode.
create table if not exists session (
    episode integer not null,
    session integer,
    day smallint not null,
    phase varchar,
    batch integer not null
);

-- One row per administration that does not count now.
create table if not exists past_session (
    episode_id varchar not null,
    session integer,
    day smallint not null,
    phase varchar,
    batch integer not null
);

-- One row per clinical event of an episode, such as a hospitalisation or a switch.
create table if not exists event (
    episode integer not null,
    day smallint not null,
    event varchar not null,
    batch integer not null
);

-- One row per clinical event that does not count now.
create table if not exists past_event (
    episode_id varchar not null,
    day smallint not null,
    event varchar not null,
    batch integer not null
);

-- One row per antidepressant trial before the episode, in the current episode of illness.
create table if not exists prior_trial (
    episode integer not null,
    drug_class varchar not null,
    adequate boolean,                   -- dose and duration; null: unknown
    batch integer not null
);

-- One row per prior trial that does not count now.
create table if not exists past_prior_trial (
    episode_id varchar not null,
    drug_class varchar not null,
    adequate boolean,
    batch integer not null
);

-- One row per row of a file that was kept aside, with the reason.
create table if not exists quarantine (
    batch integer not null,
    file varchar not null,
    line integer not null,
    "column" varchar,
    value varchar,
    rule varchar not null,
    allowed varchar not null,
    cells varchar                       -- the mapped cells as JSON, their column: value
);

-- One row per batch, in the order in which they came: imports, withdrawals, refused files.
create table if not exists batch (
    batch integer not null,
    kind varchar not null,              -- import, withdrawal or refused
    "when" varchar not null,            -- UTC
    who varchar not null,
    mapping varchar,                    -- name and version of the saved mapping, such as monthly@2
    corrections boolean not null,       -- its scores replace those of the same day and instrument
    ends integer,                       -- the batch that it withdraws or replaces
    as_of varchar,                      -- the as-of date that it brought
    declares varchar not null,          -- what its mapping declared, as JSON
    attested varchar not null,          -- columns that a person vouched for, as JSON
    note varchar,                       -- why a file was refused
    snapshot varchar                    -- the snapshot that it made; null where nothing changed
);

-- One row per file of each batch, with its counts.
create table if not exists batch_file (
    batch integer not null,
    file varchar not null,
    kind varchar not null,
    sha256 varchar not null,
    rows_in_file integer not null,
    ignored integer not null,
    rows_read integer not null,
    loaded integer not null,
    quarantined integer not null,
    exact_duplicates integer not null
);

-- One row per version of a saved mapping.
create table if not exists mapping (
    name varchar not null,
    version integer not null,
    batch integer not null,
    toml varchar not null
);

-- One row per usable score: the day of the next one, and the baseline of its episode. The item on
-- suicidal thoughts of the PHQ-9 is a series of its own, phq9:suicidality, here and in endpoint.
create table if not exists observation (
    instrument instrument_id not null,
    episode integer not null,
    day smallint not null,
    next_day smallint,
    score smallint not null,
    baseline smallint
);

-- One row per episode and instrument: the baseline, the preset timepoints and the filter columns.
create table if not exists endpoint (
    instrument instrument_id not null,
    episode integer not null,
    patient integer not null,
    follow_up_age integer,
    course_end integer,
    baseline smallint,
    {timepoints}
    {fields}
);

-- One row per field and level, in the order in which they are listed.
create table if not exists level (
    field varchar not null,
    label varchar not null,
    field_position integer not null,
    level varchar not null,
    level_position integer not null,
    episodes integer not null
);

-- One row per fact about the snapshot as a whole; values are JSON.
create table if not exists setting (
    name varchar not null,
    value varchar not null
);
