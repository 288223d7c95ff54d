"""End-to-end tests: see hosts.sh for their form."""

def e2e_test(name, data = [], tags = []):
    """Runs NAME.sh on hosts of its own.

    Args:
      name: of the test.
      data: what it reads besides hosts.sh and the program.
      tags: of the rule.
    """
    native.sh_test(
        name = name,
        size = "medium",
        srcs = [name + ".sh"],
        args = ["$(location //tools/claudectl)"],
        data = data + [
            "hosts.sh",
            "//tools/claudectl",
        ],
        tags = tags,
    )
