//! A layout of each finding that is known by its path: files as package managers and
//! builds leave them, whose bytes are known.

/// Code, files with their sizes; sums differ, so that the order of findings is known.
pub(crate) const LAYOUTS: &[(&str, &[(&str, usize)])] = &[
    ("version_control", &[("srv/app/.git/objects/pack/a.pack", 70_001)]),
    ("apt_lists", &[("var/lib/apt/lists/deb.example_main_Packages", 32_001)]),
    ("apt_cache", &[("var/cache/apt/archives/a.deb", 30_001)]),
    ("apk_cache", &[("var/cache/apk/APKINDEX.1.tar.gz", 68_001), ("etc/apk/cache/a.apk", 1)]),
    ("dnf_cache", &[("var/cache/libdnf5/fedora/solv/a.solv", 60_000), ("var/cache/yum/x", 6_001)]),
    ("pip_cache", &[("root/.cache/pip/http-v2/a", 64_001)]),
    ("npm_cache", &[("home/node/.npm/_cacache/content-v2/sha512/a", 62_001)]),
    ("yarn_cache", &[("usr/local/share/.cache/yarn/v6/a", 60_001)]),
    ("pnpm_store", &[("root/.local/share/pnpm/store/v10/files/a", 58_001)]),
    ("cargo_cache", &[("usr/local/cargo/registry/cache/a.crate", 56_001)]),
    ("go_cache", &[("go/pkg/mod/a@v1/x.go", 50_000), ("root/.cache/go-build/00/a-d", 4_001)]),
    ("r_cache", &[("root/.cache/R/pkgcache/pkg/a.tar.gz", 52_001)]),
    ("composer_cache", &[("root/.composer/cache/files/a.zip", 50_001)]),
    ("gem_cache", &[("usr/local/bundle/cache/a.gem", 48_001)]),
    ("debug_symbols", &[("usr/lib/debug/.build-id/00/a.debug", 46_001)]),
    ("source_maps", &[("srv/app/dist/main.js.map", 44_001)]),
    ("docs", &[("usr/share/man/man1/a.1.gz", 42_000), ("usr/share/info/a.info", 1)]),
    ("locales", &[("usr/share/locale/de/LC_MESSAGES/a.mo", 40_001)]),
    ("tests", &[("srv/app/tests/a.snap", 38_001)]),
    ("build_tools", &[("usr/bin/make", 36_001)]),
    ("package_logs", &[("var/log/dnf5.log", 34_001)]),
    ("zypper_cache", &[("var/cache/zypp/packages/oss/a.rpm", 28_001)]),
    (
        "pacman_cache",
        &[("var/cache/pacman/pkg/a.pkg.tar.zst", 26_000), ("var/lib/pacman/sync/a.db", 1)],
    ),
    ("conda_cache", &[("opt/conda/pkgs/a-1.conda", 24_001)]),
    ("uv_cache", &[("srv/app/.cache/uv/archive-v0/a", 22_001)]),
    ("poetry_cache", &[("home/app/.cache/pypoetry/artifacts/a.whl", 20_001)]),
    ("pipenv_cache", &[("root/.cache/pipenv/depcache.json", 18_001)]),
    ("bun_cache", &[("root/.bun/install/cache/a@1/x.js", 16_001)]),
    ("deno_cache", &[("deno-dir/npm/a.tgz", 14_001)]),
    ("node_gyp_cache", &[("root/.cache/node-gyp/20/include/node.h", 12_001)]),
    ("maven_cache", &[("root/.m2/repository/a/1/a.jar", 10_001)]),
    ("gradle_cache", &[("home/gradle/.gradle/caches/a.jar", 8_001)]),
    ("sbt_cache", &[("root/.ivy2/cache/a.jar", 6_000), ("root/.cache/coursier/v1/b.jar", 1)]),
    ("nuget_cache", &[("root/.nuget/packages/a/1/a.dll", 4_001)]),
    ("compiler_cache", &[("root/.cache/ccache/0/a", 2_001)]),
    ("node_modules_cache", &[("srv/app/node_modules/.cache/babel/a.json", 1_001)]),
];

/// apk's own words about the file of the layout.
pub(crate) const INSTALLED: &str = "P:make\nV:4.4\nF:usr/bin\nR:make\n\nP:musl\nF:bin\nR:busybox\n";
