#' @keywords internal
#' @importFrom data.table := as.data.table fread setorder shift
#' @importFrom dplyr arrange case_when filter group_by inner_join left_join
#' @importFrom dplyr mutate n_distinct select summarise
#' @importFrom jsonlite toJSON
#' @importFrom tibble as_tibble
#' @importFrom tools R_user_dir md5sum
"_PACKAGE"

# Columns, which the check would take for variables without a binding.
utils::globalVariables(c(
  "attended", "begins", "covered", "email", "ends", "joined", "left",
  "minutes", "name", "present", "rate", "role", "seconds", "session", "share",
  "stays", "student", "whole"
))
