test_that("stays that overlap count once", {
  present <- presence(hour(
    stay("Ana", "09:00", "09:20"), stay("Ana", "09:10", "09:30"),
    stay("Ana", "09:12", "09:15"), stay("Ana", "09:40", "09:45")
  ))
  expect_equal(present$minutes, 35)
  expect_equal(present$stays, 4L)
  expect_equal(present$share, 35 / 60)
})

test_that("time outside the session does not count", {
  present <- presence(hour(
    stay("Early", "08:00", "09:15"), stay("Late", "09:50", "11:00"),
    stay("Gone", "08:00", "08:59")
  ))
  expect_equal(present$student, c("early", "late"))
  expect_equal(present$minutes, c(15, 10))
})

test_that("a session without a host lasts from the first to the last", {
  entries <- clean_log(rbind(
    stay("Ana", "09:05", "09:30"), stay("Ben", "09:10", "09:45")
  ))
  expect_equal(session_windows(entries)$minutes, 40)
})

test_that("minutes are those of counting every second", {
  set.seed(7)
  for (round in 1:20) {
    begins <- sample(0:3000, 8, replace = TRUE)
    ends <- begins + sample(1:900, 8, replace = TRUE)
    entries <- stay("Ana", "09:00", "09:00")[rep(1, 8), ]
    entries$joined <- at("09:00") + begins
    entries$left <- at("09:00") + ends
    counted <- unique(unlist(Map(function(a, b) seq(a, b - 1), begins, ends)))
    expected <- sum(counted < 3600) / 60
    expect_equal(presence(hour(entries))$minutes, expected)
  }
})
