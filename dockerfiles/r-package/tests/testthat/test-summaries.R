# Ana: all of s1, half of s2. Ben: a quarter of s1, not in s2. s3: nobody.
course <- function() {
  dplyr::bind_rows(
    hour(stay("Ana", "09:00", "10:00"), stay("Ben", "09:00", "09:15")),
    hour(stay("Ana", "09:00", "09:30", session = "s2"), session = "s2"),
    hour(session = "s3")
  )
}

test_that("students are summarised over all sessions, the lowest first", {
  entries <- course()
  students <- summarise_students(presence(entries), session_windows(entries))
  expect_equal(students$student, c("ben", "ana"))
  expect_equal(students$sessions, c(0L, 1L))
  expect_equal(students$attended, c(0, 1 / 3))
  expect_equal(students$minutes, c(15, 90))
  expect_equal(students$rate, c(15 / 180, 90 / 180))
})

test_that("sessions count those who did not come", {
  entries <- course()
  sessions <- summarise_sessions(presence(entries), session_windows(entries), 0.5)
  expect_equal(sessions$session, c("s1", "s2", "s3"))
  expect_equal(sessions$present, c(1L, 1L, 0L))
  expect_equal(sessions$rate, c(1.25 / 2, 0.5 / 2, 0))
})

test_that("students at risk are those below the part that was asked for", {
  entries <- course()
  students <- summarise_students(presence(entries), session_windows(entries))
  expect_equal(at_risk(students, 1 / 3)$student, "ben")
  expect_equal(at_risk(students, 0.4)$student, c("ben", "ana"))
})

test_that("a report is one line, and JSON", {
  made <- report(course())
  expect_equal(
    format(made),
    "2 students, 3 sessions, 29.2 % of the time attended, 2 below 60 %"
  )
  read <- jsonlite::fromJSON(report_json(made))
  expect_equal(read$students$minutes, c(15, 90))
  expect_equal(read$sessions$begins[1], "2025-03-03T09:00:00")
  expect_equal(nrow(read$at_risk), 2)
})
