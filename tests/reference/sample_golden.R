# The results that the product must give on the sample data, computed independently.
# From the repository root: Rscript tests/reference/sample_golden.R
# Reads sample_data/*.csv, writes tests/reference/sample_golden.json. Base R and jsonlite only.

options(stringsAsFactors = FALSE, warn = 2)

read_text <- function(name) {
  read.csv(file.path("sample_data", name), colClasses = "character", na.strings = "",
           encoding = "UTF-8")
}
episodes <- read_text("episodes.csv")
assessments <- read_text("assessments.csv")
sessions <- read_text("sessions.csv")
episodes <- episodes[order(episodes$episode_id, method = "radix"), ]
stopifnot(!anyDuplicated(episodes$episode_id))
n_episodes <- nrow(episodes)
follow_up <- as.integer(episodes$follow_up_days)

# ---- which scores count ----------------------------------------------------------------------

assessments$day <- as.integer(assessments$day)
assessments$score <- as.integer(assessments$score)
assessments <- assessments[!is.na(assessments$score), ]
stopifnot(!anyDuplicated(assessments[c("episode_id", "instrument", "day")]))
assessments$row <- match(assessments$episode_id, episodes$episode_id)
stopifnot(!anyNA(assessments$row))

# End of the course: the recorded end of the induction phase, else the last induction session.
course_end <- as.integer(episodes$induction_end_day)
induction <- sessions[sessions$phase == "induction", ]
last_session <- tapply(as.integer(induction$day), induction$episode_id, max)
from_sessions <- as.integer(last_session[episodes$episode_id])
course_end <- ifelse(is.na(course_end), from_sessions, course_end)

instruments <- list(
  phq9      = list(moderate = 10, remission = function(e) e < 5),
  gad7      = list(moderate = 10, remission = function(e) e < 5),
  qids_sr16 = list(moderate = 11, remission = function(e) e <= 5),
  madrs     = list(moderate = 20, remission = function(e) e <= 10),
  hamd17    = list(moderate = 17, remission = function(e) e <= 7),
  bdi2      = list(moderate = 20, remission = function(e) e <= 13)
)

# from and to: the days of the window, both ends in. `to` is infinite where the window has no end,
# NA where the episode has no window at all.
timepoints <- list(
  acute         = list(from = 14, to = 84, pick = "last"),
  week_2        = list(from = 11, to = 17, pick = "nearest", target = 14),
  week_6        = list(from = 35, to = 49, pick = "nearest", target = 42),
  month_6       = list(from = 153, to = 213, pick = "nearest", target = 183),
  end_of_course = list(from = 1, to = course_end + 14, pick = "last"),
  hours_24      = list(from = 1, to = 1, pick = "last"),
  last          = list(from = 1, to = Inf, pick = "last")
)

# The score of the last row of each episode once the rows are put in the given order.
score_per_episode <- function(rows, ...) {
  rows <- rows[order(rows$row, ..., method = "radix"), ]
  rows <- rows[!duplicated(rows$row, fromLast = TRUE), ]
  score <- rep(NA_integer_, n_episodes)
  score[rows$row] <- rows$score
  score
}

last_score <- function(rows) score_per_episode(rows, rows$day)

nearest_score <- function(rows, target) {
  # Farthest first; of two equally near the later one comes last and is kept.
  score_per_episode(rows, -abs(rows$day - target), rows$day)
}

mature_at <- function(name, to) {
  if (name == "last") due <- follow_up > 1 else due <- follow_up > to
  is.na(due) | due
}

# ---- outcomes: TRUE, FALSE or NA, from whole scores; the floor of every scale here is 0 --------

decide <- function(outcome, b, e, instrument) {
  if (outcome == "remission") return(ifelse(is.na(b) | is.na(e), NA, instrument$remission(e)))
  met <- if (outcome == "response") {
    2 * e <= b
  } else {
    4 * (b - e) >= b & 2 * (b - e) < b
  }
  ifelse(is.na(b) | is.na(e) | b == 0, NA, met)
}

wilson <- function(x, n) {
  if (n == 0) return(c(NA, NA, NA))
  z <- qnorm(0.975)
  p <- x / n
  centre <- (p + z^2 / (2 * n)) / (1 + z^2 / n)
  half <- z / (1 + z^2 / n) * sqrt(p * (1 - p) / n + z^2 / (4 * n^2))
  low <- if (x == 0) 0 else centre - half
  high <- if (x == n) 1 else centre + half
  c(p, low, high)
}

