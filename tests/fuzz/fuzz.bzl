"""fuzz_target: NAME is the libFuzzer program (--config=fuzz), NAME_corpus_test replays the corpus as an ordinary test."""

load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_test")
load("//tools/bazel:cctl.bzl", "CCTL_COPTS")

def fuzz_target(name, deps, data = []):
    """Declares NAME and NAME_corpus_test from NAME.cc and the files of corpus/<NAME without _fuzz>/.

    Args:
      name: of the libFuzzer program, ending in _fuzz.
      deps: what NAME.cc uses; NAME.cc defines LLVMFuzzerTestOneInput.
      data: further files for the replay.
    """
    corpus = native.glob(["corpus/%s/**" % name[:-len("_fuzz")]])
    if not corpus:
        fail("tests/fuzz/corpus/%s is empty" % name[:-len("_fuzz")])
    cc_binary(
        name = name,
        testonly = True,
        srcs = [name + ".cc"],
        copts = CCTL_COPTS,
        linkopts = ["-fsanitize=fuzzer"],
        tags = ["manual"],
        deps = deps,
    )
    cc_test(
        name = name + "_corpus_test",
        size = "small",
        srcs = [
            name + ".cc",
            "replay_main.cc",
        ],
        args = ["$(location %s)" % f for f in corpus],
        copts = CCTL_COPTS,
        data = corpus + data,
        deps = deps,
    )
