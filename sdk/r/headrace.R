# Describes the methods of an R script, or runs the jobs of one of them as a warm process (docs/warm-protocol.md).
#
#   Rscript headrace.R describe SCRIPT.R
#   Rscript headrace.R serve SCRIPT.R
#
# A script calls  method("name", function(x, y = 1) ...)  for each of its methods.

.headrace <- new.env()
.headrace$methods <- list()
.headrace$job <- NULL

# Makes a function a method. Further arguments are members of the manifest, such as timeLimit = "1m".
method <- function(name, fun, version = 1L, description = NULL, warm = list(), ...) {
  stopifnot(is.character(name), is.function(fun))
  entry <- list(name = name, fun = fun, version = version, description = description, warm = warm, members = list(...))
  .headrace$methods[[paste0(name, "@", version)]] <- entry
  invisible(fun)
}

# Reports how far the running job is, from 0 to 1.
progress <- function(fraction, text = "") {
  if (!is.null(.headrace$job))
    .headrace$send("p", c(.headrace$job, writeBin(as.double(fraction), raw(), endian = "little"), bytes_of(text)))
}

# Stops the method: the input is invalid, and no other attempt can succeed.
reject <- function(message) stop(structure(class = c("rejected", "error", "condition"),
                                           list(message = message, call = NULL)))

bytes_of <- function(text) charToRaw(enc2utf8(text))

u32 <- function(number) writeBin(as.integer(number), raw(), endian = "little")

describe <- function(script) {
  json <- lapply(unname(.headrace$methods), function(entry) {
    arguments <- formals(entry$fun)
    required <- names(arguments)[vapply(arguments, function(value) identical(value, quote(expr = )), NA)]
    required <- setdiff(required, c("...", "body"))
    properties <- list()
    for (name in setdiff(names(arguments), c("...", "body"))) {
      property <- list(type = I(c("number", "string", "boolean", "array", "object", "null")))
      value <- if (name %in% required) NULL else tryCatch(eval(arguments[[name]]), error = function(e) NULL)
      if (is.atomic(value) && length(value) == 1 && !is.na(value)) property$default <- jsonlite::unbox(value)
      properties[[name]] <- property
    }
    if (length(properties) == 0) properties <- structure(list(), names = character())
    manifest <- list(
      name = jsonlite::unbox(entry$name), version = jsonlite::unbox(as.integer(entry$version)),
      argv = c("Rscript", "--vanilla", "{method}/headrace/headrace.R", "serve", paste0("{method}/", basename(script))),
      params = list(type = jsonlite::unbox("object"), properties = properties, required = I(as.character(required)),
                    additionalProperties = jsonlite::unbox("..." %in% names(arguments))),
      resultType = jsonlite::unbox("application/json"),
      warm = if (length(entry$warm)) lapply(entry$warm, jsonlite::unbox) else structure(list(), names = character())
    )
    if (!is.null(entry$description)) manifest$description <- jsonlite::unbox(entry$description)
    for (name in names(entry$members)) {
      value <- entry$members[[name]]
      manifest[[name]] <- if (is.atomic(value) && length(value) == 1) jsonlite::unbox(value) else value
    }
    manifest
  })
  if (length(json) == 0) refuse(basename(script), " defines no method. Call method(\"name\", function(...) ...).")
  cat(jsonlite::toJSON(list(methods = json), digits = NA, null = "null"), "\n", sep = "")
}

