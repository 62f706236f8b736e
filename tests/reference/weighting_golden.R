# Propensity weighting of made-up people, computed independently by R: glm, weights written out,
# and the sandwich of the stacked estimating equations with its bread by numerical derivatives.
# From the repository root: Rscript tests/reference/weighting_golden.R
# Writes tests/reference/weighting_golden.json. Packages stats and jsonlite only.

options(stringsAsFactors = FALSE, warn = 2)
set.seed(20240315)

# y is the outcome, yes or no; score a change in points. An unknown level or number is NA.
people <- function(n, per_patient = 1, unknown = 0, one_sided = 0) {
  patient <- rep(seq_len(ceiling(n / per_patient)), each = per_patient)[seq_len(n)]
  own <- rnorm(max(patient))[patient]
  severity <- round(25 + 5 * rnorm(n) + own)
  failures <- sample(c("two", "three", "four or more"), n, replace = TRUE, prob = c(0.5, 0.3, 0.2))
  setting <- sample(c("outpatient", "inpatient"), n, replace = TRUE, prob = c(0.6, 0.4))
  sex <- sample(c("f", "m"), n, replace = TRUE)
  lin <- (severity - 25) / 6 + 0.6 * (failures == "three") + 1.1 * (failures == "four or more") -
    0.8 * (setting == "outpatient")
  a <- as.integer(runif(n) < plogis(lin))
  y <- as.integer(runif(n) < plogis(-0.4 - (severity - 25) / 8 + 0.7 * a + 0.5 * own))
  score <- round(-8 - 3 * a + 0.3 * (severity - 25) + 4 * rnorm(n) + 2 * own)
  d <- data.frame(patient, a, y, score, severity, failures, setting, sex)
  if (unknown > 0) {
    d$severity[runif(n) < unknown] <- NA
    d$failures[runif(n) < unknown] <- NA
    d$sex[is.na(d$failures)] <- NA      # unknown together: the second tells nothing more
  }
  if (one_sided > 0) d$setting[which(d$a == 1)[seq_len(one_sided)]] <- "day clinic"
  d
}

cases <- list(
  small     = people(120),
  clustered = people(400, per_patient = 2),
  unknowns  = people(500, unknown = 0.08),
  one_sided = people(300, per_patient = 3, one_sided = 7)
)

levels_of <- function(x) ifelse(is.na(x), "unknown", x)
with_reference <- function(x) relevel(factor(x), names(which.max(table(x))))

solve_all <- function(psi, theta, clusters) {
  p <- length(theta)
  bread <- sapply(seq_len(p), function(j) {
    h <- replace(numeric(p), j, 1e-5)
    (colSums(psi(theta + h)) - colSums(psi(theta - h))) / 2e-5
  })
  meat <- crossprod(rowsum(psi(theta), clusters))
  g <- length(unique(clusters))
  solve(bread) %*% meat %*% t(solve(bread)) * g / (g - 1)
}

effects <- function(x, d, kind, outcome, clusters) {
  y <- d[[outcome]]
  z <- d$a
  k <- ncol(x)
  weight <- function(e) if (kind == "overlap") ifelse(z == 1, 1 - e, e) else ifelse(z == 1, 1 / e, 1 / (1 - e))
  psi <- function(theta) {
    e <- drop(plogis(x %*% theta[1:k]))
    w <- weight(e)
    cbind(x * (z - e), w * z * (y - theta[k + 1]), w * (1 - z) * (y - theta[k + 2]))
  }
  fit <- glm.fit(x, z, family = binomial(), control = glm.control(epsilon = 1e-14, maxit = 50))
  w <- weight(fit$fitted.values)
  theta <- c(fit$coefficients, weighted.mean(y[z == 1], w[z == 1]), weighted.mean(y[z == 0], w[z == 0]))
  v <- solve_all(psi, theta, clusters)[k + 1:2, k + 1:2]
  m <- theta[k + 1:2]
  q <- qnorm(0.975)
  se <- sqrt(v[1, 1] + v[2, 2] - 2 * v[1, 2])
  found <- list(a = m[1], b = m[2], se_a = sqrt(v[1, 1]), se_b = sqrt(v[2, 2]),
                difference = m[1] - m[2], se = se, low = m[1] - m[2] - q * se, high = m[1] - m[2] + q * se,
                p_value = 2 * pnorm(-abs(m[1] - m[2]) / se))
  if (outcome == "y") {
    log_se <- sqrt(v[1, 1] / m[1]^2 + v[2, 2] / m[2]^2 - 2 * v[1, 2] / (m[1] * m[2]))
    found$ratio <- list(estimate = m[1] / m[2], low = exp(log(m[1] / m[2]) - q * log_se),
                        high = exp(log(m[1] / m[2]) + q * log_se),
                        p_value = 2 * pnorm(-abs(log(m[1] / m[2])) / log_se))
    found$a_limits <- plogis(qlogis(m[1]) + c(-q, q) * sqrt(v[1, 1]) / (m[1] * (1 - m[1])))
  }
  found
}

