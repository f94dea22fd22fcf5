# Fits a line through points: headrace methods install samples/r/fit.R
method("line-fit", description = "Fits a line through points.", timeLimit = "1m", function(x, y, digits = 4) {
  if (length(x) != length(y)) reject("x and y must have the same length.")
  progress(0.5, "fitting")
  model <- lm(y ~ x)
  cat("fitted", length(x), "points\n")
  list(intercept = round(unname(coef(model)[1]), digits), slope = round(unname(coef(model)[2]), digits))
})
