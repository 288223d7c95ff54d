"""The macros that every package of cctl is built from: one library per header, one test per header."""

load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_library", "cc_test")

# Warnings are errors in cctl's own code. Headers of dependencies come in as system headers and are not warned about.
CCTL_COPTS = [
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Wshadow",
    "-Wconversion",
    "-Wno-sign-conversion",
    "-Wextra-semi",
    "-Wnon-virtual-dtor",
    "-Werror",
]

# Whoever includes the headers may have clang's -Wconversion as it is, which warns of signs, too; g++'s does not.
CCTL_HEADER_COPTS = [option for option in CCTL_COPTS if option != "-Wno-sign-conversion"]

def cctl_library(name, hdrs = None, deps = [], **kwargs):
    """A header library, and NAME_header, which compiles each header alone.

    The unit that does so is the header's own text followed by an #include of it. So the header is the first thing in a
    translation unit, it is seen twice, and clang's layering_check holds its own includes against `deps`: Bazel 4's
    parse_headers does none of that.

    Args:
      name: of the library; its header is NAME.h.
      hdrs: its headers, where they are not NAME.h alone.
      deps: the libraries whose headers it includes, each of them.
      **kwargs: passed to cc_library.
    """
    hdrs = hdrs or [name + ".h"]
    cc_library(
        name = name,
        hdrs = hdrs,
        deps = deps,
        copts = CCTL_COPTS,
        linkstatic = True,  # nobody uses a shared library; without one each source is compiled once, not twice
        visibility = ["//visibility:public"],
        **kwargs
    )
    units = []
    for header in hdrs:
        unit = "_%s_alone.cc" % header.replace("/", "_").replace(".", "_")
        native.genrule(
            name = unit + "_gen",
            srcs = [header],
            outs = [unit],
            cmd = "(cat $(location %s); printf '#include \"%s/%s\"\\n') > $@" % (header, native.package_name(), header),
        )
        units.append(unit)
    cc_library(
        name = name + "_header",
        testonly = True,
        srcs = units,
        copts = CCTL_HEADER_COPTS if native.package_name().startswith("cctl") else CCTL_COPTS,
        linkstatic = True,
        deps = deps + [":" + name],
    )

def cctl_test(name, srcs = None, deps = [], copts = [], size = "small", **kwargs):
    """A GoogleTest program; srcs are NAME.cc where none are given."""
    cc_test(
        name = name,
        size = size,
        srcs = srcs or [name + ".cc"],
        copts = CCTL_COPTS + copts,
        linkstatic = True,
        deps = deps + [
            "@com_google_googletest//:gtest",
            "@com_google_googletest//:gtest_main",
        ],
        **kwargs
    )

# Loading libstdc++ costs more than everything else that a short command does. -static-libstdc++ is a flag of the g++
# driver, and Bazel links with gcc and -lstdc++: so the archive is named before that, which then finds nothing to do.
_STATIC_RUNTIME = [
    "-static-libgcc",
    "-Wl,-Bstatic",
    "-lstdc++",
    "-Wl,-Bdynamic",
    "-Wl,--as-needed",
]

def cctl_binary(name, srcs, deps = [], copts = [], linkopts = [], **kwargs):
    """A program that loads no C++ runtime."""
    cc_binary(
        name = name,
        srcs = srcs,
        copts = CCTL_COPTS + copts,
        linkopts = linkopts + _STATIC_RUNTIME,
        deps = deps,
        **kwargs
    )

def cctl_benchmark(name, srcs = None, deps = [], linkopts = [], **kwargs):
    """A Google Benchmark program. Manual: its peers' libraries are installed by `tools/dev bench` only."""
    cc_binary(
        name = name,
        testonly = True,
        srcs = srcs or [name + ".cc"],
        copts = CCTL_COPTS,
        linkopts = linkopts,
        tags = ["manual"],
        deps = deps + [
            "@com_google_benchmark//:benchmark",
            "@com_google_benchmark//:benchmark_main",
        ],
        **kwargs
    )
