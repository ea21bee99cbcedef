//! Which images stay, and under which names.

use dp_testkit::Snapshot;

use crate::project::Project;

/// A project whose image has a layer of its own, new with every call of
/// [`change`].
fn project() -> Project {
    let project = Project::new("images", "FROM dp-base/busybox\nCOPY data /UNIQUE/\n");
    project.write("data", "UNIQUE");
    project
}

fn change(project: &Project, what: &str) {
    project.write("data", &format!("UNIQUE {what}"));
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_image_stays_under_its_slug_and_is_listed_and_run_tags_are_gone() {
    let project = project();
    let before = Snapshot::take(&project.docker);
    let ran = project.dp_build(&["--warm", "-r", "3", "UNIQUE=."]).run().expect(0);
    assert_eq!(project.image_names(), [project.image()]);
    let listed: Vec<_> = ran.stderr.lines().filter(|line| line.contains(": image ")).collect();
    assert_eq!(listed, [format!("dp-build: image {}", project.image())]);
    let added = Snapshot::take(&project.docker).images;
    assert_eq!(added.difference(&before.images).count(), 1);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_later_batch_replaces_the_image_without_leaving_it_nameless() {
    let project = project();
    let first = project.measure(&["UNIQUE=."]);
    let before = Snapshot::take(&project.docker);
    change(&project, "more");
    let second = project.measure(&["UNIQUE=."]);
    let id = |records: &[dp_record::Record]| records[0].subject.as_ref().unwrap().image.clone();
    assert_ne!(id(&first), id(&second));
    assert_eq!(project.image_id(&project.image()), id(&second));
    let after = Snapshot::take(&project.docker);
    // The new one instead of the old one.
    assert_eq!(after.images.len(), before.images.len());
    let gone = id(&first).unwrap();
    assert!(!after.images.iter().any(|image| image.contains(&gone)), "{gone} is still there");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn runs_of_different_results_leave_only_the_last_one() {
    let project = Project::new(
        "images",
        // It makes another image each time, because its step is never cached.
        "FROM dp-base/busybox\nARG N\nRUN cat /proc/uptime > /UNIQUE; sleep 0.1\n",
    );
    let before = Snapshot::take(&project.docker);
    let records = project.measure(&["--cold", "-r", "2", "UNIQUE=."]);
    let ids: Vec<_> = records.iter().map(|one| one.subject.clone().unwrap().image).collect();
    assert_ne!(ids[0], ids[1]);
    assert_eq!(project.image_id(&project.image()), ids[1]);
    let added = Snapshot::take(&project.docker).images;
    assert_eq!(added.difference(&before.images).count(), 1);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_users_tag_is_the_only_name() {
    let project = project();
    let record = &project.measure(&["-t", "UNIQUE/app:v1", "."])[0];
    let name = format!("{}/app:v1", project.name);
    assert_eq!(project.image_names(), [name.as_str()]);
    assert_eq!(record.subject.as_ref().unwrap().reference, Some(name.clone()));
    assert_eq!(project.image_id(&name), record.subject.as_ref().unwrap().image);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn an_image_that_loses_the_users_tag_is_the_users_and_stays() {
    let project = project();
    let _ = project.measure(&["-t", "UNIQUE:mine", "."]);
    let mine = format!("{}:mine", project.name);
    let old = project.image_id(&mine).unwrap();
    change(&project, "more");
    let _ = project.measure(&["-t", "UNIQUE:mine", "."]);
    assert_ne!(project.image_id(&mine).unwrap(), old);
    // As after `docker build -t`: it has no name any more, and is there.
    assert_eq!(project.image_id(&old).as_deref(), Some(old.as_str()));
    project.docker.ok(&["image", "rm", &old]);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn with_discard_no_image_stays() {
    let project = project();
    let before = Snapshot::take(&project.docker);
    let record = &project.measure(&["--discard", "--warm", "-r", "2", "."])[0];
    assert!(record.subject.as_ref().unwrap().image.is_some());
    assert_eq!(record.subject.as_ref().unwrap().reference, None);
    assert_eq!(Snapshot::take(&project.docker).images, before.images);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn discarding_leaves_the_image_of_an_earlier_batch() {
    let project = project();
    let kept = project.measure(&["UNIQUE=."]);
    // Both with the same result, and with another one.
    let _ = project.measure(&["--discard", "UNIQUE=."]);
    change(&project, "more");
    let _ = project.measure(&["--discard", "UNIQUE=."]);
    let id = kept[0].subject.as_ref().unwrap().image.clone();
    assert_eq!(project.image_id(&project.image()), id);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn subjects_with_one_slug_have_two_images() {
    let project = project();
    project.write("other/Dockerfile", "FROM dp-base/busybox\nWORKDIR /UNIQUE/other\n");
    let records = project.measure(&["UNIQUE a=.", "UNIQUE-a=other", "--seed", "1"]);
    let names =
        [format!("dp/{}-a:latest", project.name), format!("dp/{}-a-2:latest", project.name)];
    let mut found = project.image_names();
    found.sort_unstable();
    let mut expected = names.clone();
    expected.sort_unstable();
    assert_eq!(found, expected);
    for (subject, name) in ["UNIQUE a", "UNIQUE-a"].iter().zip(&names) {
        let subject = subject.replace("UNIQUE", &project.name);
        let is = |one: &&dp_record::Record| one.subject.as_ref().unwrap().name == subject;
        let record = records.iter().find(is).unwrap();
        assert_eq!(project.image_id(name), record.subject.as_ref().unwrap().image, "{subject}");
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn an_image_that_a_container_uses_is_not_taken_from_it() {
    let project = project();
    let _ = project.measure(&["UNIQUE=."]);
    let old = project.image_id(&project.image()).unwrap();
    let container = project.docker.ok(&["create", &project.image(), "true"]);
    change(&project, "more");
    let _ = project.measure(&["UNIQUE=."]);
    assert_ne!(project.image_id(&project.image()).unwrap(), old);
    assert_eq!(project.image_id(&old).as_deref(), Some(old.as_str()));
    project.docker.ok(&["rm", container.trim()]);
    project.docker.ok(&["image", "rm", &old]);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn files_of_equal_names_in_two_projects_keep_an_image_each_under_a_name_that_stays() {
    let project = project();
    for folder in ["a/UNIQUE", "b/UNIQUE"] {
        let text = format!("FROM dp-base/busybox\nWORKDIR /{folder}\n");
        let name = project.name.clone();
        project.write(&format!("{folder}/Dockerfile").replace("UNIQUE", &name), &text);
    }
    let reference = |folder: &str| {
        let file = format!("{folder}/UNIQUE/Dockerfile");
        let records = project.measure(&["-f", &file, &format!("{folder}/UNIQUE")]);
        let subject = records[0].subject.clone().unwrap();
        (subject.reference.unwrap(), subject.image.unwrap())
    };
    let (first, second) = (reference("a"), reference("b"));
    let begin = format!("dp/{}-dockerfile-", project.name);
    for (name, _) in [&first, &second] {
        assert!(name.starts_with(&begin) && name.ends_with(":latest"), "{name}");
    }
    assert_ne!(first.0, second.0);
    for (name, id) in [&first, &second] {
        assert_eq!(project.image_id(name).as_ref(), Some(id));
    }
    assert_eq!(reference("a").0, first.0);
    assert_eq!(project.image_names().len(), 2);
}
