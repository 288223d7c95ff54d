"""Transcripts as tests: see transcript_test.sh for their form."""

def transcript_test(name):
    """Runs transcripts/NAME.transcript."""
    transcript = "transcripts/%s.transcript" % name
    native.sh_test(
        name = name + "_transcript",
        size = "small",
        srcs = ["transcript_test.sh"],
        args = [
            "$(location //tools/claudectl)",
            "$(location :fake_listener)",
            "$(location %s)" % transcript,
        ],
        data = [
            transcript,
            ":fake_listener",
            "//tools/claudectl",
        ],
    )
