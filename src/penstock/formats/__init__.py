"""One grammar a file: a column of payloads in, a tape of key and value slices out."""
