# A log of one session, 09:00 to 10:00 by the host, and these participants.
# at("09:10") is that time of the day.
at <- function(clock) as.POSIXct(paste("2025-03-03", clock), tz = "UTC")

stay <- function(name, joined, left, email = "", session = "s1",
                 role = "participant") {
  tibble::tibble(session, role, name, email, joined = at(joined), left = at(left))
}

hour <- function(..., session = "s1") {
  host <- stay("Host", "09:00", "10:00", session = session, role = "host")
  clean_log(dplyr::bind_rows(host, ...))
}
