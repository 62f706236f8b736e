# The sample data as R reads them, and which values count: what both scripts of this folder that
# check outcomes share (outcomes_golden.R, time_to_event_golden.R). Run from the repository root.

options(stringsAsFactors = FALSE, warn = 2)

read_text <- function(name) {
  read.csv(file.path("sample_data", name), colClasses = "character", na.strings = "",
           encoding = "UTF-8")
}
episodes <- read_text("episodes.csv")
episodes <- episodes[order(episodes$episode_id, method = "radix"), ]
stopifnot(!anyDuplicated(episodes$episode_id))
n_episodes <- nrow(episodes)
follow_up <- as.integer(episodes$follow_up_days)

answered <- read_text("assessments.csv")
for (name in c("day", "score", paste0("item_", 1:10))) {
  answered[[name]] <- as.integer(answered[[name]])
}
answered$row <- match(answered$episode_id, episodes$episode_id)
stopifnot(!anyNA(answered$row), !anyNA(answered$day))

# One value per episode and day: equal ones count once, a day with different ones is unusable.
values_of <- function(instrument, column) {
  rows <- answered[answered$instrument == instrument & !is.na(answered[[column]]), ]
  rows <- unique(data.frame(row = rows$row, day = rows$day, value = rows[[column]]))
  key <- paste(rows$row, rows$day)
  rows <- rows[!key %in% key[duplicated(key)], ]
  rows[order(rows$row, rows$day), ]
}

# ---- the rules -------------------------------------------------------------------------------

# moderate: lower edge of the moderate band. functional: past the cut-off, on the healthy side.
instruments <- list(
  phq9      = list(moderate = 10, points = 6, cutoff = "lt10", functional = function(s) s < 10,
                   remission = function(e) e < 5),
  gad7      = list(moderate = 10, points = 4, cutoff = "lt8", functional = function(s) s < 8,
                   remission = function(e) e < 5),
  qids_sr16 = list(moderate = 11, points = 6, cutoff = "le5", functional = function(s) s <= 5,
                   remission = function(e) e <= 5),
  madrs     = list(moderate = 20, points = 8, cutoff = "le10", functional = function(s) s <= 10,
                   remission = function(e) e <= 10),
  hamd17    = list(moderate = 17, points = 6, cutoff = "le7", functional = function(s) s <= 7,
                   remission = function(e) e <= 7),
  bdi2      = list(moderate = 20, points = 10, cutoff = "le13", functional = function(s) s <= 13,
                   remission = function(e) e <= 13)
)
responds <- function(b, e) 2 * e <= b

# ---- which values count ----------------------------------------------------------------------

# The last row of each episode once the rows are put in the given order, as columns per episode.
pick_last <- function(rows, ...) {
  rows <- rows[order(rows$row, ..., method = "radix"), ]
  rows <- rows[!duplicated(rows$row, fromLast = TRUE), ]
  found <- data.frame(day = rep(NA_integer_, n_episodes), value = NA_integer_)
  found[rows$row, ] <- rows[c("day", "value")]
  found
}

baseline_of <- function(rows) {
  inside <- rows[rows$day >= -14 & rows$day <= 0, ]
  pick_last(inside, inside$day)
}

after_baseline <- function(rows, baseline) {
  rows[!is.na(baseline$day[rows$row]) & rows$day > baseline$day[rows$row], ]
}

groups_by <- function(columns) {
  found <- list(list(by = "", group = "", member = rep(TRUE, n_episodes)))
  for (by in columns) {
    for (value in sort(unique(episodes[[by]]), method = "radix")) {
      found[[length(found) + 1]] <- list(by = by, group = value, member = episodes[[by]] == value)
    }
  }
  found
}

# ---- write: one row a line -------------------------------------------------------------------

as_line <- function(row) {
  as.character(jsonlite::toJSON(row, auto_unbox = TRUE, digits = I(12), na = "null",
                                null = "null"))
}
as_lines <- function(rows) paste(vapply(rows, as_line, ""), collapse = ",\n")
write_json <- function(name, parts) {
  out <- file(file.path("tests/reference", name), open = "wb")
  texts <- paste0('"', names(parts), '":', unlist(parts))
  writeLines(paste0("{", paste(texts, collapse = ",\n"), "}"), out, sep = "\n", useBytes = TRUE)
  close(out)
}
