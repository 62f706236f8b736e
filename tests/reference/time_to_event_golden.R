# Time to response, remission and relapse in the sample data, computed independently of the product.
# From the repository root: Rscript tests/reference/time_to_event_golden.R
# Reads sample_data/*.csv, writes tests/reference/time_to_event_golden.json. Packages survival and
# jsonlite only.

suppressPackageStartupMessages(library(survival))
source("tests/reference/sample_values.R")

events <- read_text("events.csv")
events$day <- as.integer(events$day)
events$row <- match(events$episode_id, episodes$episode_id)
stopifnot(!anyNA(events$row), !anyNA(events$day))

# ---- time to event ---------------------------------------------------------------------------

competing_kinds <- c("switch", "drop_out", "death", "retreatment")
confirming_kinds <- c("hospitalisation", "retreatment", "switch")

ending <- function(time, kind) list(time = time, kind = kind)

# The clock starts on day `start`; looks: days assessed after it; event_day: NA without an event.
end_of <- function(start, looks, event_day, mine) {
  ends <- mine[mine$event %in% competing_kinds & mine$day > start, ]
  first <- if (nrow(ends) > 0) min(ends$day) else NA
  if (!is.na(event_day) && (is.na(first) || event_day <= first)) {
    return(ending(event_day - start, "event"))
  }
  if (!is.na(first)) {
    kind <- ends$event[ends$day == first]
    stopifnot(length(kind) == 1)
    return(ending(first - start, kind))
  }
  if (length(looks) == 0) return(ending(NA, "not_followed"))
  ending(max(looks) - start, "censored")
}

relapse_day <- function(b, days, values, mine, moderate) {
  shows <- 2 * values > b & values >= moderate
  trouble <- mine$day[mine$event %in% confirming_kinds]
  for (j in which(shows)) {
    is_last <- j == length(days)
    until <- if (is_last) Inf else days[j + 1]
    if (!is_last && shows[j + 1]) return(days[j])
    if (any(trouble >= days[j] & trouble <= until)) return(days[j])
  }
  NA
}

first_day <- function(days, met) if (any(met)) days[which(met)[1]] else NA

follow <- function(id, event) {
  rule <- instruments[[id]]
  scores <- values_of(id, "score")
  baseline <- baseline_of(scores)
  b <- baseline$value
  eligible <- !is.na(b) & b >= rule$moderate
  looks <- after_baseline(scores, baseline)
  looks <- split(looks[looks$day > 0, ], factor(looks$row[looks$day > 0], seq_len(n_episodes)))
  events_of <- split(events, factor(events$row, seq_len(n_episodes)))
  found <- data.frame(row = seq_len(n_episodes), with_baseline = !is.na(b), eligible = eligible,
                      started = FALSE, time = NA_real_, kind = NA_character_)
  for (i in which(eligible)) {
    days <- looks[[i]]$day
    values <- looks[[i]]$value
    mine <- events_of[[i]]
    if (event == "relapse") {
      start <- first_day(days, responds(b[i], values))
      if (is.na(start)) next
      later <- days > start
      day <- relapse_day(b[i], days[later], values[later], mine, rule$moderate)
      end <- end_of(start, days[later], day, mine)
    } else {
      met <- if (event == "response") responds(b[i], values) else rule$remission(values)
      end <- end_of(0, days, first_day(days, met), mine)
    }
    found$started[i] <- TRUE
    found$time[i] <- end$time
    found$kind[i] <- end$kind
  }
  found
}

vector_of <- function(x) I(as.vector(x))

