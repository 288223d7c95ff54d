#!/bin/bash
# docs/commands.md is what the program says of itself. Usage: commands_document_test.sh MAKE_REFERENCE CLAUDECTL docs/commands.md
set -eu

if diff -u "$3" <("$1" "$2"); then exit 0; fi
echo "make it anew: tools/make_reference CLAUDECTL >docs/commands.md"
exit 1
