//! The single calls: create, start, stop, remove, and finding what is left.

use std::collections::HashMap;

use bollard::errors::Error;
use bollard::models::VolumeCreateRequest;
use bollard::query_parameters::{
    CreateContainerOptions, InspectContainerOptions, ListContainersOptions, ListNetworksOptions,
    ListVolumesOptions, RemoveContainerOptions, RemoveVolumeOptions, StopContainerOptions,
};
use futures_util::future::join_all;

use super::facts::ContainerFacts;
use super::options::Request;
use crate::connect::Engine;
use crate::error::EngineError;

impl Engine {
    /// Creates a container.
    ///
    /// # Errors
    /// The engine refuses ([`Refusal`](super::Refusal) says why), or is lost.
    pub async fn create_container(&self, name: &str, request: &Request) -> Result<(), EngineError> {
        if let Some((option, minor)) = request.unknown_to(self.version().api.minor) {
            return Err(EngineError::Refused {
                doing: "creating a container".to_owned(),
                status: 400,
                message: format!(
                    "--{option} needs an engine with API 1.{minor} or newer, and this one has {}",
                    self.version().api
                ),
            });
        }
        let options = CreateContainerOptions {
            name: Some(name.to_owned()),
            platform: request.platform.clone().unwrap_or_default(),
        };
        let image = request.body.image.clone().unwrap_or_default();
        let made = self.docker().create_container(Some(options), request.body.clone()).await;
        match made {
            Ok(_) => Ok(()),
            Err(Error::DockerResponseServerError { status_code: 404, message })
                if message.to_lowercase().contains("no such image") =>
            {
                Err(EngineError::NoSuchImage { reference: image })
            }
            Err(error) => Err(self.failed(&format!("creating a container of {image}"), &error)),
        }
    }

    /// Starts a container.
    ///
    /// # Errors
    /// As [`create_container`](Self::create_container).
    pub async fn start_container(&self, name: &str) -> Result<(), EngineError> {
        let started = self.docker().start_container(name, None).await;
        started.map_err(|error| self.failed(&format!("starting container {name}"), &error))
    }

    /// What the engine knows of a container.
    ///
    /// # Errors
    /// There is none, or the engine is lost.
    pub async fn container(&self, name: &str) -> Result<ContainerFacts, EngineError> {
        let inspected = self.docker().inspect_container(name, None::<InspectContainerOptions>);
        let inspected = inspected.await;
        let failed = |error| self.failed(&format!("inspecting container {name}"), &error);
        inspected.map(ContainerFacts::from).map_err(failed)
    }

    /// Stops a container as `docker stop` does: its stop signal, then SIGKILL
    /// after as many seconds as the container asks for.
    ///
    /// # Errors
    /// There is none, or the engine is lost. One that has stopped is no error.
    pub async fn stop_container(&self, name: &str) -> Result<(), EngineError> {
        let stopped = self.docker().stop_container(name, None::<StopContainerOptions>).await;
        let failed = |error: Error| self.failed(&format!("stopping container {name}"), &error);
        match stopped {
            Err(Error::DockerResponseServerError { status_code: 304, .. }) => Ok(()),
            stopped => stopped.map_err(failed),
        }
    }

    /// Kills a container if it runs, and removes it with its volumes without
    /// names; whether it was there.
    ///
    /// # Errors
    /// The engine refuses or is lost.
    pub async fn remove_container(&self, name: &str) -> Result<bool, EngineError> {
        let options = RemoveContainerOptions { v: true, force: true, link: false };
        match self.docker().remove_container(name, Some(options)).await {
            Ok(()) => Ok(true),
            // 409: it is being removed already.
            Err(Error::DockerResponseServerError { status_code: 404 | 409, .. }) => Ok(false),
            Err(error) => Err(self.failed(&format!("removing container {name}"), &error)),
        }
    }

