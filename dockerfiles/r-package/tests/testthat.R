library(testthat)
library(attendance)

test_check("attendance")
