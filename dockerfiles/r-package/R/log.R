log_columns <- c("session", "role", "name", "email", "joined", "left")

#' Read the log of an online classroom
#'
#' @param path A CSV file with the columns `session`, `role` (`host` or
#'   `participant`), `name`, `email`, `joined` and `left`. Times are written as
#'   `2025-03-03 09:00:00` and taken as UTC; what is no time becomes `NA`.
#' @return A tibble with one row for each stay of a person in a session.
#' @export
read_log <- function(path) {
  if (!file.exists(path)) stop("no such file: ", path, call. = FALSE)
  entries <- suppressWarnings(
    fread(
      path,
      colClasses = "character", na.strings = NULL, encoding = "UTF-8",
      data.table = FALSE
    )
  )
  absent <- setdiff(log_columns, names(entries))
  if (length(absent) > 0) {
    stop(path, ": no column ", toString(absent), call. = FALSE)
  }
  as_tibble(entries) |>
    select(dplyr::all_of(log_columns)) |>
    mutate(joined = as_time(joined), left = as_time(left))
}

#' Clean a log
#'
#' Drops entries that cannot be (no name, no session, left before joined), puts
#' names and addresses into one spelling, and tells who is who: a person is the
#' address if there is one, else the only address that ever came with that name,
#' else the name.
#'
#' @param entries A log, as [read_log()] gives it.
#' @return The tibble with the column `student` added.
#' @export
clean_log <- function(entries) {
  entries |>
    mutate(
      session = squish(session), role = tolower(squish(role)),
      name = squish(name), email = tolower(squish(email))
    ) |>
    filter(
      session != "", name != "" | email != "",
      !is.na(joined), !is.na(left), left > joined
    ) |>
    mutate(student = identify_people(name, email))
}

identify_people <- function(name, email) {
  name <- tolower(name)
  known <- unique(data.frame(name, email)[name != "" & email != "", ])
  known <- known[!known$name %in% known$name[duplicated(known$name)], ]
  by_name <- known$email[match(name, known$name)]
  case_when(email != "" ~ email, !is.na(by_name) ~ by_name, TRUE ~ name)
}

as_time <- function(text) {
  as.POSIXct(text, format = "%Y-%m-%d %H:%M:%S", tz = "UTC")
}

squish <- function(text) gsub("\\s+", " ", trimws(text))
