#' Summarise students
#'
#' @param present Presence, as [presence()] gives it.
#' @param windows Sessions, as [session_windows()] gives them.
#' @param present_from From which share of a session a student counts as there.
#' @return A tibble with one row for each student, the lowest rate first:
#'   `sessions` attended, `attended` as a part of all sessions, `minutes`, and
#'   `rate`, the part of all sessions' time.
#' @export
summarise_students <- function(present, windows, present_from = 0.75) {
  present |>
    group_by(student) |>
    summarise(
      sessions = sum(share >= present_from), minutes = sum(minutes),
      .groups = "drop"
    ) |>
    mutate(
      attended = sessions / nrow(windows), rate = minutes / sum(windows$minutes)
    ) |>
    arrange(rate, student)
}

#' Summarise sessions
#'
#' @inheritParams summarise_students
#' @return A tibble with one row for each session, in order of time: `present`,
#'   the number of students who were there, and `rate`, the mean share over all
#'   students of the course, those who did not come included.
#' @export
summarise_sessions <- function(present, windows, present_from = 0.75) {
  students <- n_distinct(present$student)
  counts <- present |>
    group_by(session) |>
    summarise(
      present = sum(share >= present_from), rate = sum(share) / students,
      .groups = "drop"
    )
  windows |>
    left_join(counts, by = "session") |>
    mutate(
      present = dplyr::coalesce(present, 0L), rate = dplyr::coalesce(rate, 0)
    ) |>
    arrange(begins) |>
    select(session, begins, minutes, present, rate)
}

#' Students who attended too little
#'
#' @param students Students, as [summarise_students()] gives them.
#' @param below The part of all sessions below which a student is at risk.
#' @return Those rows of `students`, the fewest sessions first.
#' @export
at_risk <- function(students, below = 0.6) {
  students |>
    filter(attended < below) |>
    arrange(attended, rate, student)
}
