"""The one form of a vendor's page."""

from django import forms

from tierline.doors.web.portal.forms import LONGEST_TEXT, FilesField
from tierline.ladder.vendors.rules import REFERENCE_LIMIT


class VendorAnswerForm(forms.Form):
    """An answer, files, the vendor's own reference, and whether they call it solved."""

    text = forms.CharField(max_length=LONGEST_TEXT, required=False, widget=forms.Textarea)
    uploads = FilesField(required=False)
    reference = forms.CharField(max_length=REFERENCE_LIMIT, required=False)
    then = forms.CharField(max_length=10, required=False)
