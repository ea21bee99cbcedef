//! Builds the Dockerfile of a folder by one backend and says what it took:
//!
//!     cargo run -p dp-engine --example build -- api|legacy|buildx FOLDER [TAG [RUNS]]
//!
//! It sends everything in the folder: ignore files are for the tools to read.

#![expect(clippy::print_stdout, reason = "that is what it is for")]

use std::error::Error;
use std::fs;
use std::path::Path;

use dp_engine::build::{
    Analysis, BuildOptions, BuildRequest, BuildRun, BuildxRequest, Context, Dockerfile, Failure,
    Keep, VertexKind, api, buildx, legacy,
};
use dp_engine::{Engine, Environment, Selection, resolve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let word = |at: usize, default: &str| words.get(at).map_or(default, String::as_str).to_owned();
    let (backend, folder) = (word(0, "api"), word(1, "."));
    let (tag, runs) = (word(2, "dp-example"), word(3, "1").parse::<u32>()?);
    let endpoint = resolve(&Selection::default(), &Environment::from_process())?;
    let engine = Engine::connect(&endpoint).await?;
    for _ in 0..runs {
        let run = build(&engine, &backend, Path::new(&folder), &tag).await?;
        show(&run);
    }
    Ok(())
}

async fn build(
    engine: &Engine,
    backend: &str,
    folder: &Path,
    tag: &str,
) -> Result<BuildRun, Box<dyn Error>> {
    let text = fs::read(folder.join("Dockerfile"))?;
    let options = BuildOptions { tags: vec![tag.to_owned()], ..BuildOptions::default() };
    let name = "Dockerfile";
    let request = BuildRequest {
        context: Context { folder, filter: &|_, _| Keep::Yes },
        dockerfile: Dockerfile { text: &text, name, place: Some(name), ignore: None },
        options: &options,
    };
    Ok(match backend {
        "api" => api::run(engine, &request, &|| false, &mut |_| {}).await?,
        "legacy" => legacy::run(engine, &request, &[], &|| false, &mut |_| {}).await?,
        _ => {
            let request = BuildxRequest {
                docker: "docker".into(),
                args: ["--provenance=false", "--tag", tag, "."].map(Into::into).to_vec(),
                cwd: folder.to_owned(),
                ..BuildxRequest::default()
            };
            buildx::run(&request, &|| false, &mut |_| {})?.into()
        }
    })
}

fn show(run: &BuildRun) {
    let analysis = Analysis::of(&run.trace);
    for step in run.trace.steps().iter().filter(|step| step.kind == VertexKind::Step) {
        println!("{:?} {}", step.state, step.name.text);
    }
    if !run.succeeded {
        println!("{:?}", Failure::of(&run.trace, &run.text, run.cancelled));
    }
    let (wall, span) = (run.wall.as_secs_f64(), analysis.span_length().as_secs_f64());
    println!("wall {wall:.3} s, span {span:.3} s, sent {:?} bytes", analysis.context_sent_bytes);
}