# ---- groups ------------------------------------------------------------------------------------

groups <- list(list(by = "", group = "", member = rep(TRUE, n_episodes)))
for (by in c("modality", "site")) {
  for (value in sort(unique(episodes[[by]]), method = "radix")) {
    groups[[length(groups) + 1]] <- list(by = by, group = value, member = episodes[[by]] == value)
  }
}

# ---- everything --------------------------------------------------------------------------------

rate_rows <- list()
flow_rows <- list()

for (instrument_id in names(instruments)) {
  instrument <- instruments[[instrument_id]]
  rows <- assessments[assessments$instrument == instrument_id, ]
  in_baseline <- rows[rows$day >= -14 & rows$day <= 0, ]
  baseline <- last_score(in_baseline)
  baseline_day <- rep(NA_integer_, n_episodes)
  latest <- tapply(in_baseline$day, in_baseline$row, max)
  baseline_day[as.integer(names(latest))] <- as.integer(latest)
  after <- rows[!is.na(baseline_day[rows$row]) & rows$day > baseline_day[rows$row], ]

  for (timepoint in names(timepoints)) {
    window <- timepoints[[timepoint]]
    to <- rep(window$to, length.out = n_episodes)
    before_end <- !is.na(to[after$row]) & after$day <= to[after$row]
    inside <- after[before_end & after$day >= window$from, ]
    endpoint <- if (window$pick == "nearest") {
      nearest_score(inside, window$target)
    } else {
      last_score(inside)
    }
    carried <- last_score(after[before_end, ])
    due <- mature_at(timepoint, to)

    for (min_baseline in c("moderate", "none")) {
      eligible <- !is.na(baseline)
      if (min_baseline == "moderate") eligible <- eligible & baseline >= instrument$moderate
      counted <- eligible & due

      for (g in groups) {
        mine <- g$member
        all_due <- sum(mine & counted)
        with_endpoint <- sum(mine & counted & !is.na(endpoint))
        flow_rows[[length(flow_rows) + 1]] <- list(
          instrument_id, timepoint, min_baseline, g$by, g$group,
          sum(mine), length(unique(episodes$patient_id[mine])), sum(mine & !is.na(baseline)),
          sum(mine & eligible), all_due, with_endpoint
        )
        completeness <- if (all_due == 0) NA else with_endpoint / all_due

        for (outcome in c("response", "partial_response", "remission")) {
          undefined <- outcome != "remission" & !is.na(baseline) & baseline == 0
          for (missing in c("observed", "locf", "nonresponse")) {
            met <- decide(outcome, baseline, if (missing == "locf") carried else endpoint,
                          instrument)
            if (missing == "nonresponse") met[is.na(met) & !undefined] <- FALSE
            usable <- mine & counted & !is.na(met)
            x <- sum(met[usable])
            n <- sum(usable)
            interval <- wilson(x, n)
            rate_rows[[length(rate_rows) + 1]] <- list(
              instrument_id, timepoint, outcome, missing, min_baseline, g$by, g$group,
              x, n, all_due - n, interval[1], interval[2], interval[3], completeness
            )
          }
        }
      }
    }
  }
}

# ---- write: one row a line, 12 significant digits ------------------------------------------------

as_lines <- function(rows) {
  lines <- vapply(rows, function(row) {
    as.character(jsonlite::toJSON(row, auto_unbox = TRUE, digits = I(12), na = "null"))
  }, "")
  paste(lines, collapse = ",\n")
}
rate_columns <- c("instrument", "timepoint", "outcome", "missing", "min_baseline", "by", "group",
                  "numerator", "denominator", "unknown", "estimate", "conf_low", "conf_high",
                  "completeness")
flow_columns <- c("instrument", "timepoint", "min_baseline", "by", "group", "episodes", "patients",
                  "with_baseline", "eligible", "mature", "with_endpoint")
block <- function(columns, rows) {
  paste0('{"columns":', jsonlite::toJSON(columns), ',\n"rows":[\n', as_lines(rows), "\n]}")
}
out <- file("tests/reference/sample_golden.json", open = "wb")
writeLines(c('{"rates":', block(rate_columns, rate_rows), ',"flow":', block(flow_columns, flow_rows),
             "}"), out, sep = "\n", useBytes = TRUE)
close(out)
cat(length(rate_rows), "rates,", length(flow_rows), "flow rows\n")
