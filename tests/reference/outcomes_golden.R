# Outcomes of change, suicidal thoughts and sustained outcomes in the sample data, computed
# independently of the product.
# From the repository root: Rscript tests/reference/outcomes_golden.R
# Reads sample_data/*.csv, writes tests/reference/outcomes_golden.json. Base R and jsonlite only.

source("tests/reference/sample_values.R")

suicidality_items <- list(phq9 = "item_9", madrs = "item_10")
# Where definitions and facts name one minimal important change; the others offer several or none.
own_minimal <- list(
  phq9 = function(b, e) b - e >= 5,
  gad7 = function(b, e) b - e >= 4,
  bdi2 = function(b, e) 100 * (b - e) >= 32 * b
)
reliability <- 0.84

timepoints <- list(
  acute    = list(from = 14, to = 84, pick = "last"),
  week_4   = list(from = 25, to = 31, pick = "nearest", target = 28),
  month_6  = list(from = 153, to = 213, pick = "nearest", target = 183),
  hours_24 = list(from = 1, to = 1, pick = "last"),
  last     = list(from = 1, to = Inf, pick = "last")
)

endpoint_of <- function(rows, baseline, window) {
  inside <- after_baseline(rows, baseline)
  inside <- inside[inside$day >= window$from & inside$day <= window$to, ]
  # Farthest first; of two equally near the later one comes last and is kept.
  if (window$pick == "nearest") pick_last(inside, -abs(inside$day - window$target), inside$day)
  else pick_last(inside, inside$day)
}

mature_at <- function(last_day) is.na(follow_up) | follow_up > last_day
last_day_of <- function(window) if (is.finite(window$to)) window$to else window$from

# ---- rates: every outcome is TRUE, FALSE or NA per episode -----------------------------------

rate_rows <- list()

# One row per question, missing rule, grouping and outcome; its cells hold numerator, denominator,
# unknown and estimate of each group.
# met: the outcome. counted: eligible and mature. undefined: in no denominator, whatever is missing.
add_rates <- function(question, outcome, met, counted, undefined = FALSE,
                      groups = groups_by(c("modality", "site"))) {
  for (missing in c("observed", "nonresponse")) {
    if (missing == "nonresponse") met[is.na(met) & !undefined] <- FALSE
    for (by in unique(vapply(groups, `[[`, "", "by"))) {
      of_this <- Filter(function(g) g$by == by, groups)
      cells <- lapply(of_this, function(g) {
        usable <- g$member & counted & !is.na(met)
        x <- sum(met[usable])
        n <- sum(usable)
        list(x, n, sum(g$member & counted) - n, if (n == 0) NA else x / n)
      })
      names(cells) <- if (by == "") "all" else vapply(of_this, `[[`, "", "group")
      rate_rows[[length(rate_rows) + 1]] <<- c(question, list(missing, by, outcome, cells))
    }
  }
}

# Exactly one of five classes. clinical: on the ill side of the cut-off at baseline.
class_of <- function(better, worse, clinical, functional) {
  found <- rep("unchanged", length(better))
  found[which(better)] <- "improved"
  found[which(better & clinical & functional)] <- "recovered"
  found[which(worse)] <- "deteriorated"
  found[which(worse & !clinical & !functional)] <- "harmed"
  found[is.na(better)] <- NA
  found
}
classes <- c("recovered", "improved", "unchanged", "deteriorated", "harmed")

add_reliable <- function(question, better, worse, clinical, functional, counted, groups) {
  add_rates(question, "reliable_improvement", better, counted, groups = groups)
  add_rates(question, "reliable_deterioration", worse, counted, groups = groups)
  found <- class_of(better, worse, clinical, functional)
  for (class in classes) add_rates(question, class, found == class, counted, groups = groups)
}

everyone <- groups_by(character())
all_groups <- groups_by(c("modality", "site"))
computed <- list()

