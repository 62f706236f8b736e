-- One row per table of a snapshot: what it holds. fields are the episode attributes, each an
-- enum of its levels. Base tables keep what was loaded; observation and endpoint are worked out
-- from them so that every question is one grouped count.

-- One row per course of treatment of one patient.
create table episode (
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

-- One row per completed instrument; score is null where it was given but yields no total. Scores
-- count steps of the scale (tenths of a point, say), here and in observation and endpoint.
create table assessment (
    instrument instrument_id not null,
    episode integer not null,
    day smallint not null,
    score smallint,
    items varchar,                      -- item scores in order: - not answered, . not in the file
    suicidality smallint                -- highest answered item on suicidal thoughts, in points
);

-- One row per administration of a treatment inside an episode.
create table session (
    episode integer not null,
    session integer,
    day smallint not null,
    phase varchar
);

-- One row per clinical event of an episode, such as a hospitalisation or a switch.
create table event (
    episode integer not null,
    day smallint not null,
    event varchar not null
);

-- One row per antidepressant trial before the episode, in the current episode of illness.
create table prior_trial (
    episode integer not null,
    drug_class varchar not null,
    adequate boolean                    -- dose and duration; null: unknown
);

-- One row per row of a file that was kept aside, with the reason.
create table quarantine (
    import integer not null,
    file varchar not null,
    line integer not null,
    "column" varchar,
    value varchar,
    rule varchar not null,
    allowed varchar not null
);

-- One row per file of each import, with its counts.
create table import_log (
    import integer not null,
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

-- One row per usable score: the day of the next one, and the baseline of its episode. The item on
-- suicidal thoughts of the PHQ-9 is a series of its own, phq9:suicidality, here and in endpoint.
create table observation (
    instrument instrument_id not null,
    episode integer not null,
    day smallint not null,
    next_day smallint,
    score smallint not null,
    baseline smallint
);

-- One row per episode and instrument: the baseline, the preset timepoints and the filter columns.
create table endpoint (
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
create table level (
    field varchar not null,
    label varchar not null,
    field_position integer not null,
    level varchar not null,
    level_position integer not null,
    episodes integer not null
);

-- One row per fact about the snapshot as a whole; values are JSON.
create table setting (
    name varchar not null,
    value varchar not null
);
