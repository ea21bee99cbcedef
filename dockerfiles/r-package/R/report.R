#' All that a course's log tells
#'
#' @param entries A clean log, as [clean_log()] gives it.
#' @param below See [at_risk()].
#' @inheritParams summarise_students
#' @return A list of the tibbles `sessions`, `students` and `at_risk`, and of
#'   `below`, with the class `attendance_report`.
#' @export
report <- function(entries, present_from = 0.75, below = 0.6) {
  windows <- session_windows(entries)
  present <- presence(entries)
  students <- summarise_students(present, windows, present_from)
  structure(
    list(
      sessions = summarise_sessions(present, windows, present_from),
      students = students,
      at_risk = at_risk(students, below),
      below = below
    ),
    class = "attendance_report"
  )
}

#' A report in one line, or as JSON
#'
#' @param x A report, as [report()] gives it.
#' @param ... Not used.
#' @return Text.
#' @export
format.attendance_report <- function(x, ...) {
  time <- sum(x$sessions$minutes) * nrow(x$students)
  sprintf(
    "%d students, %d sessions, %.1f %% of the time attended, %d below %g %%",
    nrow(x$students), nrow(x$sessions), 100 * sum(x$students$minutes) / time,
    nrow(x$at_risk), 100 * x$below
  )
}

#' @rdname format.attendance_report
#' @export
report_json <- function(x) {
  toJSON(
    unclass(x),
    dataframe = "rows", auto_unbox = TRUE, digits = 6, POSIXt = "ISO8601"
  )
}
