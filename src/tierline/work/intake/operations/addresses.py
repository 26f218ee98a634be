"""Whether something typed is a mail address."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email


def is_address(text: str) -> bool:
    """Whether `text` is a mail address as Django understands it."""
    try:
        validate_email(text.strip())
    except ValidationError:
        return False
    return True
