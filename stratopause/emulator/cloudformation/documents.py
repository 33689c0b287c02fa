"""TemplateURL, in every form of an S3 address.

ministack takes the first part of the path for the bucket, whatever the host is. AWS takes path-style and
virtual-hosted addresses of any region and refuses the rest
(docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html).
"""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

from ministack.services.cloudformation import helpers

from stratopause.emulator.cloudformation.corrections import Function, corrects
from stratopause.emulator.cloudformation.records import Answer, Parameters, parameter, refusal

REGION = r"(?:[.-](?:dualstack\.)?[a-z0-9-]+)?"
S3_HOST = re.compile(rf"(?:(?P<bucket>[a-z0-9][a-z0-9.-]+)\.)?s3{REGION}\.amazonaws\.com(?:\.cn)?")
LOOPBACK = ("127.0.0.1", "localhost", "s3.localhost")


@corrects("_resolve_document")
def document(
    original: Function, params: Parameters, body_key: str, url_key: str, label: str
) -> tuple[str | None, Answer | None]:
    """A document of a request: given in it, or behind an S3 address."""
    url = parameter(params, url_key)
    if url and not parameter(params, body_key):
        path = path_style(url)
        if path is None:
            return None, refusal(f"{url_key} must be a supported URL.")
        params = {**params, url_key: [f"https://s3.amazonaws.com{path}"]}
    found: tuple[str | None, Answer | None] = original(params, body_key, url_key, label)
    return found


def path_style(url: str) -> str | None:
    """`/bucket/key` of an S3 address, None if it isn't one.

    >>> path_style("https://artifacts.s3.eu-central-1.amazonaws.com/keys.json?versionId=3")
    '/artifacts/keys.json'
    >>> path_style("https://s3.amazonaws.com/artifacts/keys.json")
    '/artifacts/keys.json'
    >>> path_style("keys.json")
    """
    address = urlsplit(url)
    host = address.hostname or ""
    if host in LOOPBACK:
        return address.path
    s3 = S3_HOST.fullmatch(host)
    if s3 is None or address.scheme != "https":
        return None
    return f"/{s3['bucket']}{address.path}" if s3["bucket"] else address.path


def fetch(url: str) -> str:
    """The template behind a TemplateURL; ValueError where there is none."""
    body, error = helpers._resolve_template({"TemplateURL": [url]})
    if error is not None:
        raise ValueError(message_of(error[2]))
    if not body:
        raise ValueError("TemplateURL must be a supported URL.")
    return str(body)


def message_of(answer: bytes) -> str:
    """The sentence of an error that the API answered."""
    found = re.search(r"<Message>(.*?)</Message>", answer.decode(), re.DOTALL)
    return html.unescape(found[1]) if found else ""