# The restricted mean by hand: the area under the steps, and Greenwood's variance of an area.
restricted_mean <- function(time, is_event, until) {
  if (max(time) < until) {
    fit <- survfit(Surv(time, is_event) ~ 1)
    if (min(fit$surv) > 0) return(NULL)
  }
  at <- sort(unique(time[is_event & time <= until]))
  at_risk <- vapply(at, function(t) sum(time >= t), 0)
  died <- vapply(at, function(t) sum(time == t & is_event), 0)
  level <- cumprod(1 - died / at_risk)
  area <- diff(c(at, until)) * level
  mean <- sum(diff(c(0, at, until)) * c(1, level))
  remaining <- rev(cumsum(rev(area)))
  part <- ifelse(level > 0, remaining^2 * died / (at_risk * (at_risk - died)), 0)
  se <- sqrt(sum(part))
  list(mean = mean, mean_low = mean - qnorm(0.975) * se, mean_high = mean + qnorm(0.975) * se)
}

# Cumulative incidence where competing events are no chance of the event (Aalen-Johansen): day,
# still waited for just before it, estimate and limits. Not said once nobody is waited for any
# more, also where everybody has ended one way or the other and the estimate would stay as it was.
landmarks <- function(time, is_event, competes, days) {
  state <- ifelse(is_event, "event", ifelse(competes, "other", "none"))
  present <- c("none", intersect(c("event", "other"), state))
  fit <- if (length(present) > 1) {
    survfit(Surv(time, factor(state, present)) ~ 1, conf.type = "log-log")
  }
  column <- if (any(is_event)) match("event", fit$states)
  lapply(days, function(day) {
    waited_for <- sum(time >= day)
    if (waited_for == 0) return(list(day, 0, NA, NA, NA))
    i <- sum(fit$time <= day)
    share <- if (is.null(column) || i == 0) 0 else as.matrix(fit$pstate)[i, column]
    if (share == 0) return(list(day, waited_for, 0, NA, NA))
    list(day, waited_for, share, as.matrix(fit$lower)[i, column], as.matrix(fit$upper)[i, column])
  })
}

curve_of <- function(time, kind, until) {
  is_event <- kind == "event"
  competes <- kind %in% competing_kinds
  fit <- survfit(Surv(time, is_event) ~ 1, conf.type = "log-log")
  s <- summary(fit, censored = TRUE)
  count <- function(which) vapply(s$time, function(t) sum(time == t & which), 0)
  mean <- restricted_mean(time, is_event, until)
  if (!is.null(mean) && any(is_event)) {
    stopifnot(abs(mean$mean - summary(fit, rmean = until)$table[["rmean"]]) < 1e-8)
  }
  list(
    events = sum(is_event), ends = lapply(split(kind, factor(kind, competing_kinds)), length),
    censored = sum(kind == "censored"), last_day = max(time),
    median = vector_of(unname(s$table[7:9])), until = until,
    mean = if (!is.null(mean)) vector_of(unlist(mean)),
    steps = list(day = vector_of(s$time), at_risk = vector_of(s$n.risk),
                 events = vector_of(s$n.event), competing = vector_of(count(competes)),
                 censored = vector_of(count(kind == "censored")), estimate = vector_of(s$surv),
                 conf_low = vector_of(s$lower), conf_high = vector_of(s$upper)),
    landmarks = landmarks(time, is_event, competes, c(28, 84, 183, 365))
  )
}

curves <- list()
for (id in c("phq9", "madrs")) {
  for (event in c("response", "remission", "relapse")) {
    people <- follow(id, event)
    for (g in groups_by("modality")) {
      mine <- people[g$member, ]
      followed <- mine[mine$started & mine$kind != "not_followed", ]
      head <- list(instrument = id, event = event, by = g$by, group = g$group,
                   episodes = nrow(mine), with_baseline = sum(mine$with_baseline),
                   eligible = sum(mine$eligible), started = sum(mine$started),
                   followed = nrow(followed))
      rest <- if (nrow(followed) > 0) {
        curve_of(followed$time, followed$kind, if (event == "relapse") 183 else 84)
      }
      curves[[length(curves) + 1]] <- c(head, rest)
    }
  }
}

write_json("time_to_event_golden.json", list(curves = paste0("[\n", as_lines(curves), "\n]")))
cat(length(curves), "curves\n")
