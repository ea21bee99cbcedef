//! API versions: which one to speak, and how every request says so.

use std::fmt;
use std::str::FromStr;

use bollard::models::SystemVersion;
use bollard::{API_DEFAULT_VERSION, BollardRequest};
use hyper::Uri;

use super::{EngineVersion, MIN_API};
use crate::endpoint::Endpoint;
use crate::error::EngineError;

/// A version of the engine API; they compare as numbers (1.9 < 1.41).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiVersion {
    /// Before the point.
    pub major: u32,
    /// After the point.
    pub minor: u32,
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for ApiVersion {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
        Ok(Self { major: major.parse()?, minor: minor.parse()? })
    }
}

/// The newest version that both sides have, or why there is none.
pub(super) fn agree(
    endpoint: &Endpoint,
    said: SystemVersion,
) -> Result<EngineVersion, EngineError> {
    let url = endpoint.to_string();
    let read = |text: Option<&String>| text.and_then(|text| text.parse::<ApiVersion>().ok());
    let Some(api) = read(said.api_version.as_ref()) else {
        let reason = "it answers, but names no API version".to_owned();
        return Err(EngineError::NotAnEngine { url, reason });
    };
    let min_api = read(said.min_api_version.as_ref()).unwrap_or(MIN_API.min(api));
    let version = said.version.unwrap_or_default();
    let newest = newest_spoken();
    if api < MIN_API {
        let (api, needed) = (api.to_string(), MIN_API.to_string());
        return Err(EngineError::TooOld { url, version, api, needed });
    }
    if min_api > newest {
        let (api, spoken) = (min_api.to_string(), newest.to_string());
        return Err(EngineError::TooNew { url, version, api, spoken });
    }
    let architecture = said.arch.unwrap_or_default();
    Ok(EngineVersion { version, api, min_api, spoken: api.min(newest), architecture })
}

/// The newest version that the API client's types are made for.
fn newest_spoken() -> ApiVersion {
    let part = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    ApiVersion {
        major: part(API_DEFAULT_VERSION.major_version),
        minor: part(API_DEFAULT_VERSION.minor_version),
    }
}

/// Puts `/v1.xx` before the request's path.
///
/// bollard agrees on a version and then leaves it out of the path, so that a newer engine would
/// answer in shapes that its types do not know.
pub(super) fn pin(mut request: BollardRequest, version: ApiVersion) -> BollardRequest {
    if let Some(uri) = pinned(request.uri(), version) {
        *request.uri_mut() = uri;
    }
    request
}

fn pinned(uri: &Uri, version: ApiVersion) -> Option<Uri> {
    let mut parts = uri.clone().into_parts();
    let path = format!("/v{version}{}", parts.path_and_query?);
    parts.path_and_query = Some(path.parse().ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::{Environment, Selection, resolve};
    use crate::error::ErrorKind;

    fn said(version: &str, api: &str, min: &str) -> SystemVersion {
        SystemVersion {
            version: Some(version.into()),
            api_version: Some(api.into()),
            min_api_version: Some(min.into()),
            ..SystemVersion::default()
        }
    }

    fn endpoint() -> Endpoint {
        resolve(&Selection::default(), &Environment::default()).unwrap()
    }

    #[test]
    fn the_newest_version_of_both_sides_is_spoken() {
        let spoken = |api, min| agree(&endpoint(), said("x", api, min)).unwrap().spoken.to_string();
        assert_eq!(spoken("1.41", "1.12"), "1.41");
        assert_eq!(spoken("1.51", "1.24"), "1.51");
        assert_eq!(spoken("1.99", "1.44"), newest_spoken().to_string());
    }

    #[test]
    fn an_engine_before_20_10_is_too_old() {
        let error = agree(&endpoint(), said("19.03.15", "1.40", "1.12")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "engine 19.03.15 at unix:///var/run/docker.sock is too old: it has API 1.40, dp needs \
             1.41 (Docker 20.10 or newer)"
        );
        assert_eq!(error.kind(), ErrorKind::Unreachable);
    }

    #[test]
    fn versions_compare_as_numbers_and_not_as_text() {
        let error = agree(&endpoint(), said("1.11", "1.9", "1.0")).unwrap_err();
        assert!(matches!(error, EngineError::TooOld { .. }), "{error}");
    }

    #[test]
    fn an_engine_without_any_version_in_common_is_too_new() {
        let error = agree(&endpoint(), said("99.0", "3.1", "2.0")).unwrap_err();
        assert!(matches!(error, EngineError::TooNew { .. }), "{error}");
    }

    #[test]
    fn the_version_comes_before_the_path_and_the_query_stays() {
        let version = ApiVersion { major: 1, minor: 41 };
        let uri: Uri = "unix://2f72/images/json?all=true&x=%2F".parse().unwrap();
        let pinned = pinned(&uri, version).unwrap();
        assert_eq!(pinned.to_string(), "unix://2f72/v1.41/images/json?all=true&x=%2F");
    }
}