serve <- function() {
  entry <- .headrace$methods[[Sys.getenv("HEADRACE_METHOD")]]
  if (is.null(entry)) refuse("The script does not define the method ", Sys.getenv("HEADRACE_METHOD"), ".")
  descriptors <- strsplit(Sys.getenv("HEADRACE_WARM"), ",")[[1]]
  calls <- file(paste0("/dev/fd/", descriptors[1]), "rb", raw = TRUE)
  answers <- file(paste0("/dev/fd/", descriptors[2]), "wb", raw = TRUE)
  .headrace$send <- function(type, content) {
    writeBin(c(u32(1 + length(content)), charToRaw(type), content), answers)
    flush(answers)
  }
  traces <- list() # of the jobs of the next call
  number <- function(frame, at) readBin(frame[at:(at + 3)], "integer", size = 4, endian = "little")
  repeat {
    size <- readBin(calls, "raw", 4)
    if (length(size) < 4) return(invisible())
    frame <- readBin(calls, "raw", number(size, 1))
    type <- rawToChar(frame[1])
    if (type == "h") .headrace$send("r", u32(2)) # version 2 receives traces
    if (type == "s") return(invisible())
    if (type == "t") traces[[as.character(number(frame, 2))]] <- rawToChar(frame[-(1:5)])
    if (type != "c") next
    at <- 6
    for (i in seq_len(number(frame, 2))) {
      sizes <- c(number(frame, at + 16), number(frame, at + 20), number(frame, at + 24))
      .headrace$job <- frame[at:(at + 3)]
      trace <- traces[[as.character(number(frame, at))]]
      if (is.null(trace)) Sys.unsetenv("TRACEPARENT") else Sys.setenv(TRACEPARENT = trace)
      at <- at + 28
      params <- frame[seq_len(sizes[1]) + at - 1]
      body <- frame[seq_len(sizes[3]) + at + sizes[1] + sizes[2] - 1]
      at <- at + sum(sizes)
      run(entry$fun, params, body)
    }
    traces <- list()
  }
}

run <- function(fun, params, body) {
  id <- .headrace$job
  trace <- NULL
  tryCatch(
    withCallingHandlers({
      arguments <- if (length(params)) jsonlite::fromJSON(rawToChar(params)) else list()
      if ("body" %in% names(formals(fun))) arguments$body <- body
      result <- do.call(fun, arguments)
      encoded <- encode(result)
      flush(stdout())
      .headrace$send("o", c(id, u32(nchar(encoded$type)), bytes_of(encoded$type), encoded$bytes))
    }, error = function(fault) trace <<- sys.calls()),
    error = function(fault) {
      message <- conditionMessage(fault)
      type <- class(fault)[1]
      if (type != "rejected") {
        lines <- vapply(trace, function(call) deparse(call, nlines = 1L)[1], "")
        first <- which(startsWith(lines, "do.call(fun"))
        lines <- if (length(first)) lines[-seq_len(first[1] + 1)] else lines
        lines <- lines[!grepl("^(\\.handleSimpleError|h\\(simpleError)", lines)]
        .headrace$send("l", c(id, bytes_of(paste(c(paste("Error:", message), lines), collapse = "\n  "))))
      }
      .headrace$send("f", c(id, as.raw(if (type == "rejected") 2 else if (type == "invalidResult") 1 else 0),
                            u32(nchar(type)), bytes_of(type), bytes_of(message)))
    }
  )
}

# Text and raw vectors are results as they are, everything else is JSON.
encode <- function(result) {
  if (is.raw(result)) return(list(type = "application/octet-stream", bytes = result))
  if (is.character(result) && length(result) == 1 && is.null(names(result)))
    return(list(type = "text/plain", bytes = bytes_of(result)))
  if (any(unlist(rapply(list(result), function(x) any(is.nan(x) | is.infinite(x)), classes = "numeric"))))
    stop(structure(class = c("invalidResult", "error", "condition"), list(
      message = "The result contains NaN or Inf, which JSON cannot represent. Return NULL or a string instead.",
      call = NULL)))
  json <- jsonlite::toJSON(result, auto_unbox = TRUE, digits = NA, null = "null", na = "null")
  list(type = "", bytes = bytes_of(as.character(json)))
}

refuse <- function(...) {
  message(...)
  quit(status = 1)
}

.headrace$arguments <- commandArgs(trailingOnly = TRUE)
if (length(.headrace$arguments) != 2) refuse("usage: headrace.R describe|serve SCRIPT.R")
if (!requireNamespace("jsonlite", quietly = TRUE))
  refuse("The R package jsonlite is not installed. Run: apt-get install r-cran-jsonlite")
source(.headrace$arguments[2], chdir = TRUE)
if (.headrace$arguments[1] == "describe") describe(.headrace$arguments[2]) else serve()