smd <- function(x, d, w, binary) {
  mean_of <- function(g) weighted.mean(x[d$a == g], w[d$a == g])
  spread <- if (binary) {
    p <- tapply(x, d$a, mean)
    sqrt(mean(p * (1 - p)))
  } else sqrt(mean(tapply(x, d$a, var)))
  (mean_of(1) - mean_of(0)) / spread
}

answer <- function(name) {
  all <- cases[[name]]
  d <- all
  for (field in c("failures", "setting", "sex")) d[[field]] <- levels_of(d[[field]])
  inside <- d$setting != "day clinic"
  known <- !is.na(d$severity)
  d$value <- ifelse(known, d$severity - mean(d$severity, na.rm = TRUE), 0)
  d$squared <- d$value^2 / mean(d$value[known]^2)      # its unit changes nothing below
  d$no_severity <- as.integer(!known)
  own <- d[inside, ]
  x <- cbind(1, model.matrix(~ with_reference(own$failures))[, -1, drop = FALSE],
             model.matrix(~ with_reference(own$setting))[, -1, drop = FALSE],
             model.matrix(~ with_reference(own$sex))[, -1, drop = FALSE],
             own$value, own$squared, if (any(!known)) own$no_severity)
  x <- x[, with(qr(x), sort(pivot[seq_len(rank)]))]
  fit <- glm.fit(x, own$a, family = binomial(), control = glm.control(epsilon = 1e-14, maxit = 50))
  e <- ifelse(d$a == 1, 1, 0)
  e[inside] <- fit$fitted.values
  w <- ifelse(d$a == 1, 1 - e, e)
  iw <- ifelse(d$a == 1, mean(own$a) / e, (1 - mean(own$a)) / (1 - e)) * inside
  terms <- list()
  for (field in c("failures", "setting", "sex")) for (level in unique(d[[field]]))
    terms[[length(terms) + 1]] <- list(field = field, level = level, x = as.integer(d[[field]] == level), binary = TRUE)
  terms[[length(terms) + 1]] <- list(field = "severity", level = "value", x = d$value, binary = FALSE)
  terms[[length(terms) + 1]] <- list(field = "severity", level = "squared", x = d$squared, binary = FALSE)
  kish <- function(w) sum(w)^2 / sum(w^2)
  pairs <- outer(e[d$a == 1], e[d$a == 0], function(p, q) (p > q) + (abs(p - q) < 1e-12) / 2)
  clusters <- own$patient
  list(
    case = name,
    people = lapply(as.list(all), I),
    score = I(e), columns = ncol(x),
    smd = lapply(terms, function(t) list(field = t$field, level = t$level,
      before = smd(t$x, d, rep(1, nrow(d)), t$binary), inverse = smd(t$x, d, iw, t$binary))),
    effective = list(overlap = c(kish(w[d$a == 1]), kish(w[d$a == 0])),
                     inverse = c(kish(iw[d$a == 1]), kish(iw[d$a == 0]))),
    largest_inverse = max(iw),
    c_statistic = mean(pairs),
    effects = list(
      overlap = list(y = effects(x, own, "overlap", "y", clusters), score = effects(x, own, "overlap", "score", clusters)),
      inverse = list(y = effects(x, own, "inverse", "y", clusters), score = effects(x, own, "inverse", "score", clusters)))
  )
}

writeLines(jsonlite::toJSON(lapply(names(cases), answer), digits = 14, auto_unbox = TRUE, na = "null"),
           "tests/reference/weighting_golden.json")
