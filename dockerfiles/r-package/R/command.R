usage <- "Usage: attendance [--json] [--cache] [--present-from PART] [--below PART] FILE

Summarises the log of an online classroom (CSV) in one line.

  --json               everything, as JSON
  --cache              keep the clean log, and take it from there next time
  --present-from PART  share of a session that counts as attended (0.75)
  --below PART         part of all sessions below which one is at risk (0.6)
"

#' The command line
#'
#' @param args Arguments, as [commandArgs()] gives them.
#' @return The exit code: 0 done, 1 the file cannot be used, 2 wrong usage.
#' @export
run_command <- function(args = commandArgs(trailingOnly = TRUE)) {
  options <- tryCatch(parse_arguments(args), error = identity)
  if (inherits(options, "error")) {
    message("attendance: ", conditionMessage(options), " (see --help)")
    return(2L)
  }
  if (options$help) {
    cat(usage)
    return(0L)
  }
  tryCatch(print_report(options), error = function(error) {
    message("attendance: ", conditionMessage(error))
    1L
  })
}

print_report <- function(options) {
  read <- if (options$cache) cached_log else function(path) clean_log(read_log(path))
  entries <- read(options$file)
  if (nrow(entries) == 0) stop(options$file, ": no entry can be used", call. = FALSE)
  result <- report(entries, options$present_from, options$below)
  text <- if (options$json) report_json(result) else format(result)
  cat(text, "\n", sep = "")
  0L
}

parse_arguments <- function(args) {
  options <- list(
    json = FALSE, cache = FALSE, help = FALSE,
    present_from = 0.75, below = 0.6, file = NULL
  )
  while (length(args) > 0) {
    word <- args[[1]]
    args <- args[-1]
    if (word %in% c("--json", "--cache", "--help")) {
      options[[sub("--", "", word)]] <- TRUE
    } else if (word %in% c("--present-from", "--below")) {
      options[[chartr("-", "_", sub("--", "", word))]] <- as_part(word, args)
      args <- args[-1]
    } else if (startsWith(word, "-") || !is.null(options$file)) {
      stop("unexpected argument: ", word, call. = FALSE)
    } else {
      options$file <- word
    }
  }
  if (is.null(options$file) && !options$help) stop("no file", call. = FALSE)
  options
}

as_part <- function(option, args) {
  part <- if (length(args) > 0) suppressWarnings(as.numeric(args[[1]])) else NA
  if (is.na(part) || part < 0 || part > 1) {
    stop(option, " takes a number from 0 to 1", call. = FALSE)
  }
  part
}
