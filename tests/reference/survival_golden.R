# Time to event in made-up data, computed independently by R's survival package.
# From the repository root: Rscript tests/reference/survival_golden.R
# Writes tests/reference/survival_golden.json. Packages survival and jsonlite only.

suppressPackageStartupMessages(library(survival))
options(stringsAsFactors = FALSE, warn = 2)

# kind: 0 censored, 1 the event, 2 and above competing events of several kinds.
people <- function(time, kind) data.frame(time = time, kind = as.integer(kind))

set.seed(20240229)
drawn <- function(n, scale, kinds, prob, last) {
  time <- ceiling(rexp(n, 1 / scale))
  kind <- sample(kinds, n, replace = TRUE, prob = prob)
  people(pmin(time, last), ifelse(time > last, 0L, kind))
}

cases <- list(
  ties               = people(c(7, 7, 7, 14, 14, 14, 14, 21, 21, 28), c(1, 1, 0, 1, 1, 0, 0, 1, 0, 0)),
  heavy_censoring    = drawn(60, 40, 0:1, c(0.85, 0.15), 84),
  reaches_zero       = people(c(3, 5, 5, 8, 13, 13, 20), c(1, 0, 1, 1, 0, 1, 1)),
  level_at_half      = people(c(10, 20, 30, 40), c(1, 1, 1, 0)),
  ends_level_at_half = people(c(10, 20, 30, 40), c(1, 1, 0, 0)),
  all_at_once        = people(c(14, 14, 14), c(1, 1, 1)),
  all_censored       = people(c(1, 5, 5, 30), c(0, 0, 0, 0)),
  one_with_event     = people(9, 1),
  one_censored       = people(9, 0),
  from_day_0         = people(c(0, 0, 0, 4, 9, 9), c(1, 2, 0, 1, 2, 0)),
  parts_of_days      = people(c(0.5, 0.5, 1.25, 3.75, 3.75, 6), c(1, 0, 1, 2, 1, 0)),
  competing_small    = people(c(1, 2, 2, 3, 4, 5, 6, 6), c(0, 1, 2, 0, 1, 2, 1, 0)),
  competing_last     = people(c(2, 4, 6, 8, 8), c(1, 2, 1, 2, 1)),
  only_competing     = people(c(2, 4, 6, 8), c(2, 3, 0, 2)),
  several_kinds      = drawn(45, 20, 0:4, c(0.30, 0.30, 0.20, 0.15, 0.05), 60),
  hundreds           = drawn(600, 35, 0:3, c(0.25, 0.45, 0.20, 0.10), 120),
  thousands          = drawn(5000, 90, 0:2, c(0.40, 0.50, 0.10), 365)
)

column <- function(x) I(as.vector(x))

# Kaplan-Meier: every competing event counts as censoring.
curve <- function(d, confidence) {
  fit <- survfit(Surv(time, kind == 1) ~ 1, data = d, conf.type = "log-log", conf.int = confidence)
  s <- summary(fit, censored = TRUE)
  until <- max(d$time) * c(0.3, 0.75, 1)
  until <- until[until > 0 & until >= min(d$time)]
  list(
    steps = list(time = column(s$time), at_risk = column(s$n.risk), events = column(s$n.event),
                 censored = column(s$n.censor), estimate = column(s$surv), se = column(s$std.err),
                 conf_low = column(s$lower), conf_high = column(s$upper)),
    median = column(unname(s$table[7:9])),
    quantiles = lapply(c(0.1, 0.25, 0.6), function(p) {
      q <- quantile(fit, p)
      list(p = p, limits = column(c(q$quantile, q$lower, q$upper)))
    }),
    restricted_mean = lapply(until, function(tau) {
      found <- summary(fit, rmean = tau)$table
      list(until = tau, mean = unname(found[["rmean"]]), se = unname(found[["se(rmean)"]]))
    })
  )
}

# The names of the states of the kinds that occur; a kind that nobody had is no state.
aalen_johansen <- function(time, kind, confidence) {
  found <- sort(unique(kind[kind > 0]))
  state <- factor(kind, c(0, found), c("censored", paste0("kind_", found)))
  fit <- survfit(Surv(time, state) ~ 1, conf.type = "log-log", conf.int = confidence)
  colnames(fit$pstate) <- fit$states
  fit
}

band <- function(fit, state) {
  at <- match(state, fit$states)
  list(estimate = column(fit$pstate[, at]), se = column(fit$std.err[, at]),
       conf_low = column(fit$lower[, at]), conf_high = column(fit$upper[, at]))
}

incidence <- function(d, confidence) {
  if (!any(d$kind > 1)) return(NULL)
  apart <- aalen_johansen(d$time, d$kind, confidence)
  together <- aalen_johansen(d$time, pmin(d$kind, 2), confidence)
  stopifnot(all.equal(apart$pstate[, 1], together$pstate[, 1]))
  found <- list(
    time = column(together$time), at_risk = column(together$n.risk[, 1]),
    censored = column(together$n.censor), free = column(together$pstate[, 1]),
    competing_event = band(together, "kind_2")
  )
  # The incidence of the event among all kinds taken apart: it may not depend on the others.
  if (any(d$kind == 1)) found$event <- band(apart, "kind_1")
  found
}

results <- lapply(names(cases), function(name) {
  d <- cases[[name]]
  counts <- aggregate(cbind(events = kind == 1, competing = kind > 1, censored = kind == 0) ~ time,
                      data = d, FUN = sum)
  c(list(case = name, people = nrow(d)), lapply(counts, column),
    list(answers = lapply(c(0.95, 0.8), function(confidence) {
      list(confidence = confidence, curve = curve(d, confidence),
           incidence = incidence(d, confidence))
    })))
})

lines <- vapply(results, function(result) {
  as.character(jsonlite::toJSON(result, auto_unbox = TRUE, digits = I(12), na = "null", null = "null"))
}, "")
out <- file("tests/reference/survival_golden.json", open = "wb")
writeLines(paste0("[\n", paste(lines, collapse = ",\n"), "\n]"), out, sep = "\n", useBytes = TRUE)
close(out)
cat(length(results), "cases\n")
