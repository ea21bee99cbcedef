//! Asking the engine for its records.

use std::time::{Duration, Instant};

use bollard::{BollardRequest, Docker};
use hyper::Uri;

use super::record::{CacheRecord, read};
use super::snapshot::BuildCache;
use dp_engine::EngineError;

const DOING: &str = "listing the build cache";

/// An engine before Docker 23 counts disk usage for one client at a time, and refuses the others.
const BUSY: &str = "disk usage operation is already running";
/// How long such a refusal is waited out. Counting large volumes takes long.
const BUSY_LIMIT: Duration = Duration::from_mins(2);
/// An engine with the containerd image store refuses to count when a record goes meanwhile
/// (`NotFound: snapshot y35uhugpxc27-view does not exist: not found`), as after a build was stopped.
const GONE: [&str; 2] = ["snapshot ", " does not exist"];
/// How long such refusals are waited out.
const GONE_LIMIT: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(100);

/// How long a refusal in these words is waited out; none that is final.
fn patience(message: &str) -> Duration {
    if message.contains(BUSY) {
        BUSY_LIMIT
    } else if GONE.iter().all(|words| message.contains(words)) {
        GONE_LIMIT
    } else {
        Duration::ZERO
    }
}

impl BuildCache<'_> {
    /// All records of the build cache, sorted by id.
    ///
    /// Docker 20.10 counts the bytes of all images and volumes meanwhile: it may take seconds.
    ///
    /// # Errors
    /// The connection is lost, or the engine refuses or garbles its answer.
    pub async fn records(&self) -> Result<Vec<CacheRecord>, EngineError> {
        let began = Instant::now();
        loop {
            match self.disk_usage().await {
                Err(EngineError::Refused { message, .. })
                    if began.elapsed() < patience(&message) =>
                {
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) => return Err(error),
                Ok(answer) => {
                    return read(&answer, self.store).map_err(|error| EngineError::BadAnswer {
                        doing: DOING.into(),
                        reason: error.to_string(),
                    });
                }
            }
        }
    }

    /// The answer as text: the client's own types know only the shape of API 1.52.
    async fn disk_usage(&self) -> Result<String, EngineError> {
        let path =
            format!("/v{}/system/df?type=build-cache&verbose=true", self.engine.version().spoken);
        let answer = asking(self.engine.docker(), path).ping().await;
        answer.map_err(|error| self.engine.failed(DOING, &error))
    }
}

/// A client whose requests all go to `path`. A ping is a GET whose answer is text.
fn asking(docker: &Docker, path: String) -> Docker {
    let to_path = move |mut request: BollardRequest| {
        if let Some(uri) = at_path(request.uri(), &path) {
            *request.uri_mut() = uri;
        }
        request
    };
    docker.clone().with_request_modifier(to_path)
}

fn at_path(uri: &Uri, path: &str) -> Option<Uri> {
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path.parse().ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_replaced_and_the_address_stays() {
        let uri: Uri = "unix://2f72/_ping".parse().unwrap();
        let moved = at_path(&uri, "/v1.41/system/df?type=build-cache").unwrap();
        assert_eq!(moved.to_string(), "unix://2f72/v1.41/system/df?type=build-cache");
    }
}