    /// Creates those of these volumes that are missing, with a label, and returns
    /// their names.
    ///
    /// # Errors
    /// The engine refuses or is lost.
    pub async fn create_missing_volumes(
        &self,
        names: &[String],
        (label, value): (&str, &str),
    ) -> Result<Vec<String>, EngineError> {
        let mut made = Vec::new();
        for name in names {
            match self.docker().inspect_volume(name).await {
                Ok(_) => continue,
                Err(Error::DockerResponseServerError { status_code: 404, .. }) => {}
                Err(error) => return Err(self.failed(&format!("inspecting volume {name}"), &error)),
            }
            let request = VolumeCreateRequest {
                name: Some(name.clone()),
                labels: Some(HashMap::from([(label.to_owned(), value.to_owned())])),
                ..VolumeCreateRequest::default()
            };
            let done = self.docker().create_volume(request).await;
            done.map_err(|error| self.failed(&format!("creating volume {name}"), &error))?;
            made.push(name.clone());
        }
        Ok(made)
    }

    /// The folder of a volume on the engine's machine; none if there is no such volume.
    ///
    /// # Errors
    /// The engine refuses or is lost.
    pub async fn volume_folder(&self, name: &str) -> Result<Option<String>, EngineError> {
        match self.docker().inspect_volume(name).await {
            Ok(volume) => Ok(Some(volume.mountpoint)),
            Err(Error::DockerResponseServerError { status_code: 404, .. }) => Ok(None),
            Err(error) => Err(self.failed(&format!("inspecting volume {name}"), &error)),
        }
    }

    /// Removes a volume; whether it was there.
    ///
    /// # Errors
    /// The engine refuses (it is in use) or is lost.
    pub async fn remove_volume(&self, name: &str) -> Result<bool, EngineError> {
        match self.docker().remove_volume(name, None::<RemoveVolumeOptions>).await {
            Ok(()) => Ok(true),
            Err(Error::DockerResponseServerError { status_code: 404, .. }) => Ok(false),
            Err(error) => Err(self.failed(&format!("removing volume {name}"), &error)),
        }
    }

    /// Removes a network; whether it was there.
    ///
    /// # Errors
    /// The engine refuses (it is in use) or is lost.
    pub async fn remove_network(&self, id: &str) -> Result<bool, EngineError> {
        match self.docker().remove_network(id).await {
            Ok(()) => Ok(true),
            Err(Error::DockerResponseServerError { status_code: 404, .. }) => Ok(false),
            Err(error) => Err(self.failed(&format!("removing network {id}"), &error)),
        }
    }

    /// Removes every container, network and volume that has this label.
    ///
    /// # Errors
    /// The engine refuses or is lost; the first refusal is returned after all was tried.
    pub async fn remove_labelled(&self, label: &str) -> Result<(), EngineError> {
        let filters = HashMap::from([("label".to_owned(), vec![label.to_owned()])]);
        let options = ListContainersOptions {
            all: true,
            filters: Some(filters.clone()),
            ..ListContainersOptions::default()
        };
        let found = self.docker().list_containers(Some(options)).await;
        let found = found.map_err(|error| self.failed("looking for containers", &error))?;
        let ids: Vec<String> = found.into_iter().filter_map(|one| one.id).collect();
        let removed = join_all(ids.iter().map(|id| self.remove_container(id))).await;
        let options = ListNetworksOptions { filters: Some(filters.clone()) };
        let found = self.docker().list_networks(Some(options)).await;
        let found = found.map_err(|error| self.failed("looking for networks", &error))?;
        let networks: Vec<String> = found.into_iter().filter_map(|one| one.id).collect();
        let networks = join_all(networks.iter().map(|id| self.remove_network(id))).await;
        let options = ListVolumesOptions { filters: Some(filters) };
        let found = self.docker().list_volumes(Some(options)).await;
        let found = found.map_err(|error| self.failed("looking for volumes", &error))?;
        let volumes = found.volumes.unwrap_or_default();
        let volumes = join_all(volumes.iter().map(|one| self.remove_volume(&one.name))).await;
        let all = removed.into_iter().chain(networks).chain(volumes);
        all.collect::<Result<Vec<bool>, EngineError>>().map(drop)
    }
}
