//! The groups of a process: `/proc/PID/cgroup` (cgroups(7)).

/// The groups that a process is in, one for each hierarchy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Membership {
    /// Version 2: the line of hierarchy 0.
    pub(crate) unified: Option<String>,
    /// Version 1: controllers and path of each hierarchy.
    legacy: Vec<(Vec<String>, String)>,
}

impl Membership {
    /// `HIERARCHY:CONTROLLERS:PATH` lines. A path may contain colons.
    pub(crate) fn parse(text: &str) -> Self {
        let mut membership = Self::default();
        for line in text.lines() {
            let mut fields = line.splitn(3, ':');
            let (Some(hierarchy), Some(controllers), Some(path)) =
                (fields.next(), fields.next(), fields.next())
            else {
                continue;
            };
            if hierarchy == "0" && controllers.is_empty() {
                membership.unified = Some(path.to_owned());
            } else {
                let controllers = controllers.split(',').map(str::to_owned).collect();
                membership.legacy.push((controllers, path.to_owned()));
            }
        }
        membership
    }

    /// The group in the version 1 hierarchy of a controller.
    pub(crate) fn controller(&self, name: &str) -> Option<&str> {
        let has = |controllers: &[String]| controllers.iter().any(|one| one == name);
        self.legacy.iter().find(|(controllers, _)| has(controllers)).map(|(_, path)| path.as_str())
    }
}

/// The group of a container, given that of one of its processes: the part of
/// the path up to the folder whose name holds the container's id (`docker/ID`,
/// `docker-ID.scope`). A container may make groups below its own (an init
/// system does). None if no part holds the id, or if the path leads out of what
/// our own namespace shows.
pub(crate) fn container_part<'a>(path: &'a str, container: &str) -> Option<&'a str> {
    if container.is_empty() || path.split('/').any(|part| part == "..") {
        return None;
    }
    let begin = path.find(container)?;
    let length = path[begin..].find('/').unwrap_or(path.len() - begin);
    Some(&path[..begin + length])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_controller_has_its_own_path() {
        let membership = Membership::parse(
            "9:name=systemd:/a\n4:memory:/docker/x\n3:cpu,cpuacct:/docker/y:z\n0::/docker/u\n",
        );
        assert_eq!(membership.controller("memory"), Some("/docker/x"));
        assert_eq!(membership.controller("cpuacct"), Some("/docker/y:z"));
        assert_eq!(membership.controller("cpu"), membership.controller("cpuacct"));
        assert_eq!(membership.controller("pids"), None);
        assert_eq!(membership.unified.as_deref(), Some("/docker/u"));
        assert_eq!(Membership::parse("0::/\n").unified.as_deref(), Some("/"));
    }

    #[test]
    fn a_container_with_an_init_system_is_seen_whole() {
        for (path, group) in [
            ("/docker/0123ab", Some("/docker/0123ab")),
            ("/docker/0123ab/init.scope", Some("/docker/0123ab")),
            ("/system.slice/docker-0123ab.scope", Some("/system.slice/docker-0123ab.scope")),
            ("/system.slice/docker-0123ab.scope/init", Some("/system.slice/docker-0123ab.scope")),
            ("/dp-1/0123ab", Some("/dp-1/0123ab")),
            ("/", None),
            ("/docker/4567cd", None),
            ("/../../docker/0123ab", None),
        ] {
            assert_eq!(container_part(path, "0123ab"), group, "{path}");
        }
        assert_eq!(container_part("/docker/0123ab", ""), None);
    }
}
