from __future__ import annotations

from stratopause.deployer.stacks import Output
from stratopause.reports.outputs import output_rows


def test_rows_are_sorted_and_those_of_nested_stacks_follow() -> None:
    root = [Output("Url", "https://x", "where"), Output("AlbName", "a")]
    nested = {"Keys": [Output("KeyArn", "k")], "Database": [Output("Port", "5432"), Output("Name", "n")]}
    assert output_rows(root, nested) == [
        ("alb_name", "a", ""),
        ("url", "https://x", "where"),
        ("Database/name", "n", ""),
        ("Database/port", "5432", ""),
        ("Keys/key_arn", "k", ""),
    ]


def test_a_secret_is_hidden_and_what_a_terminal_would_obey_is_made_visible() -> None:
    rows = output_rows([Output("Url", "\x1b[2J", "a\x07b"), Output("DbPassword", "hunter2")], {})
    assert rows == [("db_password", "(hidden)", ""), ("url", "\\x1b[2J", "a\\x07b")]
