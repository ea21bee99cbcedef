//! Large images, made in seconds: written as `docker load` reads them.

use std::io::{self, Read, Write};
use std::process::{Command, Stdio};

use serde_json::json;
use sha2::{Digest, Sha256};

/// What an image is made of.
pub(crate) struct Plan {
    /// Layers that hold files.
    pub(crate) layers: usize,
    /// Files of each.
    pub(crate) files: usize,
    /// Bytes of each file.
    pub(crate) file_bytes: u64,
    /// Files of the first layers that a last one deletes.
    pub(crate) deletes: usize,
}

impl Plan {
    /// Layers with that of the deletes.
    fn all(&self) -> usize {
        self.layers + usize::from(self.deletes > 0)
    }

    fn path(&self, number: usize) -> (String, String) {
        let (layer, file) = (number / self.files, number % self.files);
        (format!("srv/{layer}/{}", file / 100), file.to_string())
    }

    /// The tar of one layer.
    fn write(&self, layer: usize, output: impl Write) {
        let mut builder = tar::Builder::new(output);
        if layer == self.layers {
            // Spread over all folders.
            let step = self.layers * self.files / self.deletes;
            for number in 0..self.deletes {
                let (folder, name) = self.path(number * step);
                add(&mut builder, &format!("{folder}/.wh.{name}"), 0);
            }
        } else {
            for number in layer * self.files..(layer + 1) * self.files {
                let (folder, name) = self.path(number);
                add(&mut builder, &format!("{folder}/{name}"), self.file_bytes);
            }
        }
        builder.finish().unwrap();
    }
}

fn add(builder: &mut tar::Builder<impl Write>, path: &str, size: u64) {
    let mut header = tar::Header::new_gnu();
    header.set_mode(0o644);
    header.set_size(size);
    builder.append_data(&mut header, path, io::repeat(b'x').take(size)).unwrap();
}

/// Counts and hashes what is written to it.
#[derive(Default)]
struct Probe {
    hash: Sha256,
    bytes: u64,
}

impl Write for Probe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Loads an image of this plan into the engine, under this name.
pub(crate) fn load(name: &str, plan: &Plan) {
    let mut docker = Command::new("docker");
    docker.args(["image", "load", "--quiet"]).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = docker.spawn().unwrap();
    let input = io::BufWriter::with_capacity(1 << 18, child.stdin.take().unwrap());
    archive(name, plan, input);
    assert!(child.wait().unwrap().success(), "docker load failed");
}

/// Each layer is written twice: once to learn its hash and size, which stand in
/// front of it.
fn archive(name: &str, plan: &Plan, output: impl Write) {
    let mut archive = tar::Builder::new(output);
    let (mut diff_ids, mut names) = (Vec::new(), Vec::new());
    for layer in 0..plan.all() {
        let mut probe = Probe::default();
        plan.write(layer, &mut probe);
        let digits: Vec<String> =
            probe.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        diff_ids.push(format!("sha256:{}", digits.concat()));
        names.push(format!("{layer}.tar"));
        let mut header = tar::Header::new_gnu();
        header.set_path(format!("{layer}.tar")).unwrap();
        header.set_mode(0o644);
        header.set_size(probe.bytes);
        header.set_cksum();
        archive.get_mut().write_all(header.as_bytes()).unwrap();
        plan.write(layer, archive.get_mut());
        // A tar is a whole number of blocks already.
        assert_eq!(probe.bytes % 512, 0);
    }
    let config = json!({"os": "linux", "architecture": "amd64", "config": {"Cmd": ["true"]},
        "rootfs": {"type": "layers", "diff_ids": diff_ids}});
    let manifest = json!([{"Config": "config.json", "RepoTags": [format!("{name}:latest")],
        "Layers": names}]);
    for (name, text) in [("config.json", config), ("manifest.json", manifest)] {
        let text = text.to_string();
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(text.len() as u64);
        archive.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    archive.into_inner().unwrap().flush().unwrap();
}
