"""External dependencies: the system's copy where it is installed, else a pinned archive.

CCTL_DEPS chooses (environment, or --repo_env=CCTL_DEPS=...):
  auto     (default) the system paths when all of them exist, else the archive
  system   only the system paths; fail naming the Debian package
  archive  only the pinned archive (works with --distdir and --repository_cache)
"""

def _system_or_archive_impl(ctx):
    mode = ctx.os.environ.get("CCTL_DEPS", "auto")
    if mode not in ["auto", "system", "archive"]:
        fail("CCTL_DEPS must be auto, system or archive, not " + mode)
    missing = [src for src in ctx.attr.system_links.values() if not ctx.path(src).exists]
    if mode == "system" and missing:
        fail("%s: %s missing; run: apt-get install %s" % (ctx.name, missing, ctx.attr.debian_package))
    if mode != "archive" and not missing:
        for dst, src in ctx.attr.system_links.items():
            ctx.symlink(src, dst)
        build_file = ctx.attr.system_build_file or ctx.attr.build_file
    else:
        result = ctx.download_and_extract(
            url = ctx.attr.urls,
            sha256 = ctx.attr.sha256,
            stripPrefix = ctx.attr.strip_prefix,
            type = ctx.attr.type,
            allow_fail = True,
        )
        if not result.success:
            fail("%s: neither installed (apt-get install %s) nor downloadable from %s" %
                 (ctx.name, ctx.attr.debian_package, ctx.attr.urls))
        build_file = ctx.attr.build_file
    ctx.file("WORKSPACE", "workspace(name = \"%s\")\n" % ctx.name)
    ctx.file("BUILD.bazel", ctx.read(build_file))

system_or_archive = repository_rule(
    implementation = _system_or_archive_impl,
    attrs = {
        "build_file": attr.label(mandatory = True, allow_single_file = True),
        "debian_package": attr.string(mandatory = True),
        "sha256": attr.string(mandatory = True),
        "strip_prefix": attr.string(),
        "system_build_file": attr.label(allow_single_file = True),
        "system_links": attr.string_dict(mandatory = True),
        "type": attr.string(default = "tar.gz"),
        "urls": attr.string_list(mandatory = True),
    },
    environ = ["CCTL_DEPS"],
)

def _stub_impl(ctx):
    ctx.file("WORKSPACE", "workspace(name = \"%s\")\n" % ctx.name)
    for path, content in ctx.attr.files.items():
        ctx.file(path, content)

_stub = repository_rule(
    implementation = _stub_impl,
    attrs = {"files": attr.string_dict(mandatory = True)},
)

def _native(name, directory, rules):
    _stub(name = name, files = {
        "BUILD.bazel": "",
        directory + "/BUILD.bazel": "",
        directory + "/defs.bzl": "".join(["%s = native.%s\n" % (r, r) for r in rules]),
    })

def _bazel4_stubs():
    """Bazel 4 loads these for itself and would download them; native rules are enough."""
    _native("rules_cc", "cc", [
        "cc_binary",
        "cc_import",
        "cc_library",
        "cc_proto_library",
        "cc_test",
        "cc_toolchain",
        "cc_toolchain_suite",
        "objc_library",
    ])
    _native("rules_java", "java", [
        "java_binary",
        "java_import",
        "java_library",
        "java_plugin",
        "java_proto_library",
        "java_runtime",
        "java_test",
        "java_toolchain",
    ])

    # Every test names these two, also where no coverage is asked for.
    _stub(name = "remote_coverage_tools", files = {
        "no_coverage.sh": "#!/bin/sh\necho 'coverage needs Bazel 5 or later' >&2\nexit 1\n",
        "BUILD.bazel": """
[sh_binary(
    name = n,
    srcs = ["no_coverage.sh"],
    visibility = ["//visibility:public"],
) for n in ["coverage_report_generator", "lcov_merger"]]
""",
    })

def cctl_dependencies():
    """Declares every external repository."""

    # Debian's bazel-bootstrap 4.2.3 says "", an official build says "4.2.3", "7.4.1", ...
    if native.bazel_version == "" or native.bazel_version.startswith("4."):
        _bazel4_stubs()

    system_or_archive(
        name = "com_google_googletest",
        build_file = Label("//third_party:googletest.BUILD"),
        debian_package = "googletest",
        sha256 = "81964fe578e9bd7c94dfdb09c8e4d6e6759e19967e397dbea48d1c10e45d0df2",
        strip_prefix = "googletest-release-1.12.1",
        system_links = {
            "googlemock": "/usr/src/googletest/googlemock",
            "googletest": "/usr/src/googletest/googletest",
        },
        urls = ["https://github.com/google/googletest/archive/refs/tags/release-1.12.1.tar.gz"],
    )
    system_or_archive(
        name = "com_google_benchmark",
        build_file = Label("//third_party:benchmark.BUILD"),
        debian_package = "libbenchmark-dev",
        sha256 = "6430e4092653380d9dc4ccb45a1e2dc9259d581f4866dc0759713126056bc1d7",
        strip_prefix = "benchmark-1.7.1",
        system_build_file = Label("//third_party:benchmark_system.BUILD"),
        system_links = {"include/benchmark": "/usr/include/benchmark"},
        urls = ["https://github.com/google/benchmark/archive/refs/tags/v1.7.1.tar.gz"],
    )
    system_or_archive(
        name = "nlohmann_json",
        build_file = Label("//third_party:nlohmann_json.BUILD"),
        debian_package = "nlohmann-json3-dev",
        sha256 = "d69f9deb6a75e2580465c6c4c5111b89c4dc2fa94e3a85fcd2ffcd9a143d9273",
        strip_prefix = "json-3.11.2",
        system_links = {"include/nlohmann": "/usr/include/nlohmann"},
        urls = ["https://github.com/nlohmann/json/archive/refs/tags/v3.11.2.tar.gz"],
    )
    system_or_archive(
        name = "tomlplusplus",
        build_file = Label("//third_party:tomlplusplus.BUILD"),
        debian_package = "libtomlplusplus-dev",
        sha256 = "fc1a5eb410f3c67e90e5ad1264a1386d020067cfb01b633cc8c0441789aa6cf2",
        strip_prefix = "tomlplusplus-3.3.0",
        system_links = {"include/toml++": "/usr/include/toml++"},
        urls = ["https://github.com/marzer/tomlplusplus/archive/refs/tags/v3.3.0.tar.gz"],
    )
