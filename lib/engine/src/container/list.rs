//! The running containers of a compose project, by the labels that compose gives.

use std::collections::HashMap;

use bollard::models::ContainerSummary;
use bollard::query_parameters::ListContainersOptions;

use crate::connect::Engine;
use crate::error::EngineError;

const PROJECT: &str = "com.docker.compose.project";
const SERVICE: &str = "com.docker.compose.service";
const NUMBER: &str = "com.docker.compose.container-number";
/// `True` on a container of `docker compose run`.
const ONE_OFF: &str = "com.docker.compose.oneoff";

/// A container of a compose project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComposeContainer {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// The service that it belongs to.
    pub service: String,
    /// Which of its service's containers it is, from 1 on.
    pub number: Option<u32>,
    /// Id of its image.
    pub image: String,
    /// Its image as the engine names it now: the id if the name has gone to
    /// another image.
    pub image_reference: String,
}

impl Engine {
    /// The running containers of the services of a compose project, by service
    /// and number; empty if there is no such project. Those of `docker compose
    /// run` are no service's.
    ///
    /// # Errors
    /// The engine refuses or is lost.
    pub async fn compose_containers(
        &self,
        project: &str,
    ) -> Result<Vec<ComposeContainer>, EngineError> {
        let label = format!("{PROJECT}={project}");
        let filters = HashMap::from([("label".to_owned(), vec![label])]);
        let options =
            ListContainersOptions { filters: Some(filters), ..ListContainersOptions::default() };
        let found = self.docker().list_containers(Some(options)).await;
        let doing = format!("looking for containers of project {project}");
        let found = found.map_err(|error| self.failed(&doing, &error))?;
        Ok(of_services(found))
    }
}

fn of_services(found: Vec<ContainerSummary>) -> Vec<ComposeContainer> {
    let mut all: Vec<ComposeContainer> = found.into_iter().filter_map(of_service).collect();
    all.sort_by(|a, b| {
        let order = |one: &ComposeContainer| (one.service.clone(), one.number, one.name.clone());
        order(a).cmp(&order(b))
    });
    all
}

fn of_service(found: ContainerSummary) -> Option<ComposeContainer> {
    let mut labels = found.labels.unwrap_or_default();
    if labels.get(ONE_OFF).is_some_and(|text| text.eq_ignore_ascii_case("true")) {
        return None;
    }
    // A container that others link to has more names, with a slash within.
    let mut names = found.names.into_iter().flatten();
    let name = names.find_map(|name| {
        let name = name.trim_start_matches('/');
        (!name.contains('/')).then(|| name.to_owned())
    });
    Some(ComposeContainer {
        id: found.id?,
        name: name?,
        service: labels.remove(SERVICE)?,
        number: labels.get(NUMBER).and_then(|number| number.parse().ok()),
        image: found.image_id.unwrap_or_default(),
        image_reference: found.image.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(names: &str, service: &str, more: &str) -> ContainerSummary {
        let text = format!(
            r#"{{"Id":"i","Names":[{names}],"Image":"app","ImageID":"sha256:aa",
                "Labels":{{"{SERVICE}":"{service}"{more}}}}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn containers_come_by_service_and_number() {
        let number = |number: u32| format!(r#","{NUMBER}":"{number}""#);
        let all = of_services(vec![
            found(r#""/p-web-10""#, "web", &number(10)),
            found(r#""/p-web-9""#, "web", &number(9)),
            found(r#""/p-db-1""#, "db", &number(1)),
        ]);
        let names: Vec<_> = all.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["p-db-1", "p-web-9", "p-web-10"]);
        assert_eq!((all[2].service.as_str(), all[2].number), ("web", Some(10)));
        assert_eq!((all[0].image.as_str(), all[0].image_reference.as_str()), ("sha256:aa", "app"));
    }

    #[test]
    fn names_that_links_gave_are_not_a_containers_own() {
        let all = of_services(vec![found(r#""/web/db","/p-db-1""#, "db", "")]);
        assert_eq!((all[0].name.as_str(), all[0].number), ("p-db-1", None));
    }

    #[test]
    fn one_off_containers_are_left_out() {
        let one_off = found(r#""/p-db-run-1""#, "db", &format!(r#","{ONE_OFF}":"True""#));
        let service = found(r#""/p-db-1""#, "db", &format!(r#","{ONE_OFF}":"False""#));
        assert_eq!(of_services(vec![one_off, service]).len(), 1);
    }
}
