# Makes inst/extdata/sessions.csv: a course of 12 sessions of 90 minutes with 24
# students, with what real logs have: reconnections, two devices at once, early
# and late ones, missing addresses, spellings, impossible rows.
set.seed(20250303)
given <- c("Ana", "Bilal", "Chloé", "Dmitri", "Elif", "Farid", "Grace", "Hana",
  "Ivo", "Jonas", "Kaito", "Lena", "Mateo", "Nia", "Olga", "Paulo", "Quinn",
  "Rosa", "Sami", "Tomás", "Uma", "Vera", "Wei", "Yusuf")
family <- rep(c("Arslan", "Berger", "Costa", "Dietz", "Eriksen", "Fontaine"), 4)
people <- data.frame(
  name = paste(given, family),
  email = paste0(iconv(tolower(given), to = "ASCII//TRANSLIT"), "@school.example"),
  diligence = rbeta(24, 6, 2)
)
stamp <- function(time) format(time, "%Y-%m-%d %H:%M:%S", tz = "UTC")
entry <- function(session, role, name, email, joined, left) {
  data.frame(session, role, name, email, joined = stamp(joined), left = stamp(left))
}

one_stay <- function(session, person, begins) {
  joined <- begins + round(rnorm(1, 60, 240))
  left <- begins + 5400 + round(rnorm(1, 30, 200))
  if (runif(1) > person$diligence) left <- joined + round(runif(1, 300, 4500))
  name <- if (runif(1) < 0.1) paste0(" ", toupper(person$name)) else person$name
  email <- if (runif(1) < 0.15) "" else person$email
  whole <- entry(session, "participant", name, email, joined, left)
  if (runif(1) > 0.3) return(whole)
  again <- joined + round(runif(1, 0.2, 0.7) * as.numeric(left - joined, "secs"))
  pause <- round(runif(1, -400, 400))
  rbind(
    entry(session, "participant", name, email, joined, again),
    entry(session, "participant", name, person$email, again + pause, left)
  )
}

one_session <- function(n) {
  begins <- as.POSIXct("2025-03-03 09:00:00", tz = "UTC") + (n - 1) * 7 * 86400
  session <- sprintf("Statistics week %02d", n)
  came <- people[runif(24) < 0.4 + 0.6 * people$diligence, ]
  stays <- lapply(seq_len(nrow(came)), function(i) one_stay(session, came[i, ], begins))
  rbind(
    entry(session, "host", "Prof. Novak", "novak@school.example", begins, begins + 5400),
    do.call(rbind, stays)
  )
}

entries <- do.call(rbind, lapply(1:12, one_session))
damaged <- entries[c(40, 170), ]
damaged[1, c("joined", "left")] <- damaged[1, c("left", "joined")]
damaged[2, "left"] <- "still here"
write.csv(rbind(entries, damaged), "inst/extdata/sessions.csv",
  row.names = FALSE, quote = FALSE, fileEncoding = "UTF-8"
)
