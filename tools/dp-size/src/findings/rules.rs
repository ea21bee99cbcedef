//! Kinds of live files that are known by their paths, with their cures.
//!
//! The paths are the defaults of the managers' own documentation, and of the official
//! images that choose others (`/usr/local/cargo`, `/go`, `/usr/local/bundle`,
//! `/deno-dir`, `/opt/conda`). A cure holds for every step that uses a cache: where one
//! RUN downloads and a later one builds, both need the mount.

use super::kind::{FindingKind, waste};

/// A kind of live files that are known by their paths.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) kind: FindingKind,
    /// The metric that counts such files too, if one does.
    pub(super) group: Group,
    /// Patterns of their paths.
    pub(super) patterns: &'static [&'static str],
    /// Files of fewer bytes are no matter.
    pub(super) least: u64,
}

/// Kinds of files that one metric counts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    /// Caches, lists and logs of package managers and compilers.
    PackageCache,
    /// Files of packages that only builds need.
    BuildTools,
    /// Documentation.
    Docs,
    /// In no metric.
    Other,
}

const fn cache(
    code: &'static str,
    meaning: &'static str,
    patterns: &'static [&'static str],
    advice: &'static str,
) -> Rule {
    Rule { kind: waste(code, meaning, advice), group: Group::PackageCache, patterns, least: 0 }
}

const fn other(
    code: &'static str,
    meaning: &'static str,
    patterns: &'static [&'static str],
    advice: &'static str,
) -> Rule {
    Rule { kind: waste(code, meaning, advice), group: Group::Other, patterns, least: 0 }
}

