example_log <- function() {
  system.file("extdata", "sessions.csv", package = "attendance", mustWork = TRUE)
}

# Counted from the file second by second, by a program that shares nothing with
# this package.
example_line <- "24 students, 12 sessions, 68.4 % of the time attended, 10 below 60 %"

test_that("the example's line is what another program counted", {
  expect_output(code <- run_command(example_log()), example_line, fixed = TRUE)
  expect_equal(code, 0L)
})

test_that("the cache answers the second time with the same", {
  folder <- tempfile("cache")
  Sys.setenv(R_USER_CACHE_DIR = folder)
  on.exit(Sys.unsetenv("R_USER_CACHE_DIR"))
  first <- cached_log(example_log())
  expect_message(second <- cached_log(example_log()), "from the cache")
  expect_equal(second, first)
  expect_length(list.files(folder, recursive = TRUE), 1)
})

test_that("what cannot be used ends with 1, wrong usage with 2", {
  empty <- tempfile()
  writeLines("session,role,name,email,joined,left", empty)
  expect_message(code <- run_command(empty), "no entry can be used")
  expect_equal(code, 1L)
  expect_message(code <- run_command("absent.csv"), "no such file")
  expect_equal(code, 1L)
  expect_message(code <- run_command(c("--below", "2", "f")), "from 0 to 1")
  expect_equal(code, 2L)
  for (args in list(character(), "--what", c("a", "b"), "--below")) {
    expect_message(code <- run_command(args), "--help")
    expect_equal(code, 2L)
  }
  expect_output(expect_equal(run_command("--help"), 0L), "Usage:")
})
