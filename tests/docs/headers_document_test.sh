#!/bin/bash
# docs/headers.md is what the headers say of themselves. Usage: headers_document_test.sh tools/make_header_table DOCUMENT
if ! diff <("$1") "$2"; then
  echo "tools/make_header_table >docs/headers.md"
  exit 1
fi
