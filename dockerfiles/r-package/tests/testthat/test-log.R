write_lines <- function(...) {
  path <- tempfile(fileext = ".csv")
  writeLines(c(...), path)
  path
}

test_that("a log is read with its times as UTC", {
  entries <- read_log(write_lines(
    "session,role,name,email,joined,left,device",
    "s1,participant,Ana,,2025-03-03 09:00:00,2025-03-03 09:10:30,phone"
  ))
  expect_named(entries, c("session", "role", "name", "email", "joined", "left"))
  expect_equal(as.numeric(entries$left - entries$joined, units = "secs"), 630)
  expect_equal(as.numeric(entries$joined), 1740992400)
})

test_that("a file without a column is refused by that column's name", {
  path <- write_lines("session,role,name,joined", "s1,host,Ana,2025-03-03 09:00:00")
  expect_error(read_log(path), "no column email, left")
  expect_error(read_log("absent.csv"), "no such file: absent.csv")
})

test_that("entries that cannot be are dropped", {
  entries <- hour(
    stay("Ana", "09:10", "09:20"),
    stay("Backwards", "09:20", "09:10"),
    stay("", "09:10", "09:20"),
    stay("Nowhere", "09:10", "09:20", session = " ")
  )
  entries_with_text <- clean_log(read_log(write_lines(
    "session,role,name,email,joined,left",
    "s1,participant,Ana,,2025-03-03 09:00:00,still here"
  )))
  expect_setequal(entries$name, c("Host", "Ana"))
  expect_equal(nrow(entries_with_text), 0)
})

test_that("one person in several spellings is one student", {
  entries <- hour(
    stay("Ana  Costa", "09:00", "09:10", email = "Ana@school.example"),
    stay(" ANA COSTA", "09:20", "09:30"),
    stay("Ana C.", "09:40", "09:50", email = "ana@school.example ")
  )
  expect_setequal(entries$student, c("host", "ana@school.example"))
})

test_that("a name that two people share tells nobody apart", {
  entries <- hour(
    stay("Kim", "09:00", "09:10", email = "kim1@school.example"),
    stay("Kim", "09:00", "09:10", email = "kim2@school.example"),
    stay("Kim", "09:20", "09:30")
  )
  expect_equal(
    entries$student[-1], c("kim1@school.example", "kim2@school.example", "kim")
  )
})
