"""The part of the wheel that Rust made."""

import hello_sdk
import pytest
from hello_sdk import _native


def test_the_native_module_is_a_binary_inside_the_package():
    assert _native.__name__ == "hello_sdk._native"
    assert _native.__file__.endswith((".so", ".pyd"))


def test_a_greeting_names_the_person():
    assert hello_sdk.greet("Ada") == "Hello, Ada!"
    assert hello_sdk.greet("Ada", language="ja") == "こんにちは、Ada！"


def test_an_unknown_language_is_a_value_error_that_lists_the_known_ones():
    with pytest.raises(ValueError, match="the languages are de, en, ja, sv"):
        hello_sdk.greet("Worf", language="tlh")
