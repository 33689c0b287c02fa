"""What the transform AWS::LanguageExtensions makes of a template, by cfn-lint's own machinery."""

from __future__ import annotations

import copy
import logging

from stratopause.tree.decoding import Template


def written_out(name: str, template: Template) -> Template:
    """With `Fn::ForEach` written out; as it was, where cfn-lint can't (it says so as a finding of its own)."""
    from cfnlint.template import Template as Linted
    from cfnlint.template.transforms._language_extensions import language_extension

    logging.getLogger("cfnlint").setLevel(logging.CRITICAL)
    try:
        matches, found = language_extension(Linted(name, copy.deepcopy(template)))
    except Exception:  # noqa: BLE001 - whatever a hostile template makes cfn-lint end in
        return template
    return found if not matches and isinstance(found, dict) and isinstance(found.get("Resources"), dict) else template
