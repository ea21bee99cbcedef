#' Read and clean a log, or take it from the cache
#'
#' A clean log is kept in the user's cache folder (`R_USER_CACHE_DIR`) under the
#' check sum of the file, and of this package's version.
#'
#' @inheritParams read_log
#' @return A clean log, as [clean_log()] gives it.
#' @export
cached_log <- function(path) {
  if (!file.exists(path)) stop("no such file: ", path, call. = FALSE)
  folder <- R_user_dir("attendance", "cache")
  version <- utils::packageVersion("attendance")
  kept <- file.path(folder, paste0(md5sum(path), "-", version, ".rds"))
  if (file.exists(kept)) {
    message("from the cache: ", basename(path))
    return(readRDS(kept))
  }
  entries <- clean_log(read_log(path))
  dir.create(folder, recursive = TRUE, showWarnings = FALSE)
  # Another process must never read half a file.
  part <- tempfile("part", folder)
  saveRDS(entries, part)
  file.rename(part, kept)
  entries
}
