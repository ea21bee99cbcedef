//! What files are known by where they stand, in the order in which they own
//! bytes.

/// What a finding says of live files of one kind.
#[derive(Debug)]
pub(super) struct Rule {
    /// Its name, which stays.
    pub(super) code: &'static str,
    /// The metric that it adds to, if it does.
    pub(super) group: Group,
    /// Where such files stand.
    pub(super) patterns: &'static [&'static str],
    /// What to do.
    pub(super) advice: &'static str,
}

/// What metrics tell together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    /// Caches, lists and logs of package managers.
    PackageCache,
    /// Files of packages that only builds need.
    BuildTools,
    /// Documentation.
    Docs,
    /// No metric tells it.
    Other,
}

const fn cache(
    code: &'static str,
    patterns: &'static [&'static str],
    advice: &'static str,
) -> Rule {
    Rule { code, group: Group::PackageCache, patterns, advice }
}

const fn other(
    code: &'static str,
    patterns: &'static [&'static str],
    advice: &'static str,
) -> Rule {
    Rule { code, group: Group::Other, patterns, advice }
}

/// All of them. A file that several are for belongs to the first of these. The
/// paths are the defaults of the managers' own documentation, and of the
/// official images that choose others (`/usr/local/cargo`, `/go`,
/// `/usr/local/bundle`).
pub(super) const RULES: &[Rule] = &[
    other(
        "version_control",
        &["**/.git/", "**/.hg/", "**/.svn/"],
        "leave the repository's own data out of the context: put it into .dockerignore",
    ),
    cache(
        "apt_lists",
        &["/var/lib/apt/lists/"],
        "end the RUN that ran apt-get update with rm -rf /var/lib/apt/lists/*, or give it RUN --mount=type=cache,target=/var/lib/apt",
    ),
    cache(
        "apt_cache",
        &["/var/cache/apt/"],
        "end the RUN that ran apt-get with apt-get clean, or give it RUN --mount=type=cache,target=/var/cache/apt",
    ),
    cache(
        "package_logs",
        &[
            "/var/log/apt/",
            "/var/log/dpkg.log",
            "/var/log/alternatives.log",
            "/var/log/bootstrap.log",
            "/var/log/apk.log",
            "/var/log/dnf*.log",
            "/var/log/hawkey.log",
            "/var/log/yum.log",
        ],
        "remove the package manager's logs in the RUN that ran it",
    ),
    cache("apk_cache", &["/var/cache/apk/", "/etc/apk/cache/"], "install with apk add --no-cache"),
    cache(
        "dnf_cache",
        &["/var/cache/dnf/", "/var/cache/yum/", "/var/cache/libdnf5/"],
        "end the RUN that installed with dnf clean all (or yum clean all), or give it RUN --mount=type=cache,target=/var/cache",
    ),
    cache(
        "pip_cache",
        &["~/.cache/pip/"],
        "install with pip install --no-cache-dir, or with RUN --mount=type=cache,target=/root/.cache/pip",
    ),
    cache(
        "npm_cache",
        &["~/.npm/"],
        "install with RUN --mount=type=cache,target=/root/.npm, or end that RUN with npm cache clean --force",
    ),
    cache(
        "yarn_cache",
        &["/usr/local/share/.cache/yarn/", "~/.cache/yarn/", "~/.yarn/berry/cache/"],
        "end the RUN that installed with yarn cache clean, or give it a cache mount at yarn's cache folder",
    ),
    cache(
        "pnpm_store",
        &["~/.local/share/pnpm/store/", "~/.cache/pnpm/", "**/.pnpm-store/"],
        "install with RUN --mount=type=cache,target=/pnpm/store and pnpm install --store-dir /pnpm/store",
    ),
    cache(
        "cargo_cache",
        &[
            "~/.cargo/registry/",
            "~/.cargo/git/",
            "/usr/local/cargo/registry/",
            "/usr/local/cargo/git/",
        ],
        "build in a stage of its own and copy the program alone, or give the RUN a cache mount at cargo's registry",
    ),
    cache(
        "go_cache",
        &["~/.cache/go-build/", "~/go/pkg/mod/", "/go/pkg/mod/"],
        "build in a stage of its own and copy the program alone, or give the RUN cache mounts at /root/.cache/go-build and /go/pkg/mod",
    ),
    cache(
        "r_cache",
        &["~/.cache/R/", "/tmp/Rtmp*/", "/tmp/downloaded_packages/"],
        "give the RUN that installs R packages RUN --mount=type=cache,target=/root/.cache/R, and remove /tmp/Rtmp* in it",
    ),
    cache(
        "composer_cache",
        &["~/.composer/cache/", "~/.cache/composer/"],
        "install with composer install --no-cache, or with a cache mount at composer's cache folder",
    ),
    cache(
        "gem_cache",
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
    Rule {
        code: "build_tools",
        group: Group::BuildTools,
        // Known by the packages that brought them.
        patterns: &[],
        advice: "if only the build needs them: build in a stage of its own and copy the result, or install and purge them in one RUN",
    },
    other(
        "debug_symbols",
        &["/usr/lib/debug/", "**/*.debug", "**/*.dwo"],
        "leave the -dbg packages out, and strip what is built (strip --strip-unneeded) in the RUN that builds it",
    ),
    other(
        "source_maps",
        &["**/*.js.map", "**/*.mjs.map", "**/*.cjs.map", "**/*.css.map"],
        "build without source maps for production, or leave them out of the final COPY",
    ),
    Rule {
        code: "docs",
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
        advice: "keep documentation from being installed (dpkg: path-exclude; dnf: --setopt=tsflags=nodocs; R: INSTALL --no-docs), or remove it in the same RUN",
    },
    other(
        "locales",
        &["/usr/share/locale/", "/usr/share/i18n/", "/usr/local/share/locale/"],
        "keep translations that nobody reads from being installed (dpkg: path-exclude=/usr/share/locale/*), or remove them in the same RUN",
    ),
    other(
        "tests",
        &["**/tests/", "**/__tests__/", "**/node_modules/*/test/"],
        "leave tests out of the final image: .dockerignore for own ones, a production install for those of packages",
    ),
];

/// The place of the rule for build tools.
pub(super) fn build_tools() -> usize {
    RULES.iter().position(|rule| rule.group == Group::BuildTools).unwrap_or(RULES.len())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_rule_has_a_code_of_its_own_and_one_sentence_of_advice() {
        let codes: BTreeSet<_> = RULES.iter().map(|rule| rule.code).collect();
        assert_eq!(codes.len(), RULES.len());
        // Masks of paths have so many bits.
        assert!(RULES.len() <= 32);
        for rule in RULES {
            assert!(!rule.advice.contains(". ") && !rule.advice.ends_with('.'), "{}", rule.code);
        }
        assert_eq!(RULES[build_tools()].code, "build_tools");
    }
}