/// All rules. A file that several match belongs to the first of these.
pub(super) static RULES: &[Rule] = &[
    other(
        "version_control",
        "data of a version control system (.git, .hg, .svn)",
        &["**/.git/", "**/.hg/", "**/.svn/"],
        "leave the repository's own data out of the context by .dockerignore, or, where a RUN reads it, give it to that RUN by --mount=type=bind in place of the COPY",
    ),
    cache(
        "apt_lists",
        "package lists that apt-get update downloaded",
        &["/var/lib/apt/lists/"],
        "run apt-get update and all that installs from it in one RUN, and end that with rm -rf /var/lib/apt/lists/*, or give each such RUN --mount=type=cache,target=/var/lib/apt",
    ),
    cache(
        "apt_cache",
        "packages and indexes that apt-get cached",
        &["/var/cache/apt/"],
        "end the RUN that ran apt-get with apt-get clean, or give it RUN --mount=type=cache,target=/var/cache/apt",
    ),
    cache(
        "package_logs",
        "logs of package managers",
        &[
            "/var/log/apt/",
            "/var/log/dpkg.log",
            "/var/log/alternatives.log",
            "/var/log/bootstrap.log",
            "/var/log/apk.log",
            "/var/log/dnf*.log",
            "/var/log/hawkey.log",
            "/var/log/yum.log",
            "/var/log/zypper.log",
            "/var/log/zypp/",
            "/var/log/pacman.log",
        ],
        "remove the package manager's logs in the RUN that ran it",
    ),
    cache(
        "apk_cache",
        "packages and indexes that apk cached",
        &["/var/cache/apk/", "/etc/apk/cache/"],
        "install with apk add --no-cache, in place of apk update and apk add",
    ),
    cache(
        "dnf_cache",
        "packages and metadata that dnf or yum cached",
        &["/var/cache/dnf/", "/var/cache/yum/", "/var/cache/libdnf5/"],
        "end the RUN that installed with dnf clean all (or yum clean all), or give it --mount=type=cache,target=/var/cache/dnf (or yum, libdnf5)",
    ),
    cache(
        "zypper_cache",
        "packages and metadata that zypper cached",
        &["/var/cache/zypp/", "/var/cache/zypper/"],
        "end the RUN that installed with zypper clean --all, or give it --mount=type=cache,target=/var/cache/zypp",
    ),
    cache(
        "pacman_cache",
        "packages and lists that pacman downloaded",
        &["/var/cache/pacman/pkg/", "/var/lib/pacman/sync/"],
        "end the RUN that installed by pacman -Sy with rm -rf /var/cache/pacman/pkg/* /var/lib/pacman/sync/*, or give it --mount=type=cache,target=/var/cache/pacman/pkg",
    ),
    cache(
        "pip_cache",
        "packages that pip cached",
        &["~/.cache/pip/"],
        "install with pip install --no-cache-dir, or with RUN --mount=type=cache,target=/root/.cache/pip",
    ),
    cache(
        "conda_cache",
        "packages and indexes that conda or mamba cached",
        &[
            "~/conda/pkgs/",
            "~/miniconda*/pkgs/",
            "~/anaconda*/pkgs/",
            "~/miniforge*/pkgs/",
            "~/mambaforge/pkgs/",
            "~/micromamba/pkgs/",
            "~/.local/share/mamba/pkgs/",
            "~/.conda/pkgs/",
            "~/.mamba/pkgs/",
        ],
        "end the RUN that installed with conda clean -afy (mamba, micromamba: clean -afy), or give it a cache mount at the folder pkgs with CONDA_ALWAYS_COPY=true",
    ),
    cache(
        "uv_cache",
        "packages that uv cached",
        &["~/.cache/uv/"],
        "install with uv --no-cache, or with RUN --mount=type=cache,target=/root/.cache/uv and UV_LINK_MODE=copy",
    ),
    cache(
        "poetry_cache",
        "packages and indexes that poetry cached (not its environments)",
        &["~/.cache/pypoetry/cache/", "~/.cache/pypoetry/artifacts/"],
        "install with poetry install --no-cache, or with RUN --mount=type=cache,target=/root/.cache/pypoetry/cache and another at artifacts",
    ),
    cache(
        "pipenv_cache",
        "packages that pipenv cached",
        &["~/.cache/pipenv/"],
        "end the RUN that installed with rm -rf ~/.cache/pipenv, or give it --mount=type=cache,target=/root/.cache/pipenv",
    ),
    cache(
        "npm_cache",
        "packages that npm cached",
        &["~/.npm/"],
        "install with RUN --mount=type=cache,target=/root/.npm, or end that RUN with npm cache clean --force",
    ),
    cache(
        "yarn_cache",
        "packages that yarn cached",
        &["/usr/local/share/.cache/yarn/", "~/.cache/yarn/", "~/.yarn/berry/cache/"],
        "end the RUN that installed with yarn cache clean, or give it a cache mount at yarn's cache folder (keep the cache where Plug'n'Play runs from it)",
    ),
    cache(
        "pnpm_store",
        "the store and cache of pnpm",
        &["~/.local/share/pnpm/store/", "~/.cache/pnpm/", "**/.pnpm-store/"],
        "install with RUN --mount=type=cache,target=/pnpm/store and pnpm install --store-dir /pnpm/store",
    ),
    cache(
        "bun_cache",
        "packages that bun cached",
        &["~/.bun/install/cache/"],
        "end the RUN that installed with bun pm cache rm, or give it --mount=type=cache,target=/root/.bun/install/cache",
    ),
    cache(
        "deno_cache",
        "modules that deno downloaded and compiled",
        &["~/.cache/deno/", "/deno-dir/"],
        "deno compile in a stage of its own and copy the program alone; keep the cache where the image runs deno itself",
    ),
    cache(
        "node_gyp_cache",
        "headers of node that node-gyp downloaded",
        &["~/.cache/node-gyp/", "~/.node-gyp/"],
        "end the RUN that built the modules with rm -rf ~/.cache/node-gyp, or give each such RUN --mount=type=cache,target=/root/.cache/node-gyp",
    ),
    cache(
        "cargo_cache",
        "sources and indexes that cargo downloaded",
        &[
            "~/.cargo/registry/",
            "~/.cargo/git/",
            "/usr/local/cargo/registry/",
            "/usr/local/cargo/git/",
        ],
        "build in a stage of its own and copy the program alone, or give each RUN of cargo a cache mount at its registry",
    ),
    cache(
        "go_cache",
        "modules that go downloaded, and its build cache",
        &["~/.cache/go-build/", "~/go/pkg/mod/", "/go/pkg/mod/"],
        "build in a stage of its own and copy the program alone, or give each RUN of go cache mounts at /root/.cache/go-build and /go/pkg/mod",
    ),
    cache(
        "maven_cache",
        "artifacts that maven downloaded, and its wrapper's",
        &["~/.m2/repository/", "~/.m2/wrapper/"],
        "build in a stage of its own and copy the archive alone, or give each RUN of mvn --mount=type=cache,target=/root/.m2",
    ),
    cache(
        "gradle_cache",
        "artifacts, wrappers and logs that gradle keeps in its home",
        &[
            "~/.gradle/caches/",
            "~/.gradle/wrapper/dists/",
            "~/.gradle/daemon/",
            "~/.gradle/native/",
        ],
        "build in a stage of its own and copy the archive alone, or give each RUN of gradle --mount=type=cache,target=/root/.gradle",
    ),
    cache(
        "sbt_cache",
        "artifacts that sbt, ivy and coursier downloaded",
        &[
            "~/.sbt/boot/",
            "~/.ivy2/cache/",
            "~/.ivy2/local/",
            "~/.cache/coursier/",
            "~/.cache/sbt/",
        ],
        "build in a stage of its own and copy the archive alone, or give each RUN of sbt cache mounts at /root/.sbt, /root/.ivy2 and /root/.cache/coursier",
    ),
    cache(
        "nuget_cache",
        "packages and answers that nuget cached",
        &[
            "~/.nuget/packages/",
            "~/.local/share/NuGet/v3-cache/",
            "~/.local/share/NuGet/http-cache/",
            "~/.local/share/NuGet/plugins-cache/",
            "/tmp/NuGetScratch*/",
        ],
        "publish in a stage of its own and copy the result alone, or give each RUN of dotnet --mount=type=cache,target=/root/.nuget/packages",
    ),
    cache(
        "r_cache",
        "packages and temporary folders that R downloaded and left",
        &["~/.cache/R/", "/tmp/Rtmp*/", "/tmp/downloaded_packages/"],
        "give the RUN that installs R packages RUN --mount=type=cache,target=/root/.cache/R, and remove /tmp/Rtmp* in it",
    ),
    cache(
        "composer_cache",
        "packages that composer cached",
        &["~/.composer/cache/", "~/.cache/composer/"],
        "install with composer install --no-cache, or with a cache mount at composer's cache folder",
    ),
    cache(
        "gem_cache",
        "gems that gem or bundler cached",
        &[
            "/var/lib/gems/*/cache/",
            "/usr/lib/ruby/gems/*/cache/",
            "/usr/local/lib/ruby/gems/*/cache/",
            "/usr/local/bundle/cache/",
            "/usr/local/bundle/ruby/*/cache/",
            "~/.gem/ruby/*/cache/",
            "~/.local/share/gem/ruby/*/cache/",
            "~/.bundle/cache/",
        ],
        "end the RUN that installed the gems with rm -rf of their cache folder",
    ),
    cache(
        "compiler_cache",
        "objects that ccache or sccache cached",
        &["~/.cache/ccache/", "~/.ccache/", "~/.cache/sccache/"],
        "build in a stage of its own and copy the result, or give each RUN that compiles a cache mount at that folder",
    ),
    cache(
        "node_modules_cache",
        "what bundlers, compilers and linters of JavaScript cached (node_modules/.cache)",
        &["**/node_modules/.cache/"],
        "end the RUN that built with rm -rf node_modules/.cache, or give it a cache mount there",
    ),
    Rule {
        kind: waste(
            "login_log",
            "files lastlog and faillog of 100 MB and more, which a user of a large number makes long",
            "add the user by useradd --no-log-init (or give a smaller number): the files have a place for each number, and a layer stores every zero",
        ),
        group: Group::Other,
        patterns: &["/var/log/lastlog", "/var/log/faillog", "/var/log/tallylog"],
        least: 100_000_000,
    },
    Rule {
        kind: waste(
            "build_tools",
            "compilers, headers and version control, by the package databases of dpkg and apk",
            "if only the build needs them: build in a stage of its own and copy the result, or install and purge them in one RUN",
        ),
        group: Group::BuildTools,
        // Known by the packages that brought them.
        patterns: &[],
        least: 0,
    },
    other(
        "debug_symbols",
        "symbols for debuggers",
        &["/usr/lib/debug/", "**/*.debug", "**/*.dwo"],
        "leave the -dbg packages out, and strip what is built (strip --strip-unneeded) in the RUN that builds it",
    ),
    other(
        "source_maps",
        "source maps of JavaScript and CSS",
        &["**/*.js.map", "**/*.mjs.map", "**/*.cjs.map", "**/*.css.map"],
        "build without source maps for production, or leave them out of the final COPY",
    ),
    Rule {
        kind: waste(
            "docs",
            "documentation and manual pages",
            "keep documentation from being installed (dpkg: path-exclude; dnf: --setopt=tsflags=nodocs; R: INSTALL --no-docs), or remove it in the same RUN",
        ),
        group: Group::Docs,
        patterns: &[
            "/usr/share/doc/",
            "/usr/share/doc-base/",
            "/usr/share/man/",
            "/usr/share/info/",
            "/usr/share/gtk-doc/",
            "/usr/share/R/doc/",
            "/usr/local/share/doc/",
            "/usr/local/share/man/",
            "/usr/local/share/info/",
            "/usr/local/man/",
            "**/R/library/*/doc/",
            "**/R/library/*/help/",
            "**/R/library/*/html/",
            "**/R/site-library/*/doc/",
            "**/R/site-library/*/help/",
            "**/R/site-library/*/html/",
        ],
        least: 0,
    },
    other(
        "locales",
        "translations and locale sources",
        &["/usr/share/locale/", "/usr/share/i18n/", "/usr/local/share/locale/"],
        "keep translations that nobody reads from being installed (dpkg: path-exclude=/usr/share/locale/*), or remove them in the same RUN",
    ),
    other(
        "tests",
        "folders of tests",
        &["**/tests/", "**/__tests__/", "**/node_modules/*/test/"],
        "leave tests out of the final image: .dockerignore for own ones, a production install for those of packages",
    ),
];

