"""Which file a TemplateURL names."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratopause.rules import problems
from stratopause.tree.loading import load
from stratopause.tree.nesting import nested_file
from tests.mutations.trees import nested_by_url, templates

FILES = ("main.yaml", "templates/main.yaml", "templates/vpc.yaml", "templates/again.yaml", "other/again.yaml")


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("vpc.yaml", "templates/vpc.yaml"),
        ("../main.yaml", "main.yaml"),
        ("gone.yaml", "templates/gone.yaml"),
        ("https://s3.amazonaws.com/bucket/templates/vpc.yaml", "templates/vpc.yaml"),
        ("https://s3-eu-west-1.amazonaws.com/bucket/vpc.yaml", "templates/vpc.yaml"),
        ("https://s3.dualstack.eu-west-1.amazonaws.com/bucket/vpc.yaml", "templates/vpc.yaml"),
        ("https://s3-bucket.s3.amazonaws.com/vpc.yaml", "templates/vpc.yaml"),
        ("https://s3bucket.s3.eu-west-1.amazonaws.com/vpc.yaml", "templates/vpc.yaml"),
        ("https://bucket.s3.amazonaws.com/templates/vpc.yaml?versionId=abc", "templates/vpc.yaml"),
        ({"Fn::Sub": ["https://${B}/templates/${Name}.yaml", {"Name": "vpc"}]}, "templates/vpc.yaml"),
        ({"Fn::Sub": ["https://${B}/templates/${Name}.yaml", {"Name": {"Ref": "N"}}]}, None),
        ("https://bucket.s3.eu-west-1.amazonaws.com/v1/templates/vpc.yaml", "templates/vpc.yaml"),
        ("https://bucket.s3.amazonaws.com/vpc.yaml", "templates/vpc.yaml"),
        ("https://bucket.s3.amazonaws.com/gone.yaml", None),
        ("https://bucket.s3.amazonaws.com/other/vpc.yaml", None),
        ("https://bucket.s3.amazonaws.com/", None),
        ({"Fn::Sub": "https://${Bucket}.s3.${AWS::URLSuffix}/${Prefix}templates/vpc.yaml"}, "templates/vpc.yaml"),
        ({"Fn::Sub": "https://${Bucket}.s3.amazonaws.com/templates/vpc.yaml"}, "templates/vpc.yaml"),
        ({"Fn::Sub": ["${Base}/vpc.yaml", {"Base": {"Ref": "Url"}}]}, "templates/vpc.yaml"),
        ({"Fn::Join": ["/", [{"Ref": "Base"}, "templates", "vpc.yaml"]]}, "templates/vpc.yaml"),
        ({"Fn::Join": ["", [{"Fn::Sub": "https://${Bucket}/"}, "templates/vpc.yaml"]]}, "templates/vpc.yaml"),
        ({"Fn::Sub": "https://${Bucket}.s3.amazonaws.com/templates/${Name}.yaml"}, None),
        ({"Ref": "Url"}, None),
        ({"Fn::Sub": "https://${B}/${P}submodules/network/templates/vpc.yaml"}, None),
        ({"Fn::Sub": "https://${Bucket}.s3.amazonaws.com/${Prefix}/again.yaml"}, "templates/again.yaml"),
        ("https://bucket.s3.amazonaws.com/v1/again.yaml", None),
        ("https://bucket.s3.amazonaws.com/other/again.yaml", "other/again.yaml"),
        ({"Fn::Sub": 1}, None),
        ({"Fn::Sub": []}, None),
        ({"Fn::Join": ["", "x"]}, None),
        (1, None),
        (None, None),
        ("", None),
    ],
)
def test_the_file_that_a_url_names(url: Any, file: str | None) -> None:
    assert nested_file("templates/main.yaml", url, FILES) == file


def test_a_file_elsewhere_is_meant_only_by_all_of_its_path() -> None:
    for url in ("https://b.s3.amazonaws.com/again.yaml", {"Fn::Sub": "https://${B}/${P}again.yaml"}):
        assert nested_file("main.yaml", url, FILES) is None
    assert nested_file("main.yaml", "https://b.s3.amazonaws.com/v1/templates/vpc.yaml", FILES) == "templates/vpc.yaml"


def test_a_template_never_means_itself_by_a_url() -> None:
    assert nested_file("main.yaml", "https://bucket.s3.amazonaws.com/project/main.yaml", FILES) is None
    assert nested_file("vpc.yaml", "https://b.s3.amazonaws.com/templates/vpc.yaml", ["vpc.yaml", *FILES]) == (
        "templates/vpc.yaml"
    )


NAMES = st.text("abc", min_size=1, max_size=3)
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


@given(PATHS, PATHS, st.sampled_from(["https://b.s3.amazonaws.com/", "https://s3.amazonaws.com/b/"]))
def test_a_file_is_found_under_any_prefix_that_it_was_uploaded_to(file: str, prefix: str, server: str) -> None:
    for url in (f"{server}{prefix}/{file}", {"Fn::Sub": f"{server}${{Prefix}}{file}"}):
        assert nested_file("nesting.yaml", url, [file]) == file


ANY_JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=6) | st.sampled_from(["Fn::Sub", "Fn::Join", "https://", "${"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["Fn::Sub", "Fn::Join"]), inner),
)


@given(ANY_JSON)
def test_whatever_stands_there_is_a_file_or_none(url: Any) -> None:
    found = nested_file("main.yaml", url, FILES)
    assert found is None or isinstance(found, str)


@pytest.mark.parametrize("platform", ["rendered", "handwritten"])
def test_a_platform_that_nests_by_url_is_the_same_tree(platform: str) -> None:
    by_path, by_url = (
        load({name: json.dumps(body).encode() for name, body in files.items()})
        for files in (templates(platform).files, nested_by_url(templates(platform)).files)
    )
    assert [[*tree.stacks] for tree in by_url.trees] == [[*tree.stacks] for tree in by_path.trees]
    assert not [*problems(by_url)]
