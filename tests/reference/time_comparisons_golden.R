# Log-rank tests and Cox models of made-up groups, computed independently by R's survival package.
# From the repository root: Rscript tests/reference/time_comparisons_golden.R
# Writes tests/reference/time_comparisons_golden.json. Packages survival and jsonlite only.

suppressPackageStartupMessages(library(survival))
options(stringsAsFactors = FALSE, warn = 2)

set.seed(20240301)
drawn <- function(n, rates, last, round_to = 1) {
  group <- rep(names(rates), length.out = n)
  time <- round_to * ceiling(rexp(n, rates[group]) / round_to)
  data.frame(group = factor(group, names(rates)), time = pmin(time, last), event = as.integer(time <= last))
}
crossing <- function(n) {
  group <- rep(c("a", "b"), length.out = n)
  time <- ceiling(ifelse(group == "a", rweibull(n, 3, 40), rweibull(n, 0.7, 60)))
  data.frame(group = factor(group), time = pmin(time, 84), event = as.integer(time <= 84))
}

cases <- list(
  two            = drawn(60, c(a = 1 / 40, b = 1 / 60), 84),
  weekly         = drawn(200, c(a = 1 / 40, b = 1 / 25), 84, 7),
  monthly        = drawn(90, c(a = 1 / 40, b = 1 / 80), 120, 30),
  three          = drawn(150, c(a = 1 / 40, b = 1 / 60, c = 1 / 30), 84, 7),
  five           = drawn(500, c(a = 1 / 40, b = 1 / 60, c = 1 / 30, d = 1 / 90, e = 1 / 45), 120),
  crossing       = crossing(300),
  few            = data.frame(group = factor(c("a", "a", "a", "b", "b", "b")),
                              time = c(3, 5, 9, 4, 5, 9), event = c(1, 1, 0, 1, 0, 1)),
  all_have_it    = drawn(80, c(a = 1 / 10, b = 1 / 14), 10000)
)

tests <- function(d, ties) {
  fit <- coxph(Surv(time, event) ~ group, data = d, ties = ties,
               control = coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 50))
  s <- summary(fit)
  zph <- cox.zph(fit)$table
  list(
    ratio = I(unname(s$conf.int[, 1])), conf_low = I(unname(s$conf.int[, 3])),
    conf_high = I(unname(s$conf.int[, 4])), se = I(unname(s$coefficients[, 3])),
    p_value = I(unname(s$coefficients[, 5])),
    likelihood_ratio = I(unname(s$logtest)), score = I(unname(s$sctest)),
    wald = I(c(drop(coef(fit) %*% solve(vcov(fit), coef(fit))), length(coef(fit)),
               pchisq(drop(coef(fit) %*% solve(vcov(fit), coef(fit))), length(coef(fit)), lower.tail = FALSE))),
    proportional = I(unname(zph["GLOBAL", ]))
  )
}

# Two groups of weighted people, some of them twice; the interval is that of the robust variance.
weighted <- function(n, days, ties) {
  time <- days * ceiling(rexp(n, 1 / 50) / days)
  d <- data.frame(patient = rep(seq_len(n / 2), each = 2), a = rep(0:1, length.out = n),
                  time = pmin(time, 84), event = as.integer(time <= 84), weight = round(runif(n, 0.05, 1.5), 3))
  one <- function(fit) {
    s <- summary(fit)
    list(ratio = s$conf.int[1], conf_low = s$conf.int[3], conf_high = s$conf.int[4],
         se = s$coefficients[4], p_value = s$coefficients[6])
  }
  control <- coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 50)
  list(case = paste(n, days, ties), ties = ties, people = lapply(as.list(d), I),
       alone = one(coxph(Surv(time, event) ~ a, data = d, weights = weight, ties = ties, robust = TRUE, control = control)),
       clustered = one(coxph(Surv(time, event) ~ a, data = d, weights = weight, ties = ties, cluster = patient, control = control)))
}

answer <- function(name) {
  d <- cases[[name]]
  lr <- survdiff(Surv(time, event) ~ group, data = d)
  rows <- aggregate(cbind(events = event, censored = 1 - event) ~ group + time, data = d, FUN = sum)
  list(
    case = name, groups = I(levels(d$group)),
    rows = list(group = as.character(rows$group), time = rows$time, events = rows$events, censored = rows$censored),
    log_rank = list(observed = I(lr$obs), expected = I(lr$exp), statistic = lr$chisq,
                    p_value = pchisq(lr$chisq, length(lr$n) - 1, lower.tail = FALSE)),
    efron = tests(d, "efron"), breslow = tests(d, "breslow")
  )
}

found <- list(
  groups = lapply(names(cases), answer),
  weighted = list(weighted(80, 1, "efron"), weighted(80, 1, "breslow"), weighted(200, 14, "efron"),
                  weighted(200, 14, "breslow"))
)
writeLines(jsonlite::toJSON(found, digits = 14, auto_unbox = TRUE, pretty = TRUE),
           "tests/reference/time_comparisons_golden.json")