/// The rules whose files must have some size.
pub(super) fn with_least_size() -> impl Iterator<Item = (usize, &'static Rule)> {
    RULES.iter().enumerate().filter(|(_, rule)| rule.least > 0)
}

/// The index of the rule for build tools.
pub(super) fn build_tools() -> usize {
    RULES.iter().position(|rule| rule.group == Group::BuildTools).unwrap_or(RULES.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::{ImageContext, find};
    use crate::tree::FileGroups;
    use crate::tree::builder::{file, link, tree};

    /// Where managers keep their caches by their own documentation, with the variable or
    /// option that says so, below the home of their user where it begins with `~`.
    const CACHES: [(&str, &[&str]); 25] = [
        ("apk_cache", &["/var/cache/apk/APKINDEX.1.tar.gz", "/etc/apk/cache/a.apk"]),
        ("apt_cache", &["/var/cache/apt/archives/a.deb", "/var/cache/apt/pkgcache.bin"]),
        ("apt_lists", &["/var/lib/apt/lists/deb.debian.org_dists"]),
        ("bun_cache", &["~/.bun/install/cache/a@1/x.js"]),
        ("cargo_cache", &["~/.cargo/registry/cache/i/a.crate", "~/.cargo/git/db/a/pack"]),
        ("compiler_cache", &["~/.cache/ccache/0/a", "~/.ccache/0/a.o", "~/.cache/sccache/a/b"]),
        ("composer_cache", &["~/.cache/composer/files/a.zip", "~/.composer/cache/repo/a"]),
        (
            "conda_cache",
            &[
                "/opt/conda/pkgs/a-1.conda",
                "~/miniconda3/pkgs/a/info/files",
                "~/miniforge3/pkgs/cache/a.json",
                "~/mambaforge/pkgs/a.tar.bz2",
                "~/micromamba/pkgs/a.conda",
                "~/.local/share/mamba/pkgs/a.conda",
                "~/.conda/pkgs/urls.txt",
                "~/.mamba/pkgs/a.conda",
            ],
        ),
        ("deno_cache", &["~/.cache/deno/npm/a", "/deno-dir/gen/a.js"]),
        ("dnf_cache", &["/var/cache/dnf/a.solv", "/var/cache/yum/a", "/var/cache/libdnf5/a"]),
        ("go_cache", &["~/.cache/go-build/00/a-d", "~/go/pkg/mod/cache/a.zip", "/go/pkg/mod/a"]),
        (
            "gradle_cache",
            &[
                "~/.gradle/caches/modules-2/files-2.1/a.jar",
                "~/.gradle/wrapper/dists/gradle-8/a.zip",
                "~/.gradle/daemon/8/a.log",
            ],
        ),
        ("maven_cache", &["~/.m2/repository/a/a.jar", "~/.m2/wrapper/dists/a/bin"]),
        ("node_gyp_cache", &["~/.cache/node-gyp/20/include/node.h", "~/.node-gyp/8/a.h"]),
        ("node_modules_cache", &["/app/node_modules/.cache/babel-loader/a.json"]),
        ("npm_cache", &["~/.npm/_cacache/content-v2/a", "~/.npm/_logs/a.log"]),
        (
            "nuget_cache",
            &[
                "~/.nuget/packages/a/1/a.dll",
                "~/.local/share/NuGet/v3-cache/a.dat",
                "~/.local/share/NuGet/http-cache/a.dat",
                "/tmp/NuGetScratchroot/a",
            ],
        ),
        ("pacman_cache", &["/var/cache/pacman/pkg/a.pkg.tar.zst", "/var/lib/pacman/sync/core.db"]),
        ("pip_cache", &["~/.cache/pip/http-v2/a", "~/.cache/pip/wheels/a.whl"]),
        ("pipenv_cache", &["~/.cache/pipenv/depcache.json"]),
        (
            "poetry_cache",
            &["~/.cache/pypoetry/cache/repositories/a", "~/.cache/pypoetry/artifacts/a.whl"],
        ),
        (
            "sbt_cache",
            &["~/.sbt/boot/scala/a.jar", "~/.ivy2/cache/a.jar", "~/.cache/coursier/v1/https/a.jar"],
        ),
        ("uv_cache", &["~/.cache/uv/wheels-v5/a", "~/.cache/uv/archive-v0/a"]),
        ("yarn_cache", &["~/.cache/yarn/v6/a", "~/.yarn/berry/cache/a.zip"]),
        ("zypper_cache", &["/var/cache/zypp/packages/a.rpm", "/var/cache/zypp/solv/a/solv"]),
    ];

    /// Homes of users, of whom a `USER` is one as well as a service is.
    const HOMES: [&str; 6] =
        ["/root", "/home/app", "/var/lib/jenkins", "/app", "/var/www", "/home/a/b"];

    /// Code and bytes of every finding that costs bytes.
    fn found(path: &str, bytes: u64) -> Vec<(String, u64)> {
        let tree = tree(&[vec![file(path.trim_start_matches('/'), bytes)]]);
        let found = find(&tree, &FileGroups::new(&tree), &ImageContext::default()).findings;
        let found = found.into_iter().filter_map(|one| Some((one.code, one.bytes?)));
        found.filter(|(_, bytes)| *bytes > 0).collect()
    }

    #[test]
    fn the_caches_of_all_managers_are_found_in_every_home() {
        for (code, paths) in CACHES {
            for path in paths {
                let all = HOMES.map(|home| path.replace('~', home));
                for path in if path.starts_with('~') { &all[..] } else { &all[..1] } {
                    assert_eq!(found(path, 10), [(code.to_owned(), 10)], "{path}");
                }
            }
        }
        let of_managers = |rule: &&Rule| rule.kind.code().ends_with("_cache");
        for code in RULES.iter().filter(of_managers).map(|rule| rule.kind.code()) {
            let is_known = CACHES.iter().any(|(known, _)| *known == code);
            assert!(is_known || ["r_cache", "gem_cache"].contains(&code), "{code}");
        }
    }

    #[test]
    fn what_a_program_needs_when_it_runs_is_no_cache() {
        for path in [
            "/root/.cache/pypoetry/virtualenvs/app/bin/python",
            "/root/.local/share/virtualenvs/app/bin/python",
            "/root/.m2/settings.xml",
            "/root/.gradle/gradle.properties",
            "/root/.config/NuGet/NuGet.Config",
            "/root/.bun/bin/bun",
            "/root/.cargo/bin/cargo",
            "/opt/conda/lib/python3/site-packages/a.py",
            "/opt/conda/conda-meta/a.json",
            "/root/.cache/ms-playwright/chromium/chrome",
            "/app/node_modules/cache/index.js",
            "/app/.cache/index.html",
            "/usr/local/go/pkg/tool/compile",
            "/var/lib/pacman/local/a/desc",
            "/var/cache/fontconfig/a",
        ] {
            assert!(found(path, 10).is_empty(), "{path}");
        }
    }

    #[test]
    fn packages_of_conda_that_an_environment_links_to_are_no_waste() {
        let layer = vec![
            file("opt/conda/pkgs/a/lib/a.so", 10),
            link("opt/conda/lib/a.so", "opt/conda/pkgs/a/lib/a.so"),
        ];
        let tree = tree(&[layer]);
        let found = find(&tree, &FileGroups::new(&tree), &ImageContext::default()).findings;
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn a_login_log_is_waste_from_100_megabytes_on() {
        for name in ["lastlog", "faillog", "tallylog"] {
            let path = format!("/var/log/{name}");
            let least = 100_000_000;
            assert!(found(&path, least - 1).is_empty(), "{path}");
            assert_eq!(found(&path, least), [("login_log".to_owned(), least)]);
            assert_eq!(found(&path, 30 * least), [("login_log".to_owned(), 30 * least)]);
        }
        assert!(found("/var/log/other", 1_000_000_000).is_empty());
        assert!(found("/srv/var/log/lastlog", 1_000_000_000).is_empty());
    }
}
