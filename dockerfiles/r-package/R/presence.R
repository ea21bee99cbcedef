#' When each session took place
#'
#' A session lasts as long as its host is there; one without a host from the
#' first who came to the last who left.
#'
#' @param entries A clean log, as [clean_log()] gives it.
#' @return A tibble with `session`, `begins`, `ends` and `minutes`.
#' @export
session_windows <- function(entries) {
  entries |>
    group_by(session) |>
    filter(role == "host" | !any(role == "host")) |>
    summarise(begins = min(joined), ends = max(left), .groups = "drop") |>
    mutate(minutes = as.numeric(difftime(ends, begins, units = "mins")))
}

#' How long each student was present in each session
#'
#' Stays that overlap (two devices, a reconnection) count once, and time outside
#' the session not at all.
#'
#' @inheritParams session_windows
#' @return A tibble with `session`, `student`, `minutes`, the number of `stays`,
#'   and `share`, the part of the session from 0 to 1.
#' @export
presence <- function(entries) {
  windows <- session_windows(entries)
  within <- entries |>
    filter(role == "participant") |>
    inner_join(windows, by = "session") |>
    mutate(joined = pmax(joined, begins), left = pmin(left, ends)) |>
    filter(left > joined)
  covered_minutes(within) |>
    left_join(select(windows, session, whole = minutes), by = "session") |>
    mutate(share = minutes / whole, whole = NULL)
}

# The length of the union of each student's stays in each session: in order of
# arrival, a stay adds what lies after all that was covered before it.
covered_minutes <- function(within) {
  entries <- as.data.table(within)
  setorder(entries, session, student, joined)
  entries[, seconds := as.numeric(left)]
  entries[, covered := shift(cummax(seconds), fill = -Inf),
    by = c("session", "student")
  ]
  entries[, seconds := pmax(0, seconds - pmax(covered, as.numeric(joined)))]
  as_tibble(entries[, list(minutes = sum(seconds) / 60, stays = length(seconds)),
    by = c("session", "student")
  ])
}
