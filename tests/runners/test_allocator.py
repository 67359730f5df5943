"""The allocator's settings."""

import platform

from penstock.runners.allocator import keep_freed_memory


def test_it_is_set_where_the_c_library_knows_it():
    """glibc takes all three; another C library is left alone."""
    assert keep_freed_memory() is (platform.libc_ver()[0] == "glibc")