for (id in names(instruments)) {
  rule <- instruments[[id]]
  scores <- values_of(id, "score")
  baseline <- baseline_of(scores)
  b <- baseline$value
  for (timepoint in names(timepoints)) {
    window <- timepoints[[timepoint]]
    e <- endpoint_of(scores, baseline, window)$value
    due <- mature_at(last_day_of(window))

    for (options in c("points", "any_baseline")) {
      if (options == "any_baseline" && timepoint != "acute") next
      least <- if (options == "points") rule$moderate else 0
      counted <- !is.na(b) & b >= least & due
      groups <- if (options == "points") all_groups else everyone
      question <- list(id, timepoint, options)
      add_rates(question, "symptom_free", e == 0, counted, groups = groups)
      add_rates(question, "any_improvement", e < b, counted, groups = groups)
      # A fifth of nothing is no amount: a percentage is undefined for a baseline of 0.
      fifth <- ifelse(b == 0, NA, 5 * (b - e) >= b)
      add_rates(question, "minimal_important_improvement", fifth, counted, !is.na(b) & b == 0,
                groups)
      add_reliable(question, b - e >= rule$points, e - b >= rule$points,
                   !rule$functional(b), rule$functional(e), counted, groups)
    }

    counted <- !is.na(b) & b >= rule$moderate & due
    if (timepoint == "acute") {
      # With no option given: the instrument's own points, cut-off and minimal important change.
      question <- list(id, timepoint, "own_rules")
      add_reliable(question, b - e >= rule$points, e - b >= rule$points,
                   !rule$functional(b), rule$functional(e), counted, all_groups)
      minimal <- own_minimal[[id]]
      if (!is.null(minimal)) {
        add_rates(question, "minimal_important_improvement", minimal(b, e), counted)
      }
    }
    if (id == "phq9") {
      add_rates(list(id, timepoint, "five_points"), "minimal_important_improvement", b - e >= 5,
                counted)
    }
    if (timepoint %in% c("acute", "month_6") && id %in% c("phq9", "madrs")) {
      both <- counted & !is.na(e)
      spread <- sd(b[both])
      cut <- mean(b[both]) - 2 * spread
      index <- (b - e) / (spread * sqrt(2 * (1 - reliability)))
      computed[[length(computed) + 1]] <- list(id, timepoint, sum(both), mean(b[both]), spread, cut)
      add_reliable(list(id, timepoint, "computed"), index > 1.96, index < -1.96, b >= cut, e < cut,
                   counted, all_groups)
    }
  }
}

# ---- suicidal thoughts: the item by itself, whatever the total -------------------------------

for (id in names(suicidality_items)) {
  items <- values_of(id, suicidality_items[[id]])
  baseline <- baseline_of(items)
  b <- baseline$value
  for (timepoint in c("acute", "week_4", "hours_24")) {
    window <- timepoints[[timepoint]]
    e <- endpoint_of(items, baseline, window)$value
    due <- mature_at(last_day_of(window))
    present <- !is.na(b) & b > 0 & due
    absent <- !is.na(b) & b == 0 & due
    question <- list(id, timepoint, "item")
    add_rates(question, "suicidality_resolved", e == 0, present)
    add_rates(question, "suicidality_reduced", e < b, present)
    add_rates(question, "suicidality_emergent", e > 0, absent)
  }
}

# ---- sustained: met at the endpoint and at every later assessment up to the horizon ----------

sustained <- function(scores, b, endpoint, horizon, meets) {
  met <- rep(NA, n_episodes)
  by_episode <- split(scores, factor(scores$row, seq_len(n_episodes)))
  for (i in which(!is.na(endpoint$value))) {
    mine <- by_episode[[i]]
    later <- mine$value[mine$day > endpoint$day[i] & mine$day <= horizon]
    if (!meets(b[i], endpoint$value[i])) met[i] <- FALSE
    else if (length(later) > 0) met[i] <- all(meets(b[i], later))
  }
  met
}

for (id in names(instruments)) {
  rule <- instruments[[id]]
  scores <- values_of(id, "score")
  baseline <- baseline_of(scores)
  b <- baseline$value
  endpoint <- endpoint_of(scores, baseline, timepoints$acute)
  for (horizon in c(183, 365)) {
    counted <- !is.na(b) & b >= rule$moderate & mature_at(84) & mature_at(horizon)
    question <- list(id, "acute", paste0("horizon_", horizon))
    add_rates(question, "sustained_response", sustained(scores, b, endpoint, horizon, responds),
              counted)
    remits <- function(b, e) rule$remission(e)
    add_rates(question, "sustained_remission", sustained(scores, b, endpoint, horizon, remits),
              counted)
  }
}

# ---- write -----------------------------------------------------------------------------------

# What each set of options says in the product's words.
queries <- lapply(instruments, function(rule) {
  points <- list(minimal_important = "20%", reliable_change = as.character(rule$points),
                 cutoff = rule$cutoff)
  list(points = points, any_baseline = c(points, min_baseline = "none"),
       five_points = list(minimal_important = "5"),
       computed = list(reliable_change = paste0("r=", reliability), cutoff = "a"),
       own_rules = setNames(list(), character()), item = setNames(list(), character()),
       horizon_183 = list(horizon = "183"), horizon_365 = list(horizon = "365"))
})
columns <- list("instrument", "timepoint", "options", "missing", "by", "outcome", "cells")
write_json("outcomes_golden.json", list(
  queries = as_line(queries),
  computed = paste0("[\n", as_lines(computed), "\n]"),
  columns = as_line(columns),
  rates = paste0("[\n", as_lines(rate_rows), "\n]")
))
cat(length(rate_rows), "rows\n")
